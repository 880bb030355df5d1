//! [`Host`]: a server in memory, with everything a test needs to come to it.

use super::End;
use super::caller::Caller;
use super::link::Link;
use super::network::{Network, network};
use super::raw::RawPeer;
use crate::channel::Channel;
use crate::server::{Serve, Server, Serving, serve};

/// A server in memory, for one test. Dropping it ends the server.
///
/// ```
/// use repod::testing::{Host, expect_action};
///
/// # use repod::prelude::*;
/// # use std::sync::Arc;
/// # #[derive(Action)] enum ToServer { Hello { name: String } }
/// # #[derive(Action, Debug)] enum ToClient { Welcome { text: String } }
/// # struct Lobby;
/// # struct Guest { peer: Peer<ToClient> }
/// # impl Server for Lobby {
/// #     type Channel = Guest;
/// #     fn channel(self: &Arc<Self>, peer: Peer<ToClient>) -> Guest { Guest { peer } }
/// # }
/// # impl Channel for Guest { type Incoming = ToServer; type Outgoing = ToClient; }
/// # impl ToServerHandler for Guest {
/// #     async fn on_hello(&mut self, name: String) -> repod::Result {
/// #         self.peer.send(ToClient::Welcome { text: format!("Hi {name}!") })?;
/// #         Ok(())
/// #     }
/// # }
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> repod::Result {
/// let host = Host::new(Lobby);
/// let mut ada = host.join().await;
/// ada.send(ToServer::Hello { name: "Ada".into() })?;
/// expect_action!(ada, ToClient::Welcome { text } if text == "Hi Ada!");
/// assert_eq!(host.server().peers().len(), 1);
/// # Ok(())
/// # }
/// ```
pub struct Host<S: Server> {
    server: Serving<S>,
    network: Network,
}

type Incoming<S> = <<S as Server>::Channel as Channel>::Incoming;
type Outgoing<S> = <<S as Server>::Channel as Channel>::Outgoing;

impl<S: Server> Host<S> {
    /// Serves `app` with the limits of every server.
    ///
    /// ```
    /// # use repod::testing::{Host, Room};
    /// # use repod::prelude::*;
    /// # use std::sync::Arc;
    /// # #[derive(Action, Debug)] enum Chat { Say { text: String } }
    /// # struct Echo;
    /// # struct Guest { peer: Peer<Chat> }
    /// # impl Server for Echo {
    /// #     type Channel = Guest;
    /// #     fn channel(self: &Arc<Self>, peer: Peer<Chat>) -> Guest { Guest { peer } }
    /// # }
    /// # impl Channel for Guest { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Guest {
    /// #     async fn on_say(&mut self, text: String) -> repod::Result { Ok(self.peer.send(Chat::Say { text })?) }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> repod::Result {
    /// let host = Host::new(Echo);
    /// assert!(host.server().peers().is_empty());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub fn new(app: S) -> Self {
        Self::of(serve(app))
    }

    /// Serves what was set up with [`serve`], with limits of its own for example.
    ///
    /// ```
    /// use repod::proto::Limits;
    /// use repod::testing::Host;
    ///
    /// # use repod::prelude::*;
    /// # #[derive(Action)] enum Chat { Say { text: String } }
    /// # struct Room;
    /// # struct Guest;
    /// # impl Channel for Guest { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Guest { async fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    /// # impl Server for Room { type Channel = Guest; fn channel(self: &std::sync::Arc<Self>, _: Peer<Chat>) -> Guest { Guest } }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let host = Host::of(repod::serve(Room).limits(Limits::server().violations(3)));
    /// # drop(host);
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub fn of(serve: Serve<S>) -> Self {
        let (network, listener) = network();
        match serve.listen(listener) {
            Ok(server) => Self { server, network },
            Err(error) => panic!("a server in memory needs nothing that could fail: {error}"),
        }
    }

    /// The server: its peers, its program, its shutdown.
    ///
    /// ```
    /// # use repod::testing::{Host, Room};
    /// # use repod::prelude::*;
    /// # use std::sync::Arc;
    /// # #[derive(Action, Debug)] enum Chat { Say { text: String } }
    /// # struct Echo;
    /// # struct Guest { peer: Peer<Chat> }
    /// # impl Server for Echo {
    /// #     type Channel = Guest;
    /// #     fn channel(self: &Arc<Self>, peer: Peer<Chat>) -> Guest { Guest { peer } }
    /// # }
    /// # impl Channel for Guest { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Guest {
    /// #     async fn on_say(&mut self, text: String) -> repod::Result { Ok(self.peer.send(Chat::Say { text })?) }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> repod::Result {
    /// let host = Host::new(Echo);
    /// let _ada = host.join().await;
    /// host.server().shutdown(std::time::Duration::from_secs(1)).await;
    /// # Ok(())
    /// # }
    /// ```
    pub fn server(&self) -> &Serving<S> {
        &self.server
    }

    /// The way to the server, for clients of other kinds.
    ///
    /// ```
    /// # use repod::testing::{Host, Room};
    /// # use repod::prelude::*;
    /// # use std::sync::Arc;
    /// # #[derive(Action, Debug)] enum Chat { Say { text: String } }
    /// # struct Echo;
    /// # struct Guest { peer: Peer<Chat> }
    /// # impl Server for Echo {
    /// #     type Channel = Guest;
    /// #     fn channel(self: &Arc<Self>, peer: Peer<Chat>) -> Guest { Guest { peer } }
    /// # }
    /// # impl Channel for Guest { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Guest {
    /// #     async fn on_say(&mut self, text: String) -> repod::Result { Ok(self.peer.send(Chat::Say { text })?) }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> repod::Result {
    /// use repod::testing::{Link, RawPeer};
    ///
    /// let host = Host::new(Echo);
    /// let link = Link::with_capacity(64); // a peer that takes little at a time
    /// let mut raw = RawPeer::over(host.network().dial(&link)?);
    /// raw.greeted().await;
    /// # Ok(())
    /// # }
    /// ```
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// A client that the test plays, greeted by the server, over a link of its own.
    ///
    /// ```
    /// # use repod::testing::{Host, Room};
    /// # use repod::prelude::*;
    /// # use std::sync::Arc;
    /// # #[derive(Action, Debug)] enum Chat { Say { text: String } }
    /// # struct Echo;
    /// # struct Guest { peer: Peer<Chat> }
    /// # impl Server for Echo {
    /// #     type Channel = Guest;
    /// #     fn channel(self: &Arc<Self>, peer: Peer<Chat>) -> Guest { Guest { peer } }
    /// # }
    /// # impl Channel for Guest { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Guest {
    /// #     async fn on_say(&mut self, text: String) -> repod::Result { Ok(self.peer.send(Chat::Say { text })?) }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> repod::Result {
    /// let host = Host::new(Echo);
    /// let (ada, bob) = (host.join().await, host.join().await);
    /// assert_eq!(host.server().peers().len(), 2);
    /// # drop((ada, bob));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If the server does not let it in.
    pub async fn join(&self) -> Caller<Incoming<S>, Outgoing<S>> {
        self.join_over(&Link::new()).await
    }

    /// As [`join`](Self::join), over a link that the test can disturb.
    ///
    /// ```
    /// use repod::testing::{Host, Link};
    /// use std::time::Duration;
    ///
    /// # use repod::prelude::*;
    /// # #[derive(Action)] enum Chat { Say { text: String } }
    /// # struct Room;
    /// # struct Guest;
    /// # impl Channel for Guest { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Guest { async fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    /// # impl Server for Room { type Channel = Guest; fn channel(self: &std::sync::Arc<Self>, _: Peer<Chat>) -> Guest { Guest } }
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() {
    /// let host = Host::new(Room);
    /// let link = Link::new();
    /// let _ada = host.join_over(&link).await;
    /// link.stall(); // somebody pulls the cable
    /// tokio::time::sleep(Duration::from_secs(20)).await; // of a paused clock
    /// assert_eq!(host.server().peers().len(), 0);
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If the server does not let it in.
    pub async fn join_over(&self, link: &Link) -> Caller<Incoming<S>, Outgoing<S>> {
        match self.network.dial(link) {
            Ok(stream) => Caller::greeted(stream).await,
            Err(error) => panic!("cannot connect to the host: {error}"),
        }
    }

    /// A peer that speaks the wire by hand, before the greeting was read. Until it says [`hello`](RawPeer::hello), it is to the server what a
    /// Python client is.
    ///
    /// ```
    /// use repod::testing::Host;
    ///
    /// # use repod::prelude::*;
    /// # #[derive(Action)] enum Chat { Say { text: String } }
    /// # struct Room;
    /// # struct Guest;
    /// # impl Channel for Guest { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Guest { async fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    /// # impl Server for Room { type Channel = Guest; fn channel(self: &std::sync::Arc<Self>, _: Peer<Chat>) -> Guest { Guest } }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let host = Host::new(Room);
    /// let mut raw = host.raw();
    /// raw.greeted().await;
    /// raw.write(b"GET / HTTP/1.1\r\n\r\n").await;
    /// raw.ends().await; // the server closes
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If the server has ended.
    pub fn raw(&self) -> RawPeer<End> {
        match self.network.dial(&Link::new()) {
            Ok(stream) => RawPeer::over(stream),
            Err(error) => panic!("cannot connect to the host: {error}"),
        }
    }
}

impl<S: Server> std::fmt::Debug for Host<S> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Host").field("server", &self.server).finish_non_exhaustive()
    }
}
