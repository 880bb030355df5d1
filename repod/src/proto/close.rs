//! [`CloseReason`]: why a connection ended. A close is data, not an error: every connection ends with exactly one.

use std::borrow::Cow;
use std::io;

use super::frame::{FrameTooLarge, Truncated};
use super::scan::Malformed;

/// Why a connection ended: the first reason that happened, and the same value in every callback and log line.
///
/// ```
/// use repod::CloseReason;
///
/// let reason = CloseReason::from("cheating");
/// assert_eq!(reason.to_string(), "closed by this side: cheating");
/// assert!(CloseReason::PeerLeft.is_by_peer());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CloseReason {
    /// This side called `close` and said why.
    #[error("closed by this side: {0}")]
    Requested(Cow<'static, str>),
    /// This side's server is shutting down, or its handle was dropped.
    #[error("this side is shutting down")]
    Shutdown,
    /// The peer closed the connection between two frames: the ordinary end.
    #[error("the peer left")]
    PeerLeft,
    /// The peer closed the connection in the middle of a frame.
    #[error("the peer left: {0}")]
    Truncated(Truncated),
    /// The network or the peer's machine ended the connection.
    #[error("the connection was lost: {0}")]
    Lost(io::ErrorKind),
    /// The peer announced a frame that is longer than the limit.
    #[error("{0}")]
    FrameTooLarge(FrameTooLarge),
    /// The peer sent a frame that is not MessagePack within the limits.
    #[error("malformed message: {0}")]
    Malformed(Malformed),
    /// The peer speaks another protocol.
    #[error("the peer speaks {0} on a repod port")]
    WrongProtocol(&'static str),
    /// The peer sent too many messages that were valid but unwanted.
    #[error("more than {max} violations in {window} s")]
    TooManyViolations {
        /// How many are allowed.
        max: u32,
        /// In how many seconds.
        window: u64,
    },
    /// More was waiting to be sent to the peer than the limit allows: it reads too slowly.
    #[error("slow consumer: {queued} {unit} are queued, the limit is {max}")]
    Slow {
        /// How much is queued.
        queued: usize,
        /// The limit.
        max: usize,
        /// `"bytes"` or `"messages"`.
        unit: &'static str,
    },
    /// `on_connect` failed, so the connection was not opened.
    #[error("on_connect failed")]
    ConnectFailed,
    /// A handler panicked.
    #[error("a handler panicked")]
    Panicked,
    /// The server sent something else than its greeting first: it is not a repod server.
    #[error("the server did not greet: its first message was not `connected`")]
    NoGreeting,
}

impl CloseReason {
    /// Whether the peer ended the connection, by leaving or by breaking the rules; not this side, nor the network.
    pub fn is_by_peer(&self) -> bool {
        matches!(
            self,
            Self::PeerLeft
                | Self::Truncated(_)
                | Self::FrameTooLarge(_)
                | Self::Malformed(_)
                | Self::WrongProtocol(_)
                | Self::TooManyViolations { .. }
                | Self::NoGreeting
        )
    }

    #[cfg(feature = "__net")]
    pub(crate) fn lost(error: &io::Error) -> Self {
        Self::Lost(error.kind())
    }
}

impl From<&'static str> for CloseReason {
    fn from(text: &'static str) -> Self {
        Self::Requested(text.into())
    }
}

impl From<String> for CloseReason {
    fn from(text: String) -> Self {
        Self::Requested(text.into())
    }
}
