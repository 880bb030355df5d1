//! [`WhenFull`]: what becomes of a message that finds no place.

/// What becomes of a message for a peer whose queue is full.
///
/// ```
/// use repod::proto::{Limits, WhenFull};
/// let limits = Limits::server().when_full(WhenFull::DropOldest);
/// assert_eq!(limits.when_full, WhenFull::DropOldest);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhenFull {
    /// The peer is closed as a slow consumer: it would miss something and not know it.
    Close,
    /// The message is not queued, and the sender is told.
    DropNewest,
    /// The oldest queued messages make room for it.
    DropOldest,
}
