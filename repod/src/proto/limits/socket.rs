//! [`SocketLimits`]: what the kernel is told of a connection.

use std::time::Duration;

/// How the kernel watches a connection.
///
/// ```
/// use repod::proto::{Limits, SocketLimits};
/// let limits = Limits::server().socket(SocketLimits { unsent: None, ..SocketLimits::default() });
/// assert!(limits.socket.keepalive.is_some());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SocketLimits {
    /// TCP keepalive: a peer that cannot be pinged, such as a Python one, is found dead by it.
    pub keepalive: Option<Keepalive>,
    /// `TCP_USER_TIMEOUT`, on Linux: how long sent data may stay unacknowledged.
    pub user_timeout: Option<Duration>,
    /// `SO_RCVBUF`: how much the kernel takes from a peer that is not read from. A fast sender who leaves is handled to its last message, so
    /// this bounds for how long.
    pub received: Option<u32>,
    /// `TCP_NOTSENT_LOWAT`, on Linux: how many unsent bytes the kernel takes before a write waits.
    pub unsent: Option<u32>,
}

/// When TCP keepalive asks whether the peer's machine is there.
///
/// ```
/// use repod::proto::Keepalive;
/// let found_dead_after = Keepalive::default();
/// assert_eq!(found_dead_after.idle + found_dead_after.interval * found_dead_after.probes, std::time::Duration::from_secs(19));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keepalive {
    /// After how long of silence the first question is asked.
    pub idle: Duration,
    /// How long after each question the next one is asked.
    pub interval: Duration,
    /// How many questions may stay unanswered.
    pub probes: u32,
}

impl Default for SocketLimits {
    fn default() -> Self {
        Self {
            keepalive: Some(Keepalive::default()),
            user_timeout: Some(Duration::from_secs(15)),
            received: Some(128 * 1024),
            unsent: Some(64 * 1024),
        }
    }
}

impl Default for Keepalive {
    fn default() -> Self {
        Self { idle: Duration::from_secs(10), interval: Duration::from_secs(3), probes: 3 }
    }
}
