//! Jitter: times that differ from one connection to the next. Not for secrets: it is unpredictable enough for spreading load only.

use std::cell::Cell;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// From now on the times of this thread follow from a number: for simulations, which have to be repeatable.
pub fn seed(number: u64) {
    SEED.set(Some(number));
}

/// A time between the two, different for each call.
pub(crate) fn spread(soonest: Duration, latest: Duration) -> Duration {
    // Each `RandomState` has keys of its own, so that the hash of nothing is a random number.
    let random = match SEED.get() {
        None => RandomState::new().hash_one(()) as u32,
        Some(seed) => {
            let seed = seed.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            SEED.set(Some(seed));
            (seed >> 32) as u32
        }
    };
    let share = f64::from(random) / f64::from(u32::MAX);
    // What is too long for a sum is so long that chance does not matter.
    let chance = Duration::try_from_secs_f64(latest.saturating_sub(soonest).as_secs_f64() * share).unwrap_or_default();
    soonest.saturating_add(chance)
}

thread_local! {
    static SEED: Cell<Option<u64>> = const { Cell::new(None) };
}
