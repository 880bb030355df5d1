//! [`Peer`]: the other side of one connection, as something to send to. Receiving is the business of handlers.

mod error;
mod id;
mod line;

use std::cell::Cell;
use std::fmt;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use bytes::Bytes;

pub use self::error::SendError;
pub use self::id::PeerId;
pub(crate) use self::line::Line;
use crate::action::Action;
use crate::outbox::{Frame, Outbox, Refused};
use crate::peers::Peers;
use crate::proto::{CloseReason, Limits, WhenFull, encode_into};

/// The other side of a connection: a cheap clone that can be kept anywhere and sent to from any thread.
///
/// `Out` is the enum that this side sends. A [`Channel`](crate::Channel) is given its peer when it is made; a
/// [`Client`](crate::Client) gets the server's in `on_connect`.
///
/// ```
/// use repod::prelude::*;
///
/// # #[derive(Action)]
/// # enum ToClient { Welcome { text: String } }
/// fn welcome(peer: &Peer<ToClient>) -> repod::Result {
///     peer.send(ToClient::Welcome { text: format!("You are {}", peer.id()) })?;
///     Ok(())
/// }
/// ```
pub struct Peer<Out> {
    pub(crate) line: Arc<Line>,
    peers: Peers<Out>,
}

impl<Out> Peer<Out> {
    pub(crate) fn new(addr: Option<SocketAddr>, limits: &Limits, peers: Peers<Out>) -> Self {
        Self {
            line: Arc::new(Line {
                id: PeerId::next(),
                addr: Mutex::new(addr),
                outbox: Outbox::new(limits, peers.total().clone()),
                max_frame_out: limits.max_frame_out.min(Limits::FRAME_CEILING),
                inbound: AtomicUsize::new(0),
                is_heard: AtomicBool::new(false),
                is_suspended: AtomicBool::new(false),
                rtt: AtomicU64::new(u64::MAX),
            }),
            peers,
        }
    }

    /// Notes the address of a connection that was still being opened.
    #[cfg(feature = "client")]
    pub(crate) fn found(&self, addr: SocketAddr) {
        self.line.found(addr);
    }

    /// Waits until the connection is closed with nothing left to send, while no task drives it yet.
    #[cfg(feature = "client")]
    pub(crate) async fn closed_empty(&self) {
        std::future::poll_fn(|context| self.line.outbox.poll_closed_empty(context.waker())).await;
    }

    pub(crate) fn of(line: Arc<Line>, peers: Peers<Out>) -> Self {
        Self { line, peers }
    }

    /// The number of this connection.
    ///
    /// ```
    /// use repod::PeerId;
    /// use std::collections::HashMap;
    /// # use repod::prelude::*;
    /// # #[derive(Action)]
    /// # enum ToClient { Welcome }
    ///
    /// fn join(names: &mut HashMap<PeerId, String>, peer: &Peer<ToClient>, name: String) {
    ///     names.insert(peer.id(), name);
    /// }
    /// ```
    pub fn id(&self) -> PeerId {
        self.line.id
    }

