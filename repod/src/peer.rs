//! [`Peer`]: the other side of one connection, as something to send to. Receiving is the business of handlers.

use std::cell::Cell;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use crate::action::Action;
use crate::outbox::{Frame, Full, Outbox};
use crate::peers::Peers;
use crate::proto::{CloseReason, EncodeError, Limits, encode_into};

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

/// What a connection's task and all clones of its [`Peer`] share.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) id: PeerId,
    pub(crate) addr: OnceLock<SocketAddr>,
    pub(crate) outbox: Outbox,
    pub(crate) max_frame_out: usize,
}

/// The number of a connection: unique within this process, never used again.
///
/// ```
/// # use repod::PeerId;
/// fn label(id: PeerId) -> String {
///     format!("player {id}") // "player 7"
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerId(u64);

/// Why a message was not queued for a peer.
///
/// ```
/// use repod::SendError;
///
/// let error = SendError::QueueFull { queued: 1024, max: 1024, unit: "messages" };
/// assert_eq!(error.to_string(), "the peer reads too slowly: 1024 messages are queued, the limit is 1024");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The connection is closed or closing.
    #[error("the connection is closed")]
    Closed,
    /// Too much is waiting to be sent to this peer already.
    #[error("the peer reads too slowly: {queued} {unit} are queued, the limit is {max}")]
    QueueFull {
        /// How much is queued.
        queued: usize,
        /// The limit.
        max: usize,
        /// `"bytes"` or `"messages"`.
        unit: &'static str,
    },
    /// The message is longer than [`Limits::max_frame_out`].
    #[error("a message of {len} bytes exceeds the limit of {max}")]
    TooLarge {
        /// The length of the message on the wire, in bytes.
        len: usize,
        /// The limit.
        max: usize,
    },
    /// The message cannot be serialized.
    #[error(transparent)]
    Encode(EncodeError),
}

impl<Out> Peer<Out> {
    pub(crate) fn new(addr: Option<SocketAddr>, limits: &Limits, peers: Peers<Out>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self {
            line: Arc::new(Line {
                id: PeerId(NEXT.fetch_add(1, Ordering::Relaxed)),
                addr: addr.map_or_else(OnceLock::new, OnceLock::from),
                outbox: Outbox::new(limits),
                max_frame_out: limits.max_frame_out,
            }),
            peers,
        }
    }

    /// Queues the frame with which a server greets.
    #[cfg(feature = "server")]
    pub(crate) fn greet(&self) {
        // An empty queue takes it; a connection that is closed already needs no greeting.
        let _ = self.line.outbox.push(Frame::One(GREETING_FRAME));
    }

    /// Notes the address of a connection that was still being opened.
    #[cfg(feature = "client")]
    pub(crate) fn found(&self, addr: SocketAddr) {
        let _ = self.line.addr.set(addr);
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
    pub fn id(&self) -> PeerId {
        self.line.id
    }

    /// The peer's address; `0.0.0.0:0` on a client whose connection is not up yet.
    pub fn addr(&self) -> SocketAddr {
        let unknown = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);
        self.line.addr.get().copied().unwrap_or(unknown)
    }

    /// Whether messages can still be queued. It can turn `false` at any moment, so do not decide by it whether to
    /// [`send`](Self::send): that tells by its result.
    pub fn is_open(&self) -> bool {
        !self.line.outbox.is_closed()
    }

    /// How many bytes wait to be written to this peer.
    pub fn queued_bytes(&self) -> usize {
        self.line.outbox.queued().0
    }

    /// How many messages wait to be written to this peer.
    pub fn queued_messages(&self) -> usize {
        self.line.outbox.queued().1
    }

    /// All peers of the same server, this one among them while it is open. Empty on a client.
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
        if self.line.outbox.close(reason) {
            self.peers.remove(self.id());
        }
    }
}

impl<Out: Action> Peer<Out> {
    /// Queues a message for this peer. It never blocks: `Ok` means queued, in order behind all that was queued before.
    ///
    /// The message is encoded here, on the caller. A peer whose queue is full is a slow consumer and is closed as
    /// [`CloseReason::Slow`].
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

    /// Queues a frame that was encoded before; closes a peer whose queue is full.
    fn push(&self, frame: Frame<'_>) -> Result<(), SendError> {
        self.line.push(frame).map_err(|(error, slow)| {
            if let Some(reason) = slow {
                self.close(reason);
            }
            error
        })
    }
}

impl Line {
    /// Queues a frame. If the queue is full, the second part of the error is the reason to close the peer.
    pub(crate) fn push(&self, frame: Frame<'_>) -> Result<(), (SendError, Option<CloseReason>)> {
        let (queued, max, unit) = match self.outbox.push(frame) {
            Ok(()) => return Ok(()),
            Err(Full::Closed) => return Err((SendError::Closed, None)),
            Err(Full::Bytes { queued, max }) => (queued, max, "bytes"),
            Err(Full::Messages { queued, max }) => (queued, max, "messages"),
        };
        Err((
            SendError::QueueFull { queued, max, unit },
            Some(CloseReason::Slow { queued, max, unit }),
        ))
    }
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
        Self {
            line: self.line.clone(),
            peers: self.peers.clone(),
        }
    }
}

/// Two peers are equal if they are the same connection.
impl<Out> PartialEq for Peer<Out> {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id()
    }
}

impl<Out> Eq for Peer<Out> {}

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

impl fmt::Display for PeerId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}

impl From<EncodeError> for SendError {
    fn from(error: EncodeError) -> Self {
        match error {
            EncodeError::TooLarge { len, max } => Self::TooLarge { len, max },
            other => Self::Encode(other),
        }
    }
}

/// `{"action": "connected"}`, byte for byte what the Python library sends.
#[cfg(feature = "server")]
const GREETING_FRAME: &[u8] = b"\x00\x00\x00\x12\x81\xa6action\xa9connected";

/// The largest encoding buffer that a thread keeps.
const KEPT_SCRATCH: usize = 64 * 1024;
