//! [`Client`]: the trait a client program implements. Its connection is in [`connect`].

mod background;
mod comeback;
mod connect;
mod connection;
mod dial;
mod event;
mod helm;
mod pump;
mod reconnect;
mod work;

use std::time::Duration;

pub use self::connect::{ConnectError, connect, connect_by, connect_over, connect_with};
pub use self::connection::Connection;
pub use self::event::Event;
pub use self::pump::{Budget, Pumped};
pub use self::reconnect::{Interruption, Reconnect};
use crate::action::{Action, DispatchSync, Result, Unknown, unhandled};
use crate::driver::{ConnectionError, Resumption};
use crate::peer::Peer;
use crate::proto::CloseReason;

/// A client program: your game, with one method for each message of the server.
///
/// Its callbacks and handlers are plain functions that are called by [`Connection::pump`] on the thread of your game loop, so they
/// can touch all your state without a lock. `Incoming` therefore must be marked `#[action(sync)]`.
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
/// #[action(sync)]
/// enum ToClient {
///     Welcome { text: String },
/// }
///
/// struct Game;
///
/// impl Client for Game {
///     type Incoming = ToClient;
///     type Outgoing = ToServer;
///
///     fn on_connect(&mut self, server: &Peer<ToServer>) -> repod::Result {
///         server.send(ToServer::Hello { name: "Ada".into() })?;
///         Ok(())
///     }
/// }
///
/// impl ToClientHandler for Game {
///     fn on_welcome(&mut self, text: String) -> repod::Result {
///         println!("{text}");
///         Ok(())
///     }
/// }
/// ```
#[doc(alias = "ConnectionListener")]
pub trait Client: Sized {
    /// The messages that the server sends.
    type Incoming: DispatchSync<Self>;

    /// The messages that this client sends.
    type Outgoing: Action;

    /// Called once, when the server has greeted, before every message; with [`Connection::reconnect`] once for each connection, each of which
    /// is a new one for the server.
    ///
    /// ```
    /// # use repod::prelude::*;
    /// # #[derive(Action)] #[action(sync)] enum Chat { Say { text: String } }
    /// # struct Game;
    /// # impl ChatHandler for Game { fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    /// impl Client for Game {
    /// #   type Incoming = Chat;
    /// #   type Outgoing = Chat;
    ///     fn on_connect(&mut self, server: &Peer<Chat>) -> repod::Result {
    ///         server.send(Chat::Say { text: "Hello!".into() })?;
    ///         Ok(())
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// An error is given to [`on_error`](Self::on_error), and the connection is closed.
    #[doc(alias = "Network_connected")]
    fn on_connect(&mut self, server: &Peer<Self::Outgoing>) -> Result {
        let _ = server;
        Ok(())
    }

    /// Called once, after every message, with the first reason that happened; only if [`on_connect`](Self::on_connect) was. With
    /// [`Connection::reconnect`] it is called when no other attempt is made.
    ///
    /// ```
    /// # use repod::prelude::*;
    /// # #[derive(Action)] #[action(sync)] enum Chat { Say { text: String } }
    /// # struct Game { may_rejoin: bool }
    /// # impl ChatHandler for Game { fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    /// impl Client for Game {
    /// #   type Incoming = Chat;
    /// #   type Outgoing = Chat;
    ///     fn on_close(&mut self, reason: CloseReason) {
    ///         self.may_rejoin = reason.may_retry();
    ///     }
    /// }
    ///
    /// let mut game = Game { may_rejoin: false };
    /// game.on_close(CloseReason::PeerLeft);
    /// assert!(game.may_rejoin);
    /// ```
    #[doc(alias = "Network_disconnected")]
    fn on_close(&mut self, reason: CloseReason) {
        let _ = reason;
    }

