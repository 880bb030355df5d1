//! [`Ticker`]: the clock of a server's simulation.

use std::time::{Duration, Instant};

/// Ticks sixty times a second.
#[derive(Debug)]
pub struct Ticker {
    next: Instant,
}

impl Ticker {
    /// A clock whose first tick is at once.
    pub fn start() -> Self {
        Self { next: Instant::now() }
    }

    /// Sleeps until the next tick is due. Ticks that a busy machine has missed are made up for, but not those of a machine that slept.
    pub fn wait(&mut self) {
        let now = Instant::now();
        self.next = due(self.next, now);
        std::thread::sleep(self.next.saturating_duration_since(now));
    }

    /// How much time passes in a tick, in seconds.
    pub const STEP: f64 = 1.0 / 60.0;
}

/// When the tick after the one at `last` is due.
fn due(last: Instant, now: Instant) -> Instant {
    let next = last + Duration::from_secs_f64(Ticker::STEP);
    if now.saturating_duration_since(next) > LONGEST_LAG { now } else { next }
}

const LONGEST_LAG: Duration = Duration::from_millis(250);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_ticks_are_made_up_for_and_many_are_not() {
        let last = Instant::now();
        let step = Duration::from_secs_f64(Ticker::STEP);
        assert_eq!(due(last, last), last + step);
        assert_eq!(due(last, last + 5 * step), last + step);
        let much_later = last + Duration::from_secs(60);
        assert_eq!(due(last, much_later), much_later);
    }
}
