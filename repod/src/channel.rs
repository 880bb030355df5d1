//! [`Channel`]: what a server keeps for each connected client, and its callbacks. The methods for the messages themselves come from
//! the derive.

use std::future::ready;

use crate::action::{Action, Dispatch, Result, Unknown, unhandled};
use crate::driver::{ConnectionError, Resumption};
use crate::proto::CloseReason;

/// One connected client, as a server sees it: your own type with your own fields, one value for each connection.
///
/// A channel is made by [`Server::channel`](crate::Server::channel) and owned by its connection. Its callbacks and its handlers are
/// called one at a time and in order: `on_connect`, then one handler for each message, then `on_close`. While one of them
/// awaits, messages still go out to this client, and no other client waits.
///
/// ```
/// use repod::prelude::*;
///
/// #[derive(Action)]
/// enum ToServer {
///     Hello { name: String },
/// }
///
/// #[derive(Action)]
/// enum ToClient {
///     Welcome { text: String },
/// }
///
/// struct Guest {
///     peer: Peer<ToClient>,
/// }
///
/// impl Channel for Guest {
///     type Incoming = ToServer;
///     type Outgoing = ToClient;
///
///     async fn on_close(&mut self, reason: CloseReason) {
///         println!("{} left: {reason}", self.peer.addr());
///     }
/// }
///
/// impl ToServerHandler for Guest {
///     async fn on_hello(&mut self, name: String) -> repod::Result {
///         self.peer.send(ToClient::Welcome { text: format!("Hi {name}!") })?;
///         Ok(())
///     }
/// }
/// ```
///
/// # Cancel safety
///
/// A handler is not cancelled when its client leaves: it runs to its end, and then `on_close` is called. Only a
/// [`shutdown`](crate::Serving::shutdown) whose deadline has passed drops a handler at its current `.await`.
pub trait Channel: Sized + Send + 'static {
    /// The messages that clients send.
    type Incoming: Dispatch<Self>;

    /// The messages that this server sends.
    type Outgoing: Action;

    /// Called once, before every message.
    ///
    /// ```
    /// # use repod::prelude::*;
    /// # #[derive(Action)] enum Chat { Say { text: String } }
    /// # struct Guest { peer: Peer<Chat> }
    /// # impl ChatHandler for Guest { async fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    /// impl Channel for Guest {
    /// #   type Incoming = Chat;
    /// #   type Outgoing = Chat;
    ///     async fn on_connect(&mut self) -> repod::Result {
    ///         self.peer.send(Chat::Say { text: "Welcome!".into() })?;
    ///         Ok(())
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// An error is given to [`on_error`](Self::on_error), and the connection is closed as [`CloseReason::ConnectFailed`].
    fn on_connect(&mut self) -> impl Future<Output = Result> + Send {
        ready(Ok(()))
    }

    /// Called once, after every message, with the first reason that happened. The peer is not among
    /// [`Peer::peers`](crate::Peer::peers) any more and cannot be sent to.
    ///
    /// ```
    /// # use repod::prelude::*;
    /// # #[derive(Action)] enum Chat { Say { text: String } }
    /// # struct Guest { peer: Peer<Chat>, name: String }
    /// # impl ChatHandler for Guest { async fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    /// impl Channel for Guest {
    /// #   type Incoming = Chat;
    /// #   type Outgoing = Chat;
    ///     async fn on_close(&mut self, _: CloseReason) {
    ///         let _ = self.peer.peers().send(Chat::Say { text: format!("{} left.", self.name) });
    ///     }
    /// }
    /// ```
    fn on_close(&mut self, reason: CloseReason) -> impl Future<Output = ()> + Send {
        let _ = reason;
        ready(())
    }

    /// Called when the client was lost and may come back; only on a server that keeps [sessions](crate::Serve::sessions), and after every message
    /// that came before. Then [`on_resume`](Self::on_resume) is called, or [`on_close`](Self::on_close).
    ///
    /// ```
    /// # use repod::prelude::*;
    /// # #[derive(Action)] enum Chat { Say { text: String } }
    /// # struct Guest { peer: Peer<Chat>, name: String }
    /// # impl ChatHandler for Guest { async fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    /// impl Channel for Guest {
    /// #   type Incoming = Chat;
    /// #   type Outgoing = Chat;
    ///     async fn on_suspend(&mut self, reason: CloseReason) -> repod::Result {
    ///         let text = format!("{} is away for a moment: {reason}", self.name);
    ///         self.peer.peers().send_except(self.peer.id(), Chat::Say { text })?;
    ///         Ok(())
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As a handler's.
    fn on_suspend(&mut self, reason: CloseReason) -> impl Future<Output = Result> + Send {
        let _ = reason;
        ready(Ok(()))
    }

    /// Called when a client that was lost is back, before every message that it has sent since. All is as it was, but in a
    /// [`Gap`](Resumption::Gap) messages are missing: send the client the state anew.
    ///
    /// ```
    /// use repod::Resumption;
    /// # use repod::prelude::*;
    /// # #[derive(Action)] enum Chat { Say { text: String } }
    /// # struct Guest { peer: Peer<Chat> }
    /// # impl ChatHandler for Guest { async fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    ///
    /// impl Channel for Guest {
    /// #   type Incoming = Chat;
    /// #   type Outgoing = Chat;
    ///     async fn on_resume(&mut self, how: Resumption) -> repod::Result {
    ///         if let Resumption::Gap { undelivered, .. } = how {
    ///             self.peer.send(Chat::Say { text: format!("you have missed {undelivered} messages") })?;
    ///         }
    ///         Ok(())
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As a handler's.
    fn on_resume(&mut self, how: Resumption) -> impl Future<Output = Result> + Send {
        let _ = how;
        ready(Ok(()))
    }

    /// Called when a message was refused or a handler failed. The connection stays open, unless such errors become too
    /// many ([`Limits::violations`](crate::proto::Limits::violations)), the peer does not speak MessagePack, or a handler panicked.
    ///
    /// The error was logged before, as `channel_error`; by default nothing else happens.
    ///
    /// ```
    /// use repod::ConnectionError;
    /// # use repod::prelude::*;
    /// # #[derive(Action)] enum Chat { Say { text: String } }
    /// # struct Guest { peer: Peer<Chat> }
    /// # impl ChatHandler for Guest { async fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    ///
    /// impl Channel for Guest {
    /// #   type Incoming = Chat;
    /// #   type Outgoing = Chat;
    ///     async fn on_error(&mut self, error: ConnectionError) {
    ///         if let ConnectionError::Handler { error, .. } = error {
    ///             let _ = self.peer.send(Chat::Say { text: error.to_string() });
    ///         }
    ///     }
    /// }
    /// ```
    #[doc(alias = "Network_error")]
    fn on_error(&mut self, error: ConnectionError) -> impl Future<Output = ()> + Send {
        let _ = error;
        ready(())
    }

    /// What the peer is told about an error, before [`on_error`](Self::on_error) is; by default nothing.
    ///
    /// For clients that wait for an answer, as a Python client may. An error can hold what is nobody else's business: a query that
    /// failed, a path, the names of types. [`ConnectionError::public_text`] is made to be shown; show more only of what you know.
    ///
    /// ```
    /// use repod::ConnectionError;
    /// # use repod::prelude::*;
    ///
    /// #[derive(Action)]
    /// enum ToServer {
    ///     Move {
    ///         #[action(range = 0.0..=1000.0)]
    ///         x: f64,
    ///     },
    /// }
    ///
    /// #[derive(Action)]
    /// enum ToClient {
    ///     #[action(method = "on_error_message")]
    ///     Error { message: String },
    /// }
    ///
    /// # struct Guest { peer: Peer<ToClient> }
    /// # impl ToServerHandler for Guest { async fn on_move(&mut self, _: f64) -> repod::Result { Ok(()) } }
    /// impl Channel for Guest {
    ///     type Incoming = ToServer;
    ///     type Outgoing = ToClient;
    ///
    ///     fn error_reply(&self, error: &ConnectionError) -> Option<ToClient> {
    ///         Some(ToClient::Error { message: error.public_text().to_owned() })
    ///     }
    /// }
    /// ```
    fn error_reply(&self, error: &ConnectionError) -> Option<Self::Outgoing> {
        let _ = error;
        None
    }

    /// Called for a message whose action [`Incoming`](Self::Incoming) does not declare.
    ///
    /// ```
    /// use repod::Unknown;
    /// # use repod::prelude::*;
    /// # #[derive(Action)] enum Chat { Say { text: String } }
    /// # struct Guest { peer: Peer<Chat> }
    /// # impl ChatHandler for Guest { async fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    ///
    /// impl Channel for Guest {
    /// #   type Incoming = Chat;
    /// #   type Outgoing = Chat;
    ///     async fn on_unknown(&mut self, message: Unknown) -> repod::Result {
    ///         match message.name() {
    ///             "emote" => Ok(()), // older clients still send it
    ///             _ => Err("this room knows no such message".into()),
    ///         }
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As a handler's: an error is given to [`on_error`](Self::on_error) and counts as a violation. The default returns
    /// [`DecodeError::UnknownAction`](crate::proto::DecodeError::UnknownAction).
    #[doc(alias = "network_received")]
    fn on_unknown(&mut self, message: Unknown) -> impl Future<Output = Result> + Send {
        ready(Err(unhandled(&message)))
    }
}
