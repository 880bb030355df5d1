//! [`Event`]: what a session tells its owner.

use crate::proto::close::CloseReason;
use crate::proto::control::Farewell;
use crate::proto::message::{DecodeError, Message};

/// What happened on a connection.
///
/// ```
/// use repod::proto::{DecodeError, Event};
///
/// fn line(event: &Event<'_>) -> String {
///     match event {
///         Event::Message(message) => message.action().to_owned(),
///         Event::Rejected(error) => error.to_string(),
///         Event::Close(reason) => reason.to_string(),
///         other => format!("{other:?}"),
///     }
/// }
///
/// assert_eq!(line(&Event::Greeted), "Greeted");
/// assert_eq!(line(&Event::Rejected(DecodeError::NoAction)), "the key `action` is missing");
/// ```
#[derive(Debug)]
pub enum Event<'a> {
    /// The server greeted: the connection is open. Only for [`Role::Client`](super::Role::Client), once, before every message.
    Greeted,
    /// The server greeted and turned this client away. Only for [`Role::Client`](super::Role::Client); nothing follows.
    Refused(Farewell),
    /// A message came.
    Message(Message<'a>),
    /// A frame came that is no message; the connection stays open. It has been counted as a violation.
    Rejected(DecodeError),
    /// The connection must be closed; nothing follows.
    Close(CloseReason),
}
