//! [`CloseReason`]: why a connection ended. A close is data, not an error: every connection ends with exactly one.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::time::Duration;

use super::control::{Farewell, FarewellCode};
use super::frame::{FrameTooLarge, Truncated};
use super::scan::Malformed;

/// Why a connection ended: the first reason that happened, and the same value in every callback and log line.
///
/// ```
/// use repod::CloseReason;
/// use repod::proto::Side;
///
/// let reason = CloseReason::from("cheating");
/// assert_eq!(reason.to_string(), "closed by this side: cheating");
/// assert_eq!(reason.by(), Side::This);
/// assert_eq!(CloseReason::PeerLeft.by(), Side::Peer);
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
    /// The peer closed the connection and said why.
    #[error("closed by the peer: {0}")]
    Farewell(Farewell),
    /// The peer closed the connection in the middle of a frame.
    #[error("the peer left: {0}")]
    Truncated(Truncated),
    /// The network or the peer's machine ended the connection.
    #[error("the connection was lost: {0}")]
    Lost(io::ErrorKind),
    /// Nothing came from the peer for so long that it is taken for dead.
    #[error("nothing came from the peer for {} s", .0.as_secs())]
    Timeout(Duration),
    /// A frame took too long from its first byte to its last.
    #[error("a frame was not whole after {} s", .0.as_secs())]
    FrameTimeout(Duration),
    /// The peer did not say hello in time, and this server asks for that.
    #[error("the peer did not say hello within {} s", .0.as_secs())]
    HandshakeTimeout(Duration),
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
    /// The peer reads too slowly.
    #[error("slow consumer: {0}")]
    Slow(Backlog),
    /// The server was full, this peer had never said a word, and another one wanted in.
    #[error("the server was full and this peer had never said a word")]
    Evicted,
    /// `on_connect` failed, so the connection was not opened.
    #[error("on_connect failed")]
    ConnectFailed,
    /// A handler failed, and this server closes connections for that.
    #[error("the handler of `{0}` failed")]
    HandlerFailed(&'static str),
    /// A handler panicked.
    #[error("a handler panicked")]
    Panicked,
    /// The server sent something else than its greeting first: it is not a repod server.
    #[error("the server did not greet: its first message was not `connected`")]
    NoGreeting,
}

/// Who ended a connection.
///
/// ```
/// use repod::CloseReason;
/// use repod::proto::Side;
///
/// assert_eq!(CloseReason::Shutdown.by(), Side::This);
/// assert_eq!(CloseReason::Lost(std::io::ErrorKind::ConnectionReset).by(), Side::Network);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// This side, because it wanted to.
    This,
    /// The peer, by leaving or by breaking the rules.
    Peer,
    /// Neither: the network, or a machine.
    Network,
}

/// How a queue came to be too full.
///
/// ```
/// use repod::proto::Backlog;
/// let backlog = Backlog::Messages { queued: 1024, max: 1024 };
/// assert_eq!(backlog.to_string(), "1024 messages are queued, the limit is 1024");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Backlog {
    /// Too many bytes wait.
    Bytes {
        /// How many.
        queued: usize,
        /// The limit.
        max: usize,
    },
    /// Too many messages wait.
    Messages {
        /// How many.
        queued: usize,
        /// The limit.
        max: usize,
    },
    /// The oldest message waits too long.
    Age {
        /// The limit.
        max: Duration,
    },
    /// Too many bytes wait in all queues of the server, and this was the largest.
    Total {
        /// How many bytes wait in this queue.
        queued: usize,
        /// The limit for all queues together.
        max: usize,
    },
}

impl CloseReason {
    /// Who ended the connection.
    ///
    /// ```
    /// # use repod::CloseReason;
    /// # use repod::proto::Side;
    /// # use std::time::Duration;
    /// assert_eq!(CloseReason::from("kicked").by(), Side::This);
    /// assert_eq!(CloseReason::PeerLeft.by(), Side::Peer);
    /// assert_eq!(CloseReason::Timeout(Duration::from_secs(15)).by(), Side::Network);
    /// ```
    pub fn by(&self) -> Side {
        match self {
            Self::Requested(_)
            | Self::Shutdown
            | Self::Evicted
            | Self::ConnectFailed
            | Self::HandlerFailed(_)
            | Self::Panicked => Side::This,
            Self::Lost(_) | Self::Timeout(_) => Side::Network,
            _ => Side::Peer,
        }
    }

