//! [`Reconnect`]: when a client tries again to reach its server. It counts and computes; the trying is the worker's.

use std::fmt;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

use super::ConnectError;
use crate::jitter::spread;
use crate::proto::CloseReason;

/// How a client comes back by itself when its connection is lost or could not be opened; given to
/// [`Connection::reconnect`](super::Connection::reconnect).
///
/// The `n`-th attempt in a row, counted from 0, is made after `base` and a random part of `base * 2^n`, and never later than after `cap`. When
/// a server goes away, all its clients lose it in the same instant; because each waits for a time of its own they do not all come
/// back in the same instant. A server that says when to come back (see [`CloseReason::retry_after`]) is obeyed.
///
/// There is no other attempt after a reason for which it makes no sense: this side closed, the server kicked this client or turned
/// it away for good, or it is no repod server. See [`CloseReason::may_retry`] and [`ConnectError::may_retry`].
///
/// ```
/// use repod::Reconnect;
/// use std::time::Duration;
///
/// let patient = Reconnect::default();
/// assert_eq!(patient.attempts, None);
/// let hasty = Reconnect::default().attempts(5).cap(Duration::from_secs(2));
/// assert_eq!(hasty.attempts, Some(5));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reconnect {
    /// How many attempts in a row are made; `None` is as many as it takes.
    pub attempts: Option<u32>,
    /// The shortest time before an attempt.
    pub base: Duration,
    /// The longest time before an attempt, if the server does not ask for more.
    pub cap: Duration,
    /// How long a connection must have lasted for the attempts to be counted anew.
    pub stable: Duration,
    /// How many bytes that were written are kept until the server has them, where it keeps sessions.
    pub ring: usize,
}

impl Default for Reconnect {
    /// As many attempts as it takes, after half a second to ten seconds, counted anew after 30 s.
    fn default() -> Self {
        Self {
            attempts: None,
            base: Duration::from_millis(500),
            cap: Duration::from_secs(10),
            stable: Duration::from_secs(30),
            ring: 256 * 1024,
        }
    }
}

impl Reconnect {
    /// The longest time that a server can ask a client to wait: an hour. A server that says more is waited for that long.
    ///
    /// ```
    /// # use repod::Reconnect;
    /// assert_eq!(Reconnect::LONGEST_WAIT.as_secs(), 3600);
    /// ```
    pub const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);

    /// Sets how many attempts in a row are made.
    ///
    /// Default: as many as it takes, because a player can [give up](super::Connection::give_up) at any time, and a waiting client costs
    /// nothing. Bounds how long a program that nobody watches goes on.
    ///
    /// ```
    /// # use repod::Reconnect;
    /// assert_eq!(Reconnect::default().attempts(5).attempts, Some(5));
    /// ```
    #[must_use]
    pub fn attempts(mut self, count: u32) -> Self {
        self.attempts = Some(count);
        self
    }

    /// Sets the shortest time before an attempt; the random part begins with as much and doubles each time.
    ///
    /// Default: 500 ms. Bounds how fast the clients of a server that has gone away come back at once.
    ///
    /// ```
    /// # use repod::Reconnect;
    /// # use std::time::Duration;
    /// let on_a_lan = Reconnect::default().base(Duration::from_millis(50));
    /// assert_eq!(on_a_lan.base, Duration::from_millis(50));
    /// ```
    #[must_use]
    pub fn base(mut self, time: Duration) -> Self {
        self.base = time;
        self
    }

    /// Sets the longest time before an attempt.
    ///
    /// Default: 10 s. Bounds how long a player waits after the server is back.
    ///
    /// ```
    /// # use repod::Reconnect;
    /// # use std::time::Duration;
    /// assert_eq!(Reconnect::default().cap(Duration::from_secs(60)).cap, Duration::from_secs(60));
    /// ```
    #[must_use]
    pub fn cap(mut self, time: Duration) -> Self {
        self.cap = time;
        self
    }

    /// Sets how long a connection must have lasted for the attempts to be counted anew.
    ///
    /// Default: 30 s. A server that greets and fails at once is then not taken for one that is well.
    ///
    /// ```
    /// # use repod::Reconnect;
    /// # use std::time::Duration;
    /// assert_eq!(Reconnect::default().stable(Duration::from_secs(5)).stable, Duration::from_secs(5));
    /// ```
    #[must_use]
    pub fn stable(mut self, time: Duration) -> Self {
        self.stable = time;
        self
    }

    /// Sets how many bytes that were written are kept until the server says that it has them, to send them again over the next connection.
    /// Only where the server keeps sessions.
    ///
    /// Default: 256 KiB. If more was under way, the connection resumes with a [`Gap`](crate::Resumption::Gap). Bounds the memory for a server
    /// that takes messages and never says so.
    ///
    /// ```
    /// # use repod::Reconnect;
    /// assert_eq!(Reconnect::default().ring(1024 * 1024).ring, 1_048_576);
    /// ```
    #[must_use]
    pub fn ring(mut self, bytes: usize) -> Self {
        self.ring = bytes;
        self
    }
}

