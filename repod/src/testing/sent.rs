//! [`peer()`], [`Room`] and [`Sent`]: peers that lead nowhere, for tests of a channel without any network.

use std::collections::VecDeque;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::task::Waker;

use tokio::time::Instant;

use super::expect::{Came, Source, came_in};
use crate::action::Action;
use crate::peer::Peer;
use crate::peers::Peers;
use crate::proto::{CloseReason, FrameDecoder, Limits, Message};

/// A peer for a test of a channel or a client, and all that is sent to it.
///
/// ```
/// use repod::testing;
///
/// # use repod::prelude::*;
/// # #[derive(Action)] enum ToServer { Hello { name: String } }
/// # #[derive(Action, Debug, PartialEq)] enum ToClient { Welcome { text: String } }
/// struct Guest {
///     peer: Peer<ToClient>,
/// }
///
/// # impl Channel for Guest { type Incoming = ToServer; type Outgoing = ToClient; }
/// impl ToServerHandler for Guest {
///     async fn on_hello(&mut self, name: String) -> repod::Result {
///         self.peer.send(ToClient::Welcome { text: format!("Hi {name}!") })?;
///         Ok(())
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> repod::Result {
/// let (peer, mut sent) = testing::peer();
/// let mut guest = Guest { peer };
/// guest.on_hello("Ada".into()).await?;
/// assert_eq!(sent.next(), Some(ToClient::Welcome { text: "Hi Ada!".into() }));
/// assert!(sent.is_empty());
/// # Ok(())
/// # }
/// ```
pub fn peer<Out: Action>() -> (Peer<Out>, Sent<Out>) {
    Room::new().join()
}

/// Several test peers that are [`Peers`] of each other, for tests of broadcasts.
///
/// ```
/// use repod::testing::Room;
///
/// # use repod::prelude::*;
/// #[derive(Action, Debug, PartialEq)]
/// enum ToClient {
///     Said { text: String },
/// }
///
/// # fn main() -> repod::Result {
/// let room = Room::new();
/// let (ada, mut ada_hears) = room.join();
/// let (bob, mut bob_hears) = room.join();
/// ada.peers().send_except(ada.id(), ToClient::Said { text: "Hello!".into() })?;
/// assert_eq!(bob_hears.all(), [ToClient::Said { text: "Hello!".into() }]);
/// assert!(ada_hears.is_empty());
/// bob.close("bored");
/// assert_eq!(room.peers().len(), 1);
/// # Ok(())
/// # }
/// ```
pub struct Room<Out> {
    limits: Limits,
    peers: Peers<Out>,
}

impl<Out: Action> Room<Out> {
    /// A room with the limits of every server.
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
    /// let room = Room::<Chat>::new();
    /// assert!(room.peers().is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn new() -> Self {
        Self::with(Limits::server())
    }

    /// A room with limits of your own: a small [`out_queue`](Limits::out_queue) shows what a peer that does not read does to a channel.
    ///
    /// ```
    /// use repod::SendError;
    /// use repod::proto::Limits;
    /// use repod::testing::Room;
    ///
    /// # use repod::prelude::*;
    /// # #[derive(Action)] enum ToClient { Tick }
    /// # fn main() -> repod::Result {
    /// let room = Room::with(Limits::server().out_queue(1024, 1)); // one message
    /// let (peer, _sent) = room.join();
    /// peer.send(ToClient::Tick)?;
    /// assert!(matches!(peer.send(ToClient::Tick), Err(SendError::QueueFull(_))));
    /// # Ok(())
    /// # }
    /// ```
    pub fn with(limits: Limits) -> Self {
        let peers = Peers::new(&limits);
        Self { limits, peers }
    }

    /// One more peer, and all that is sent to it.
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
    /// let room = Room::new();
    /// let (peer, mut sent) = room.join();
    /// peer.send(Chat::Say { text: "Hello!".into() })?;
    /// assert!(!sent.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn join(&self) -> (Peer<Out>, Sent<Out>) {
        let port = u16::try_from(self.peers.len()).unwrap_or(u16::MAX).saturating_add(1);
        let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let peer = Peer::new(Some(addr), &self.limits, self.peers.clone());
        self.peers.insert(&peer);
        let decoder = FrameDecoder::new(Limits::FRAME_CEILING);
        (peer.clone(), Sent { peer, decoder, came: VecDeque::new() })
    }

    /// All peers in it that are open.
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
    /// let room = Room::new();
    /// let (ada, mut sent) = room.join();
    /// room.peers().send(Chat::Say { text: "The server restarts soon.".into() })?;
    /// assert_eq!(sent.all().len(), 1);
    /// # drop(ada);
    /// # Ok(())
    /// # }
    /// ```
    pub fn peers(&self) -> &Peers<Out> {
        &self.peers
    }
}