    /// The peer's address; `0.0.0.0:0` on a client whose connection is not up yet.
    ///
    /// ```
    /// # use repod::prelude::*;
    /// # #[derive(Action)] #[action(sync)] enum Chat { Say { text: String } }
    /// # struct Game;
    /// # impl Client for Game { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Game { fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> repod::Result {
    /// # type Never = tokio::io::DuplexStream;
    /// # let mut connection = repod::connect_over::<Game, Never>(std::future::pending(), repod::proto::Limits::client());
    /// assert_eq!(connection.server().addr().to_string(), "0.0.0.0:0"); // it is coming up
    /// # Ok(())
    /// # }
    /// ```
    pub fn addr(&self) -> SocketAddr {
        let unknown = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);
        self.line.addr().unwrap_or(unknown)
    }

    /// Whether messages can still be queued. It can turn `false` at any moment, so do not decide by it whether to
    /// [`send`](Self::send): that tells by its result.
    ///
    /// ```
    /// # use repod::prelude::*;
    /// # #[derive(Action)] #[action(sync)] enum Chat { Say { text: String } }
    /// # struct Game;
    /// # impl Client for Game { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Game { fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> repod::Result {
    /// # type Never = tokio::io::DuplexStream;
    /// # let mut connection = repod::connect_over::<Game, Never>(std::future::pending(), repod::proto::Limits::client());
    /// let server = connection.server();
    /// assert!(server.is_open());
    /// server.close("enough");
    /// assert!(!server.is_open());
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_open(&self) -> bool {
        !self.line.outbox.is_closed()
    }

    /// Whether the peer was lost, and may still come back to its session. Until then what is sent to it is queued, within the
    /// limits of its queue.
    ///
    /// ```
    /// # use repod::prelude::*;
    /// # #[derive(Action)]
    /// # enum ToClient { Say { text: String } }
    /// fn status(peer: &Peer<ToClient>) -> &'static str {
    ///     match (peer.is_open(), peer.is_suspended()) {
    ///         (false, _) => "gone",
    ///         (true, true) => "lost for the moment",
    ///         (true, false) => "here",
    ///     }
    /// }
    /// ```
    pub fn is_suspended(&self) -> bool {
        self.line.is_suspended.load(Ordering::Relaxed)
    }

    /// How many bytes wait to be written to this peer.
    ///
    /// ```
    /// # use repod::prelude::*;
    /// # #[derive(Action)] #[action(sync)] enum Chat { Say { text: String } }
    /// # struct Game;
    /// # impl Client for Game { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Game { fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> repod::Result {
    /// # type Never = tokio::io::DuplexStream;
    /// # let mut connection = repod::connect_over::<Game, Never>(std::future::pending(), repod::proto::Limits::client());
    /// let hello = Chat::Say { text: "Hello!".into() };
    /// let len = repod::encode(&hello)?.len();
    /// connection.send(hello)?;
    /// assert_eq!(connection.server().queued_bytes(), len);
    /// # Ok(())
    /// # }
    /// ```
    pub fn queued_bytes(&self) -> usize {
        self.line.outbox.queued().0
    }

    /// How many messages wait to be written to this peer.
    ///
    /// ```
    /// # use repod::prelude::*;
    /// # #[derive(Action)] #[action(sync)] enum Chat { Say { text: String } }
    /// # struct Game;
    /// # impl Client for Game { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Game { fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> repod::Result {
    /// # type Never = tokio::io::DuplexStream;
    /// # let mut connection = repod::connect_over::<Game, Never>(std::future::pending(), repod::proto::Limits::client());
    /// let server = connection.server();
    /// server.send(Chat::Say { text: "Hello!".into() })?;
    /// server.send(Chat::Say { text: "Anybody there?".into() })?;
    /// assert_eq!(server.queued_messages(), 2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn queued_messages(&self) -> usize {
        self.line.outbox.queued().1
    }

    /// How many bytes were written to this peer and are kept, because it has not said yet that it has them; always 0 where no
    /// session is kept.
    ///
    /// ```
    /// # use repod::prelude::*;
    /// # #[derive(Action)]
    /// # enum ToClient { Welcome }
    /// fn memory(peers: &Peers<ToClient>) -> usize {
    ///     peers.iter().map(|peer| peer.queued_bytes() + peer.kept_bytes()).sum()
    /// }
    /// ```
    pub fn kept_bytes(&self) -> usize {
        self.line.outbox.kept()
    }

    /// How long the last ping took to come back: the round trip through both programs and the network.
    ///
    /// `None` before the first one, and for peers that cannot be pinged, such as Python ones. It is measured while the conversation is
    /// quiet; see [`Limits::heartbeat`].
    ///
    /// ```
    /// # use repod::prelude::*;
    /// # #[derive(Action)]
    /// # enum ToClient { Welcome }
    /// fn ping_text(peer: &Peer<ToClient>) -> String {
    ///     match peer.rtt() {
    ///         Some(time) => format!("{} ms", time.as_millis()),
    ///         None => "?".to_owned(),
    ///     }
    /// }
    /// ```
    pub fn rtt(&self) -> Option<Duration> {
        match self.line.rtt.load(Ordering::Relaxed) {
            u64::MAX => None,
            micros => Some(Duration::from_micros(micros)),
        }
    }

    /// Sets what becomes of a message for this peer when its queue is full, instead of
    /// [`Limits::when_full`](crate::proto::Limits::when_full).
    ///
    /// ```
    /// use repod::SendError;
    /// use repod::proto::{Limits, WhenFull};
    ///
    /// # use repod::prelude::*;
    /// # #[derive(Action)] #[action(sync)] enum Chat { Say { text: String } }
    /// # struct Game;
    /// # impl Client for Game { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Game { fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> repod::Result {
    /// # let limits = Limits::client().out_queue(1024, 1); // one message
    /// # let connection = repod::connect_over::<Game, tokio::io::DuplexStream>(std::future::pending(), limits);
    /// let server = connection.server();
    /// server.when_full(WhenFull::DropNewest);
    /// server.send(Chat::Say { text: "the queue is full now".into() })?;
    /// let dropped = server.send(Chat::Say { text: "one too many".into() });
    /// assert!(matches!(dropped, Err(SendError::QueueFull(_))));
    /// assert!(server.is_open());
    /// # Ok(())
    /// # }
    /// ```
    pub fn when_full(&self, treatment: WhenFull) {
        self.line.outbox.when_full(treatment);
    }

    /// Waits until nothing is queued for this peer, or it is closed.
    ///
    /// Use it between the parts of something large, such as a map, which would overflow the queue in one go.
    ///
    /// ```
    /// # use repod::prelude::*;
    /// # #[derive(Action)]
    /// # enum ToClient { Row { tiles: Vec<u8> } }
    /// async fn send_map(peer: &Peer<ToClient>, rows: Vec<Vec<u8>>) -> repod::Result {
    ///     for tiles in rows {
    ///         peer.send(ToClient::Row { tiles })?;
    ///         peer.flushed().await;
    ///     }
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Cancel safety
    ///
    /// It only waits, so that it can be dropped at any time.
    pub async fn flushed(&self) {
        self.line.outbox.emptied().await;
    }

    /// All peers of the same server, this one among them while it is open. Empty on a client.
    ///
    /// ```
    /// # use repod::prelude::*;
    /// # #[derive(Action)]
    /// # enum ToClient { Said { text: String } }
    /// fn say(from: &Peer<ToClient>, text: String) -> repod::Result {
    ///     from.peers().send_except(from.id(), ToClient::Said { text })?;
    ///     Ok(())
    /// }
    /// ```
    #[doc(alias = "server")]
    pub fn peers(&self) -> &Peers<Out> {
        &self.peers
    }

    /// Closes the connection: what is queued is still sent, nothing more is received, and `on_close` is told the reason.
    ///
    /// Returns at once. Only the first reason counts; a closed peer stays closed.
    ///
    /// ```
    /// # use repod::prelude::*;
    /// # #[derive(Action)]
    /// # enum ToClient { Bye }
    /// fn kick(peer: &Peer<ToClient>) {
    ///     let _ = peer.send(ToClient::Bye); // still delivered
    ///     peer.close("kicked");
    /// }
    /// ```
    #[doc(alias = "disconnect")]
    pub fn close(&self, reason: impl Into<CloseReason>) {
        self.line.outbox.stop();
        self.end(reason.into());
    }

    /// As [`close`](Self::close), but what was received before is still dispatched.
    pub(crate) fn end(&self, reason: CloseReason) {
        self.line.outbox.close(reason, None);
        // Also when somebody else has closed it: that one may not have come to this yet, and nobody may find it from now on.
        self.peers.remove(self.id());
    }
}

