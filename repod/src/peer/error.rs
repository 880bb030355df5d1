//! [`SendError`]: why a message was not queued.

use crate::proto::{Backlog, EncodeError};

/// Why a message was not queued for a peer.
///
/// ```
/// use repod::SendError;
/// use repod::proto::Backlog;
///
/// let error = SendError::QueueFull(Backlog::Messages { queued: 1024, max: 1024 });
/// assert_eq!(error.to_string(), "the peer reads too slowly: 1024 messages are queued, the limit is 1024");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The connection is closed or closing.
    #[error("the connection is closed")]
    Closed,
    /// Too much is waiting to be sent to this peer already.
    #[error("the peer reads too slowly: {0}")]
    QueueFull(Backlog),
    /// The message is longer than [`Limits::max_frame_out`](crate::proto::Limits::max_frame_out).
    #[error("a message of {len} bytes exceeds the limit of {max}")]
    TooLarge {
        /// The length of the message on the wire, in bytes.
        len: usize,
        /// The limit.
        max: usize,
    },
    /// The message cannot be serialized.
    #[error(transparent)]
    Encode(EncodeError),
}

impl From<EncodeError> for SendError {
    fn from(error: EncodeError) -> Self {
        match error {
            EncodeError::TooLarge { len, max } => Self::TooLarge { len, max },
            other => Self::Encode(other),
        }
    }
}