/// Why a client has to try again: it was connected and is not any more, or it could not connect.
///
/// ```
/// use repod::{CloseReason, Interruption};
///
/// let lost = Interruption::Closed(CloseReason::PeerLeft);
/// assert_eq!(lost.to_string(), "the peer left");
/// ```
#[derive(Debug)]
pub enum Interruption {
    /// The connection ended for this reason.
    Closed(CloseReason),
    /// The connection could not be opened.
    Failed(ConnectError),
}

impl Interruption {
    /// Whether it makes sense to try again.
    pub(super) fn may_retry(&self) -> bool {
        match self {
            Self::Closed(reason) => reason.may_retry(),
            Self::Failed(error) => error.may_retry(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Closed(reason) => reason.retry_after(),
            Self::Failed(error) => error.retry_after(),
        }
    }
}

impl fmt::Display for Interruption {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed(reason) => fmt::Display::fmt(reason, formatter),
            Self::Failed(error) => fmt::Display::fmt(error, formatter),
        }
    }
}

/// The attempts that were made in a row.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    made: u32,
    spans: Option<ExponentialBackoff>,
}

impl Backoff {
    /// The number of the next attempt, from 1, and the time until then; `None` if there is none.
    pub(super) fn next(&mut self, policy: &Reconnect, reason: &Interruption) -> Option<(u32, Duration)> {
        if !reason.may_retry() || policy.attempts.is_some_and(|attempts| self.made >= attempts) {
            return None;
        }
        self.made = self.made.saturating_add(1);
        let spans = self.spans.get_or_insert_with(|| {
            let growing = ExponentialBuilder::new().with_factor(2.0).without_max_times();
            growing.with_min_delay(policy.base).with_max_delay(policy.cap).build()
        });
        let span = spans.next().unwrap_or(policy.cap).min(policy.cap);
        let delay = match reason.retry_after() {
            // The server has given each client a time of its own.
            Some(wait) => wait.max(policy.base).min(Reconnect::LONGEST_WAIT),
            None => policy.base.saturating_add(spread(Duration::ZERO, span)).min(policy.cap),
        };
        Some((self.made, delay))
    }

    /// All is well: the next attempt is the first again.
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten thousand clients lose their server in one instant; says how many reach it in the fullest tenth of a second after it is back.
    fn crowd_after(outage: Duration) -> usize {
        let policy = Reconnect::default();
        let mut tenths = std::collections::HashMap::new();
        for _ in 0..10_000 {
            let mut backoff = Backoff::default();
            let mut time = Duration::ZERO;
            while time < outage {
                time += backoff.next(&policy, &Interruption::Closed(CloseReason::PeerLeft)).unwrap().1;
            }
            *tenths.entry((time - outage).as_millis() / 100).or_default() += 1;
        }
        tenths.into_values().max().unwrap()
    }

    #[test]
    fn c1_a_crowd_comes_back_one_after_the_other() {
        let (long, short) = (crowd_after(Duration::from_secs(10)), crowd_after(Duration::from_secs(3)));
        assert!(long <= 400, "{long} of 10,000 in a tenth of a second");
        assert!(short <= 800, "{short} of 10,000 in a tenth of a second");
    }
}
