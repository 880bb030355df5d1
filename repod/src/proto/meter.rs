//! [`Meter`]: a token bucket. It counts; what happens when it is empty is its owner's business.

use std::time::{Duration, Instant};

/// Allows `burst` events at once and, over time, so many in each second.
///
/// ```
/// use repod::proto::Meter;
/// use std::time::{Duration, Instant};
///
/// let start = Instant::now();
/// let mut meter = Meter::new(2, Duration::from_secs(5));
/// assert!(meter.spend(1, start));
/// assert!(meter.spend(1, start));
/// assert!(!meter.spend(1, start));
/// assert!(meter.spend(1, start + Duration::from_secs(5)));
///
/// meter.charge(10, start + Duration::from_secs(5));
/// assert_eq!(meter.free_at(start + Duration::from_secs(5)), Some(start + Duration::from_secs(55)));
/// ```
#[derive(Debug, Clone)]
pub struct Meter {
    /// The time that one token takes to come back, in nanoseconds.
    interval: u64,
    /// The time that all of them take.
    capacity: u64,
    /// The time that those take which were missing at `at`.
    missing: u64,
    /// The time of the last event, to which all that happens in one instant is compared at no cost; `None` before the first one.
    at: Option<Instant>,
}

impl Meter {
    /// A full bucket of `burst` tokens, each of which takes `interval` to come back.
    ///
    /// ```
    /// # use repod::proto::Meter;
    /// # use std::time::{Duration, Instant};
    /// let now = Instant::now();
    /// let mut meter = Meter::new(3, Duration::from_secs(1));
    /// assert!(meter.spend(3, now));
    /// assert!(!meter.spend(1, now));
    /// ```
    pub fn new(burst: u32, interval: Duration) -> Self {
        // Half of what fits in, so that an empty bucket can still be told from one that is in debt for ever.
        let burst = u64::from(burst);
        let longest = (u64::MAX >> 1).checked_div(burst).unwrap_or(u64::MAX);
        let interval = u64::try_from(interval.as_nanos()).unwrap_or(u64::MAX).min(longest);
        Self { interval, capacity: interval.saturating_mul(burst), missing: 0, at: None }
    }

    /// A full bucket of `burst` tokens, of which `count` come back in each `time`; none ever do if that is 0.
    ///
    /// ```
    /// # use repod::proto::Meter;
    /// # use std::time::{Duration, Instant};
    /// let now = Instant::now();
    /// let mut meter = Meter::per(60, Duration::from_secs(60), 1); // one a second in the long run
    /// assert!(meter.spend(1, now));
    /// assert!(meter.spend(1, now + Duration::from_secs(1)));
    ///
    /// let mut meter = Meter::per(0, Duration::from_secs(1), 3); // three, and no more
    /// assert!(meter.spend(3, now));
    /// assert!(!meter.spend(1, now + Duration::from_secs(3600)));
    /// ```
    pub fn per(count: u32, time: Duration, burst: u32) -> Self {
        Self::new(burst, time.checked_div(count).unwrap_or(Duration::MAX))
    }

    /// Takes `tokens` out of the bucket, or nothing and says `false` if it does not hold so many.
    ///
    /// ```
    /// # use repod::proto::Meter;
    /// # use std::time::{Duration, Instant};
    /// let now = Instant::now();
    /// let mut meter = Meter::new(2, Duration::from_secs(1));
    /// assert!(!meter.spend(3, now)); // so many it never holds
    /// assert!(meter.spend(2, now)); // the attempt has cost nothing
    /// ```
    pub fn spend(&mut self, tokens: u32, now: Instant) -> bool {
        let cost = self.interval.saturating_mul(u64::from(tokens));
        if self.missing(now).saturating_add(cost) > self.capacity {
            return false;
        }
        self.charge(tokens, now);
        true
    }

    /// Takes `tokens` out of the bucket even if it does not hold so many: then it is in debt.
    ///
    /// ```
    /// # use repod::proto::Meter;
    /// # use std::time::{Duration, Instant};
    /// let now = Instant::now();
    /// let mut meter = Meter::new(1, Duration::from_secs(1));
    /// meter.charge(3, now);
    /// assert_eq!(meter.free_at(now), Some(now + Duration::from_secs(2)));
    /// ```
    #[inline]
    pub fn charge(&mut self, tokens: u32, now: Instant) {
        let cost = self.interval.saturating_mul(u64::from(tokens));
        self.missing = self.missing(now).saturating_add(cost);
        self.at = Some(self.at.map_or(now, |at| at.max(now)));
    }

    /// When the bucket will be out of debt; `None` if it is not in debt.
    ///
    /// ```
    /// # use repod::proto::Meter;
    /// # use std::time::{Duration, Instant};
    /// let now = Instant::now();
    /// let mut meter = Meter::new(1, Duration::from_secs(1));
    /// meter.charge(1, now);
    /// assert_eq!(meter.free_at(now), None); // empty, but not in debt
    /// meter.charge(1, now);
    /// assert_eq!(meter.free_at(now), Some(now + Duration::from_secs(1)));
    /// ```
    #[inline]
    pub fn free_at(&self, now: Instant) -> Option<Instant> {
        let debt = self.missing(now).saturating_sub(self.capacity);
        if debt == 0 {
            return None;
        }
        now.checked_add(Duration::from_nanos(debt))
    }

    /// Whether the bucket is full, so that it says no more than a new one.
    ///
    /// ```
    /// # use repod::proto::Meter;
    /// # use std::time::{Duration, Instant};
    /// let now = Instant::now();
    /// let mut meter = Meter::new(1, Duration::from_secs(1));
    /// meter.charge(1, now);
    /// assert!(!meter.is_full(now));
    /// assert!(meter.is_full(now + Duration::from_secs(1)));
    /// ```
    pub fn is_full(&self, now: Instant) -> bool {
        self.missing(now) == 0
    }

    /// The time that the tokens take to come back which are missing now.
    #[inline]
    fn missing(&self, now: Instant) -> u64 {
        match self.at {
            None => 0,
            Some(at) if at == now => self.missing,
            Some(at) => {
                let passed = now.saturating_duration_since(at).as_nanos();
                self.missing.saturating_sub(u64::try_from(passed).unwrap_or(u64::MAX))
            }
        }
    }
}
