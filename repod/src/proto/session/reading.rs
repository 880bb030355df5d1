//! [`Reading`]: what a session is told of its owner.

/// Whether its owner reads from the connection at the moment: a peer that nobody reads from cannot be late.
///
/// ```
/// use repod::proto::{Limits, Reading, Role, Session};
/// use std::time::{Duration, Instant};
///
/// let now = Instant::now();
/// let mut session = Session::new(Role::Server, Limits::server(), now);
/// session.receive(b"\x00\x00", now); // a frame has begun
/// assert!(session.next_event(now).is_none());
/// let late = now + Duration::from_secs(60);
/// assert!(session.tick(late, Reading::Paused).is_ok()); // its rest may lie unread
/// assert!(session.tick(late + Duration::from_secs(60), Reading::On).is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// It does.
    On,
    /// It does, but does not take what comes, because something else has to be done first.
    Behind,
    /// It does not, because something else has to be done first.
    Paused,
}
