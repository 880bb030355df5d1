//! Tests of servers, channels and clients, without sockets, ports and waiting. Behind the feature `testing`; what a program needs at
//! work is elsewhere.
//!
//! | you want to test | look at |
//! |---|---|
//! | one channel or client, with no network at all | [`peer()`] and what was [`Sent`] to it; [`Room`] for broadcasts |
//! | a whole server | [`Host`], and the [`Caller`]s that [`join`](Host::join) it |
//! | your client on your server | [`Network::connect`] |
//! | a bad network | [`Link`]: delays, stalls, cuts |
//! | a bad peer, or a Python one | [`RawPeer`] |
//!
//! In all of them [`expect_action!`](crate::expect_action) waits for an action and checks it. Nothing here uses the real time or the
//! system's network, so it all works under tokio's paused clock (`#[tokio::test(start_paused = true)]`, tokio's feature `test-util`): hours of
//! a game pass in no time, and no test depends on how busy the machine is.
//!
//! ```
//! use repod::testing::{Host, Link, expect_action};
//! use std::time::Duration;
//! use tokio::time::Instant;
//!
//! # use repod::prelude::*;
//! # use std::sync::Arc;
//! # #[derive(Action)] enum ToServer { Hello { name: String } }
//! # #[derive(Action, Debug)] enum ToClient { Welcome { text: String } }
//! # struct Lobby;
//! # struct Guest { peer: Peer<ToClient> }
//! # impl Server for Lobby {
//! #     type Channel = Guest;
//! #     fn channel(self: &Arc<Self>, peer: Peer<ToClient>) -> Guest { Guest { peer } }
//! # }
//! # impl Channel for Guest { type Incoming = ToServer; type Outgoing = ToClient; }
//! # impl ToServerHandler for Guest {
//! #     async fn on_hello(&mut self, name: String) -> repod::Result {
//! #         self.peer.send(ToClient::Welcome { text: format!("Hi {name}!") })?;
//! #         Ok(())
//! #     }
//! # }
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() -> repod::Result {
//! let host = Host::new(Lobby);
//! let link = Link::new();
//! let mut ada = host.join_over(&link).await;
//!
//! link.delay(Duration::from_millis(100));
//! let start = Instant::now();
//! ada.send(ToServer::Hello { name: "Ada".into() })?;
//! expect_action!(ada, ToClient::Welcome { text } if text == "Hi Ada!");
//! assert_eq!(start.elapsed(), Duration::from_millis(200));
//!
//! link.cut();
//! println!("{}", ada.closed().await);
//! # Ok(())
//! # }
//! ```

mod caller;
mod expect;
mod host;
mod link;
mod network;
mod raw;
mod sent;

pub use self::caller::Caller;
pub use self::expect::{Came, Source, unexpected};
pub use self::host::Host;
pub use self::link::{End, Link};
pub use self::network::{Network, NetworkListener, network};
pub use self::raw::RawPeer;
pub use self::sent::{Room, Sent, peer};
#[doc(inline)]
pub use crate::expect_action;
