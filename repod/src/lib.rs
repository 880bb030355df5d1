//! Typed messages, typed handlers, everybody connected: a framework for multiplayer games, and for other programs that keep many
//! typed conversations open at once.
//!
//! You write two enums, one for each direction, and derive [`Action`](macro@Action) on them. A [`Server`] makes a [`Channel`] for each
//! client that connects; a [`Client`] is your game. Both have one method for each message of the other side, and a method that is
//! missing does not compile. On the wire are length-prefixed MessagePack maps over TCP: the format of the Python library
//! [repod](https://pypi.org/project/repodnet/), whose peers can be mixed with ours.
//!
//! ```
//! use repod::prelude::*;
//! use std::{sync::Arc, time::Duration};
//!
//! #[derive(Action)]
//! pub enum ToServer {
//!     Hello { name: String },
//! }
//!
//! #[derive(Action)]
//! #[action(sync)] // its handlers are plain `fn`s: a game loop pumps them
//! pub enum ToClient {
//!     Welcome { text: String },
//! }
//!
//! struct Lobby;
//!
//! struct Guest {
//!     peer: Peer<ToClient>,
//! }
//!
//! impl Server for Lobby {
//!     type Channel = Guest;
//!
//!     fn channel(self: &Arc<Self>, peer: Peer<ToClient>) -> Guest {
//!         Guest { peer }
//!     }
//! }
//!
//! impl Channel for Guest {
//!     type Incoming = ToServer;
//!     type Outgoing = ToClient;
//! }
//!
//! impl ToServerHandler for Guest {
//!     async fn on_hello(&mut self, name: String) -> repod::Result {
//!         self.peer.send(ToClient::Welcome { text: format!("Hi {name}!") })?;
//!         Ok(())
//!     }
//! }
//!
//! #[derive(Default)]
//! struct Game {
//!     greeting: Option<String>,
//! }
//!
//! impl Client for Game {
//!     type Incoming = ToClient;
//!     type Outgoing = ToServer;
//!
//!     fn on_connect(&mut self, server: &Peer<ToServer>) -> repod::Result {
//!         server.send(ToServer::Hello { name: "Ada".into() })?;
//!         Ok(())
//!     }
//! }
//!
//! impl ToClientHandler for Game {
//!     fn on_welcome(&mut self, text: String) -> repod::Result {
//!         self.greeting = Some(text);
//!         Ok(())
//!     }
//! }
//!
//! # fn main() -> repod::Result {
//! let server = Lobby.spawn("127.0.0.1:0")?;
//! let mut connection = repod::connect::<Game>(server.local_addr());
//! let mut game = Game::default();
//! while game.greeting.is_none() && connection.pump(&mut game).is_open() {
//!     std::thread::sleep(Duration::from_millis(10));
//! }
//! assert_eq!(game.greeting.as_deref(), Some("Hi Ada!"));
//! # Ok(())
//! # }
//! ```
//!
//! # Where to look
//!
//! | you want to | look at |
//! |---|---|
//! | declare messages | [the derive](macro@Action) and its attributes |
//! | serve | [`Server`], [`Channel`]; [`Launch::launch`] and [`Launch::spawn`] in one line, [`serve`] inside a tokio program |
//! | connect | [`Client`], [`connect`], and [`Connection`] with its `pump`, `poll` and `run` |
//! | come back after a loss | [`Connection::reconnect`], [`Reconnect`]; [`Serve::sessions`], [`Resumption`], [`SessionStore`] |
//! | send | [`Peer`], [`Peers`] |
//! | know what can go wrong | [`ConnectionError`], [`CloseReason`], [`ConnectError`], [`SendError`] |
//! | test it all | the module `testing`, behind the feature of that name |
//! | speak the wire by hand | [`encode`], [`decode`], [`proto`] |
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `derive` | yes | `#[derive(Action)]` |
//! | `server` | yes | [`Server`], [`Channel`], [`serve`] |
//! | `client` | yes | [`Client`], [`connect`] |
//! | `logging` | no | `logging::init`, for programs that have no `tracing` subscriber of their own |
//! | `testing` | no | `testing`: servers, clients and peers in memory, for your tests |
//!
//! Without `server` and `client` only [`proto`] and [`Action`] are built, and tokio is not among the dependencies.
//!
//! # Other crates
//!
//! repod needs to be your only dependency: [`serde`] is re-exported for the types of your fields, which derive with
//! `#[serde(crate = "repod::serde")]`.

#![warn(missing_docs, unreachable_pub)]

// The derive writes `::repod::..`, also in this crate's own tests.
#[allow(unused_extern_crates)]
extern crate self as repod;

mod action;
#[cfg(feature = "server")]
mod channel;
#[cfg(feature = "client")]
mod client;
#[cfg(feature = "__net")]
mod driver;
mod jitter;
#[cfg(feature = "logging")]
pub mod logging;
#[cfg(feature = "__net")]
mod outbox;
#[cfg(feature = "__net")]
mod peer;
#[cfg(feature = "__net")]
mod peers;
pub mod prelude;
pub mod proto;
#[cfg(feature = "server")]
mod server;
#[cfg(feature = "__net")]
mod sync;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(feature = "__net")]
mod transport;

#[cfg(feature = "derive")]
pub use repod_derive::Action;
pub use serde;

pub use crate::action::{Action, Dispatch, DispatchSync, Error, Result, Unknown, Value};
#[cfg(feature = "server")]
pub use crate::channel::Channel;
#[cfg(feature = "client")]
pub use crate::client::{
    Budget, Client, ConnectError, Connection, Event, Interruption, Pumped, Reconnect, connect, connect_by,
    connect_over, connect_with,
};
#[cfg(feature = "__net")]
pub use crate::driver::{ConnectionError, OnHandlerError, Resumption};
#[cfg(feature = "__net")]
pub use crate::peer::{Peer, PeerId, SendError};
#[cfg(feature = "__net")]
pub use crate::peers::Peers;
pub use crate::proto::{CloseReason, decode, encode};
#[cfg(feature = "server")]
pub use crate::server::{
    Background, Launch, MemoryStore, Refuse, Serve, ServeError, Server, Serving, SessionStore, Sessions, serve,
};

#[cfg(feature = "server")]
pub use crate::transport::Listener;

/// What the code of the derive and the tests of this workspace need; not for anybody else, and not stable.
#[doc(hidden)]
pub mod __private {
    pub use crate::action::{Action, Dispatch, DispatchSync, Result};
    pub use crate::jitter::seed as seed_jitter;
    pub use crate::proto::rule::{
        check_below, check_between, check_between_inclusive, check_field, check_from, check_len, check_message,
        check_range, check_up_to,
    };
    pub use crate::proto::{DecodeError, EncodeError, Entry, Message, PlainReader, Writer};
}