impl<Out: Action> Peer<Out> {
    /// Queues a message for this peer. It never blocks: `Ok` means queued, in order behind all that was queued before.
    ///
    /// The message is encoded here, on the caller. A peer whose queue is full is a slow consumer and is closed as
    /// [`CloseReason::Slow`].
    ///
    /// ```
    /// use repod::SendError;
    ///
    /// # use repod::prelude::*;
    /// # #[derive(Action)] #[action(sync)] enum Chat { Say { text: String } }
    /// # struct Game;
    /// # impl Client for Game { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Game { fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> repod::Result {
    /// # type Never = tokio::io::DuplexStream;
    /// # let mut connection = repod::connect_over::<Game, Never>(std::future::pending(), repod::proto::Limits::client());
    /// let server = connection.server();
    /// assert_eq!(server.send(Chat::Say { text: "Hello!".into() }), Ok(()));
    /// server.close("enough");
    /// assert_eq!(server.send(Chat::Say { text: "too late".into() }), Err(SendError::Closed));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`SendError`] if the message was not queued.
    pub fn send(&self, message: Out) -> Result<(), SendError> {
        with_scratch(|scratch| {
            encode_into(&message, scratch, self.line.max_frame_out)?;
            self.push(Frame::One(scratch))
        })
    }

    /// As [`send`](Self::send), but takes the place of the message that was sent with the same key and still waits.
    ///
    /// For what only matters in its latest state, such as positions: a peer that reads slowly gets the newest, and not all those
    /// that are out of date. The key can be anything that hashes, such as `("position", player)`.
    ///
    /// ```
    /// # use repod::prelude::*;
    /// # #[derive(Action)]
    /// # enum ToClient { Moved { player: u32, x: f64 } }
    /// fn tell(peer: &Peer<ToClient>, player: u32, x: f64) -> repod::Result {
    ///     peer.send_latest(("moved", player), ToClient::Moved { player, x })?;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`SendError`] if the message was not queued.
    pub fn send_latest(&self, key: impl Hash, message: Out) -> Result<(), SendError> {
        let key = hash_of(&key);
        with_scratch(|scratch| {
            encode_into(&message, scratch, self.line.max_frame_out)?;
            self.push(Frame::Latest(key, scratch))
        })
    }

