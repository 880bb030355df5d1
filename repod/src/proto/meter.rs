//! [`Meter`]: a token bucket. It counts; what happens when it is empty is its owner's business.

use std::time::{Duration, Instant};

/// Allows `burst` events at once and, over time, `burst` events in each `window`.
///
/// ```
/// use repod::proto::Meter;
/// use std::time::{Duration, Instant};
///
/// let start = Instant::now();
/// let mut meter = Meter::new(2, Duration::from_secs(10));
/// assert!(meter.spend(1, start));
/// assert!(meter.spend(1, start));
/// assert!(!meter.spend(1, start));
/// assert!(meter.spend(1, start + Duration::from_secs(5)));
/// ```
#[derive(Debug, Clone)]
pub struct Meter {
    burst: u64,
    /// The time that one token takes to come back, in nanoseconds.
    interval: u64,
    /// When the bucket is full again, or was; `None` before the first event.
    full_at: Option<Instant>,
}

impl Meter {
    /// A full bucket of `burst` tokens that fills in `window`.
    pub fn new(burst: u32, window: Duration) -> Self {
        let window = u64::try_from(window.as_nanos()).unwrap_or(u64::MAX);
        Self {
            burst: u64::from(burst),
            interval: window.checked_div(u64::from(burst)).unwrap_or(u64::MAX),
            full_at: None,
        }
    }

    /// Takes `tokens` out of the bucket, or nothing and says `false` if it does not hold so many.
    pub fn spend(&mut self, tokens: u32, now: Instant) -> bool {
        let full_at = self.full_at.map_or(now, |full_at| full_at.max(now));
        let missing =
            u64::try_from(full_at.saturating_duration_since(now).as_nanos()).unwrap_or(u64::MAX);
        let cost = self.interval.saturating_mul(u64::from(tokens));
        if missing.saturating_add(cost) > self.interval.saturating_mul(self.burst) {
            return false;
        }
        self.full_at = full_at.checked_add(Duration::from_nanos(cost));
        true
    }
}
