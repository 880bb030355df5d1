//! [`Event`]: what happens on a client's connection. How it is taken is the [`Connection`](super::Connection)'s business.

use std::time::Duration;

use super::{ConnectError, Interruption};
use crate::Unknown;
use crate::driver::{ConnectionError, Resumption};
use crate::proto::CloseReason;

/// Something that happened on a connection, in the order in which it happened.
///
/// The first is [`Connected`](Self::Connected) or [`Failed`](Self::Failed); after [`Failed`](Self::Failed) or
/// [`Closed`](Self::Closed) nothing comes. Where the connection [reconnects](super::Connection::reconnect),
/// [`Reconnecting`](Self::Reconnecting) stands for each end but the last, and may be the first event.
///
/// ```
/// use repod::{CloseReason, Event};
///
/// fn is_last<In>(event: &Event<In>) -> bool {
///     matches!(event, Event::Failed(_) | Event::Closed(_))
/// }
///
/// assert!(!is_last(&Event::Message("hello")));
/// assert!(is_last(&Event::<&str>::Closed(CloseReason::PeerLeft)));
/// ```
#[derive(Debug)]
pub enum Event<In> {
    /// The server has greeted. It is a new connection: what the server knew of an earlier one it does not know of this.
    Connected,
    /// After [`Reconnecting`](Self::Reconnecting), the connection goes on as if nothing had happened, or with a gap; the server must
    /// keep sessions for that.
    Resumed(Resumption),
    /// A message came.
    Message(In),
    /// A message came whose action the enum does not declare.
    Unknown(Unknown),
    /// A message was refused; the connection stays open.
    Error(ConnectionError),
    /// The connection was lost or could not be opened, and will be tried again. Only with [`reconnect`](super::Connection::reconnect).
    Reconnecting {
        /// The number of the attempt to come, from 1, in a row of attempts.
        attempt: u32,
        /// The time until then.
        delay: Duration,
        /// What happened.
        reason: Interruption,
    },
    /// The connection could not be opened, and is not tried again.
    Failed(ConnectError),
    /// The connection ended, and is not tried again.
    Closed(CloseReason),
}