    /// Whether it makes sense for a client to try again: not after it left by itself, was kicked, or broke the rules.
    ///
    /// ```
    /// use repod::CloseReason;
    /// assert!(CloseReason::PeerLeft.may_retry());
    /// assert!(!CloseReason::from("done").may_retry());
    /// ```
    pub fn may_retry(&self) -> bool {
        match self {
            Self::Farewell(farewell) => farewell.code.may_retry(),
            Self::PeerLeft
            | Self::Truncated(_)
            | Self::Lost(_)
            | Self::Timeout(_)
            | Self::FrameTimeout(_)
            // A peer that has vanished does not read either.
            | Self::Slow(Backlog::Age { .. }) => true,
            _ => false,
        }
    }

    /// How long the peer asks to wait before trying again, if it said so.
    ///
    /// ```
    /// use repod::CloseReason;
    /// use repod::proto::{Farewell, FarewellCode};
    /// use std::time::Duration;
    ///
    /// let wait = Some(Duration::from_secs(2));
    /// let restart = Farewell { code: FarewellCode::GoingAway, text: String::new(), retry_after: wait };
    /// assert_eq!(CloseReason::Farewell(restart).retry_after(), wait);
    /// assert_eq!(CloseReason::PeerLeft.retry_after(), None);
    /// ```
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Farewell(farewell) => farewell.retry_after,
            _ => None,
        }
    }

    /// What the peer is told of it: the kind, and the text only where this side's program wrote it for the peer. `None` where
    /// nobody is there to be told.
    pub(crate) fn farewell(&self, retry_after: Option<Duration>) -> Option<Farewell> {
        let (code, text) = match self {
            Self::Requested(text) => (FarewellCode::Kicked, text.to_string()),
            Self::Shutdown => (FarewellCode::GoingAway, String::new()),
            Self::Evicted => (FarewellCode::Full, String::new()),
            Self::Slow(_) => (FarewellCode::TooSlow, String::new()),
            Self::FrameTimeout(_) | Self::HandshakeTimeout(_) | Self::Timeout(_) => {
                (FarewellCode::TimedOut, String::new())
            }
            Self::FrameTooLarge(_) | Self::Malformed(_) | Self::WrongProtocol(_) | Self::TooManyViolations { .. } => {
                (FarewellCode::ProtocolError, self.to_string())
            }
            Self::ConnectFailed | Self::HandlerFailed(_) | Self::Panicked => {
                (FarewellCode::InternalError, String::new())
            }
            Self::PeerLeft | Self::Farewell(_) | Self::Truncated(_) | Self::Lost(_) | Self::NoGreeting => return None,
        };
        Some(Farewell { code, text, retry_after })
    }

    /// Whether the peer may be there still, and only the way to it is gone: then its session can go on over another stream. A peer that
    /// does not read for long is no other than one that has vanished.
    #[cfg(feature = "__net")]
    pub(crate) fn is_interruption(&self) -> bool {
        matches!(
            self,
            Self::PeerLeft
                | Self::Truncated(_)
                | Self::Lost(_)
                | Self::Timeout(_)
                | Self::FrameTimeout(_)
                | Self::Slow(Backlog::Age { .. })
        )
    }

    #[cfg(feature = "__net")]
    pub(crate) fn lost(error: &io::Error) -> Self {
        Self::Lost(error.kind())
    }
}

impl fmt::Display for Backlog {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes { queued, max } => {
                write!(formatter, "{queued} bytes are queued, the limit is {max}")
            }
            Self::Messages { queued, max } => write!(formatter, "{queued} messages are queued, the limit is {max}"),
            Self::Age { max } => write!(formatter, "the oldest message waits for {} s, the limit", max.as_secs_f32()),
            Self::Total { queued, max } => write!(
                formatter,
                "{queued} bytes are queued, more than for any other peer, and all together reach the limit of {max}"
            ),
        }
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
