//! [`ConnectionError`]: what `on_error` is told. Why a connection ended is a [`CloseReason`](crate::CloseReason).

use crate::action::Error;
use crate::proto::DecodeError;

/// What went wrong on a connection that stays open, or why it could not be opened.
///
/// ```
/// use repod::{ConnectionError, proto::DecodeError};
///
/// let error = ConnectionError::Message(DecodeError::NoAction);
/// assert_eq!(error.to_string(), "refused a message: the key `action` is missing");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectionError {
    /// The peer sent something that is no message, or none that is wanted.
    #[error("refused a message: {0}")]
    Message(DecodeError),
    /// A handler returned an error.
    #[error("the handler of `{action}` failed: {error}")]
    Handler {
        /// The action, or the name of the callback.
        action: &'static str,
        /// What the handler returned.
        error: Error,
    },
    /// A handler panicked. The connection is closed.
    #[error("the handler of `{action}` panicked: {message}")]
    Panicked {
        /// The action, or the name of the callback.
        action: &'static str,
        /// The panic's message.
        message: String,
    },
    /// A client could not connect.
    #[cfg(feature = "client")]
    #[error("{0}")]
    Connect(crate::client::ConnectError),
}

impl ConnectionError {
    /// A sentence for the other side, which tells nothing of this one.
    ///
    /// [`Display`](std::fmt::Display) is for this side's log: it has the error of the handler in it, whatever that says.
    ///
    /// ```
    /// use repod::{ConnectionError, proto::DecodeError};
    ///
    /// let error = ConnectionError::Message(DecodeError::NoAction);
    /// assert_eq!(error.public_text(), "a message was refused");
    /// ```
    pub fn public_text(&self) -> &'static str {
        match self {
            Self::Message(_) => "a message was refused",
            Self::Handler { .. } | Self::Panicked { .. } => "something went wrong",
            #[cfg(feature = "client")]
            Self::Connect(_) => "the connection could not be opened",
        }
    }

    /// The error of a handler. A handler that returns a [`DecodeError`] refuses the message, as the default `on_unknown` does.
    pub(crate) fn of(action: &'static str, error: Error) -> Self {
        match error.downcast::<DecodeError>() {
            Ok(error) => Self::Message(*error),
            Err(error) => Self::Handler { action, error },
        }
    }
}