    fn push(&self, frame: Frame<'_>) -> Result<(), SendError> {
        let result = self.push_one(frame);
        self.peers.relieve_if_exceeded();
        result
    }

    /// Queues a frame that was encoded before; closes a peer whose queue is full.
    pub(crate) fn push_one(&self, frame: Frame<'_>) -> Result<(), SendError> {
        self.line.outbox.push(frame).map_err(|refused| match refused {
            Refused::Closed => SendError::Closed,
            Refused::Dropped(backlog) => SendError::QueueFull(backlog),
            Refused::Slow(backlog) => {
                self.close(CloseReason::Slow(backlog));
                SendError::QueueFull(backlog)
            }
        })
    }
}

/// The hash of a key, which differs from one run of the program to the next: nobody outside can find two keys with one hash.
pub(crate) fn hash_of(key: &impl Hash) -> u64 {
    static STATE: OnceLock<RandomState> = OnceLock::new();
    STATE.get_or_init(RandomState::new).hash_one(key)
}

/// Encodes a message once, for many peers.
pub(crate) fn encode_shared<Out: Action>(message: &Out, max: usize) -> Result<Bytes, SendError> {
    with_scratch(|scratch| {
        encode_into(message, scratch, max)?;
        Ok(Bytes::copy_from_slice(scratch))
    })
}

/// Runs `encode` with an empty buffer that belongs to this thread. It is taken out of its place meanwhile, so that a `Serialize`
/// which sends messages of its own gets another one.
fn with_scratch<T>(encode: impl FnOnce(&mut Vec<u8>) -> T) -> T {
    thread_local! {
        static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
    }
    let mut scratch = SCRATCH.take();
    scratch.clear();
    let result = encode(&mut scratch);
    if scratch.capacity() <= KEPT_SCRATCH {
        SCRATCH.set(scratch);
    }
    result
}

impl<Out> Clone for Peer<Out> {
    fn clone(&self) -> Self {
        Self { line: self.line.clone(), peers: self.peers.clone() }
    }
}

/// Two peers are equal if they are the same connection.
impl<Out> PartialEq for Peer<Out> {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id()
    }
}

impl<Out> Eq for Peer<Out> {}

impl<Out> Hash for Peer<Out> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id().hash(state);
    }
}

impl<Out> fmt::Debug for Peer<Out> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Peer")
            .field("id", &self.id())
            .field("addr", &self.addr())
            .field("open", &self.is_open())
            .finish()
    }
}

/// The largest encoding buffer that a thread keeps.
const KEPT_SCRATCH: usize = 64 * 1024;
