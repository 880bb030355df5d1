//! [`Role`]: which side of its connection a session is.

/// Which side of the connection a [`Session`](super::Session) is.
///
/// ```
/// use repod::proto::{Limits, Reading, Role, Session};
/// use std::time::Instant;
///
/// let now = Instant::now();
/// let session = Session::new(Role::Server, Limits::server(), now);
/// assert_eq!(session.deadline(Reading::On), None);
/// let strict = Session::new(Role::StrictServer, Limits::server(), now);
/// assert!(strict.deadline(Reading::On).is_some()); // for the hello
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The side that accepted, and greets.
    Server,
    /// As `Server`, but peers that do not say hello are not wanted.
    StrictServer,
    /// The side that connected, and waits for the greeting.
    Client,
}