    /// Called when the connection was lost or could not be opened, and is tried again after `delay`; only with
    /// [`Connection::reconnect`]. Then [`on_connect`](Self::on_connect) is called for a new connection, or [`on_resume`](Self::on_resume) if
    /// the server has kept the session of the old one.
    ///
    /// ```
    /// use repod::Interruption;
    /// use std::time::Duration;
    /// # use repod::prelude::*;
    /// # #[derive(Action)] #[action(sync)] enum Chat { Say { text: String } }
    /// # struct Game { notice: String }
    /// # impl ChatHandler for Game { fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    ///
    /// impl Client for Game {
    /// #   type Incoming = Chat;
    /// #   type Outgoing = Chat;
    ///     fn on_reconnecting(&mut self, attempt: u32, delay: Duration, reason: &Interruption) {
    ///         self.notice = format!("{reason}; attempt {attempt} in {:.0} s", delay.as_secs_f32());
    ///     }
    /// }
    /// ```
    fn on_reconnecting(&mut self, attempt: u32, delay: Duration, reason: &Interruption) {
        let _ = (attempt, delay, reason);
    }

    /// Called when the connection that was lost goes on, before every message that the server has sent since. In a
    /// [`Gap`](Resumption::Gap) messages are missing: ask for the state anew.
    ///
    /// ```
    /// use repod::Resumption;
    /// # use repod::prelude::*;
    /// # #[derive(Action)] #[action(sync)] enum Chat { Say { text: String } }
    /// # struct Game { notice: String }
    /// # impl ChatHandler for Game { fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    ///
    /// impl Client for Game {
    /// #   type Incoming = Chat;
    /// #   type Outgoing = Chat;
    ///     fn on_resume(&mut self, _: &Peer<Chat>, how: Resumption) -> repod::Result {
    ///         self.notice = match how {
    ///             Resumption::Resumed { .. } => "here we are again".to_owned(),
    ///             Resumption::Gap { lost, .. } => format!("{lost} messages are lost"),
    ///         };
    ///         Ok(())
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As a handler's: an error is given to [`on_error`](Self::on_error).
    fn on_resume(&mut self, server: &Peer<Self::Outgoing>, how: Resumption) -> Result {
        let _ = (server, how);
        Ok(())
    }

    /// Called when the connection could not be opened, a message was refused, or a handler failed.
    ///
    /// By default the error is printed to standard error, so that a first program that cannot connect is not silent. A game shows
    /// its player [`ConnectionError::Connect`], whose text is fit for that.
    ///
    /// ```
    /// use repod::ConnectionError;
    /// # use repod::prelude::*;
    /// # #[derive(Action)] #[action(sync)] enum Chat { Say { text: String } }
    /// # struct Game { notice: Option<String> }
    /// # impl ChatHandler for Game { fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    ///
    /// impl Client for Game {
    /// #   type Incoming = Chat;
    /// #   type Outgoing = Chat;
    ///     fn on_error(&mut self, error: ConnectionError) {
    ///         if let ConnectionError::Connect(error) = error {
    ///             self.notice = Some(error.to_string());
    ///         }
    ///     }
    /// }
    ///
    /// let mut game = Game { notice: None };
    /// let mut connection = repod::connect::<Game>("localhost:1"); // nothing listens there
    /// while connection.pump(&mut game).is_open() {
    /// #   std::thread::yield_now();
    /// }
    /// assert!(game.notice.is_some());
    /// ```
    #[doc(alias = "Network_error")]
    fn on_error(&mut self, error: ConnectionError) {
        eprintln!("repod: {error}");
    }

    /// Called for a message whose action [`Incoming`](Self::Incoming) does not declare.
    ///
    /// ```
    /// use repod::{Unknown, proto::Excerpt};
    /// # use repod::prelude::*;
    /// # #[derive(Action)] #[action(sync)] enum Chat { Say { text: String } }
    /// # struct Game;
    /// # impl ChatHandler for Game { fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    ///
    /// impl Client for Game {
    /// #   type Incoming = Chat;
    /// #   type Outgoing = Chat;
    ///     fn on_unknown(&mut self, message: Unknown) -> repod::Result {
    ///         println!("the server is newer: what is {}?", Excerpt::of(message.name()));
    ///         Ok(())
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As a handler's: an error is given to [`on_error`](Self::on_error). The default returns
    /// [`DecodeError::UnknownAction`](crate::proto::DecodeError::UnknownAction).
    #[doc(alias = "network_received")]
    fn on_unknown(&mut self, message: Unknown) -> Result {
        Err(unhandled(&message))
    }
}

/// Why a connection ended that its own program has closed.
pub(crate) const LEFT: &str = "the client left";
