//! Jitter: times that differ from one connection to the next. Not for secrets: it is unpredictable enough for spreading load only.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// A time between the two, different for each call.
pub(crate) fn spread(soonest: Duration, latest: Duration) -> Duration {
    // Each `RandomState` has keys of its own, so that the hash of nothing is a random number.
    let random = RandomState::new().hash_one(()) as u32;
    let share = f64::from(random) / f64::from(u32::MAX);
    soonest + latest.saturating_sub(soonest).mul_f64(share)
}
