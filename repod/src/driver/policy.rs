//! [`Policy`]: how a driver treats its connection, and what the user decides of it.

use std::time::Duration;

use tokio::time::Instant;

/// How a [`Driver`](super::Driver) treats its connection, besides the session's limits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy {
    pub(crate) write_stall: Duration,
    pub(crate) on_handler_error: OnHandlerError,
    /// A time on the beat to which its alarms go off, together with those of others.
    pub(crate) beat: Instant,
}

/// What becomes of a connection whose handler returned an error; the error is given to `on_error` either way.
///
/// ```
/// use repod::OnHandlerError;
///
/// assert_eq!(OnHandlerError::default(), OnHandlerError::Keep);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum OnHandlerError {
    /// The connection goes on, and the error counts as a violation.
    #[default]
    Keep,
    /// The connection is closed as [`CloseReason::HandlerFailed`](crate::CloseReason::HandlerFailed).
    Close,
}