impl<Out: Action> Default for Room<Out> {
    fn default() -> Self {
        Self::new()
    }
}

/// What was sent to a test peer, in order, as the other side would decode it. It is there as soon as `send` has returned.
///
/// ```
/// use repod::testing;
///
/// # use repod::prelude::*;
/// # #[derive(Action, Debug, PartialEq)] enum ToClient { Row { row: u8 }, Bye }
/// # fn main() -> repod::Result {
/// let (peer, mut sent) = testing::peer();
/// peer.send(ToClient::Row { row: 1 })?;
/// peer.send(ToClient::Row { row: 2 })?;
/// peer.send(ToClient::Bye)?;
/// peer.close("done");
/// assert_eq!(sent.next(), Some(ToClient::Row { row: 1 }));
/// assert_eq!(sent.all(), [ToClient::Row { row: 2 }, ToClient::Bye]);
/// assert_eq!(sent.next(), None);
/// assert_eq!(sent.closed().unwrap().to_string(), "closed by this side: done");
/// # Ok(())
/// # }
/// ```
pub struct Sent<Out> {
    peer: Peer<Out>,
    decoder: FrameDecoder,
    came: VecDeque<Came<Out>>,
}

impl<Out: Action> Sent<Out> {
    /// All messages that are there.
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
    /// let (peer, mut sent) = Room::new().join();
    /// for text in ["one", "two"] {
    ///     peer.send(Chat::Say { text: text.into() })?;
    /// }
    /// assert_eq!(sent.all().len(), 2);
    /// assert!(sent.all().is_empty()); // they were taken
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// As [`next`](Self::next).
    pub fn all(&mut self) -> Vec<Out> {
        self.collect()
    }

    /// Whether nothing is there.
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
    /// let (peer, mut sent) = Room::new().join();
    /// assert!(sent.is_empty());
    /// peer.send(Chat::Say { text: "Hello!".into() })?;
    /// assert!(!sent.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_empty(&mut self) -> bool {
        self.take();
        self.came.is_empty()
    }

    /// Why the peer was closed, if it was.
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
    /// let (peer, sent) = Room::<Chat>::new().join();
    /// assert!(sent.closed().is_none());
    /// peer.close("kicked");
    /// assert_eq!(sent.closed().unwrap().to_string(), "closed by this side: kicked");
    /// # Ok(())
    /// # }
    /// ```
    pub fn closed(&self) -> Option<CloseReason> {
        self.peer.line.outbox.reason()
    }

    /// Does what the task of a connection does: takes what is queued.
    fn take(&mut self) {
        let mut written = None;
        while let Some(chunk) = self.peer.line.outbox.next(written.take(), Waker::noop(), Instant::now()) {
            self.decoder.push(chunk.bytes());
            written = Some(chunk);
        }
        while let Ok(Some(frame)) = self.decoder.next_frame() {
            let mut table = Vec::new();
            self.came.push_back(match Message::parse(frame, &Limits::none(), &mut table) {
                Ok(message) => came_in(&message),
                Err(error) => Came::Nothing(error.to_string()),
            });
        }
    }
}

impl<Out: Action> Iterator for Sent<Out> {
    type Item = Out;

    /// The next message, if one is there; later there may be others.
    ///
    /// # Panics
    ///
    /// If it breaks a rule of the enum, so that the other side would refuse it.
    fn next(&mut self) -> Option<Out> {
        self.take();
        self.came.pop_front().map(|came| match came {
            Came::Message(action) => action,
            Came::Nothing(what) => panic!("the other side would refuse what was sent: {what}"),
        })
    }
}

impl<Out: Action> Source<Out> for Sent<Out> {
    async fn next_action(&mut self) -> Came<Out> {
        self.take();
        if let Some(came) = self.came.pop_front() {
            return came;
        }
        Came::Nothing(match self.closed() {
            Some(reason) => format!("nothing was sent, and the peer is closed: {reason}"),
            None => "nothing was sent".to_owned(),
        })
    }

    fn rest(&mut self) -> Vec<Came<Out>> {
        self.take();
        self.came.drain(..).collect()
    }
}

impl<Out> fmt::Debug for Room<Out> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Room").field("peers", &self.peers.len()).finish_non_exhaustive()
    }
}

impl<Out> fmt::Debug for Sent<Out> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Sent")
            .field("peer", &self.peer)
            .field("taken", &self.came.len())
            .finish_non_exhaustive()
    }
}
