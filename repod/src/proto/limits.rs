//! [`Limits`]: every bound that protects one side of a connection from the other.
//! Not the enforcement: each bound is enforced by the file that owns what it bounds.

mod admission;
mod queue;
mod rate;
mod socket;

use std::time::Duration;

pub use self::admission::Admission;
pub use self::queue::WhenFull;
pub use self::rate::Rate;
pub use self::socket::{Keepalive, SocketLimits};

/// Every bound on one connection and on a server, with defaults that suit an ordinary game.
///
/// The defaults of [`Limits::server`] assume a server on the open internet whose peers are not trusted;
/// those of [`Limits::client`] assume a server that the player chose. Every refusal is a typed error that names
/// the limit, its value and what was seen.
///
/// ```
/// use repod::proto::Limits;
///
/// let limits = Limits::server().max_frame_in(16 * 1024).max_depth(8);
/// assert_eq!(limits.max_frame_in, 16 * 1024);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// The longest frame that is read, in bytes without the length prefix.
    pub max_frame_in: usize,
    /// The longest frame that is sent, in bytes without the length prefix.
    pub max_frame_out: usize,
    /// How deep maps and arrays may be nested in a frame, the frame's own map included.
    pub max_depth: usize,
    /// How many keys the frame's own map may have.
    pub max_map_keys: usize,
    /// How many values, keys included, a frame may hold.
    pub max_nodes: usize,
    /// What becomes of a frame that holds NaN or an infinity.
    pub non_finite: NonFinite,
    /// How many received messages may wait for their handler before reading stops.
    pub in_queue: usize,
    /// How many bytes may wait to be written to the peer.
    pub out_queue_bytes: usize,
    /// How many messages may wait to be written to the peer.
    pub out_queue_messages: usize,
    /// How many violations a peer may commit in [`VIOLATION_WINDOW`](Self::VIOLATION_WINDOW).
    pub violations: u32,
    /// How fast a peer may send; `None` is as fast as it can.
    pub rate: Option<Rate>,
    /// How long a frame may take from its first byte to its last.
    pub frame_timeout: Duration,
    /// How long the peer may take until it has said hello, where that is asked for, and a server until it has greeted.
    pub handshake_timeout: Duration,
    /// After how long without a byte from the peer it is pinged, if it can answer.
    pub ping_interval: Duration,
    /// After how long without a byte from the peer it is taken for dead, if it could have answered a ping.
    pub dead_after: Duration,
    /// How long the oldest message may wait to be written to the peer.
    pub write_stall: Duration,
    /// What becomes of a message for a peer whose queue is full.
    pub when_full: WhenFull,
    /// How the kernel watches the connection.
    pub socket: SocketLimits,
    /// How many connections a server takes, and from whom.
    pub admission: Admission,
    /// How many bytes may wait in all queues of a server together.
    pub max_buffered_total: usize,
}

/// What becomes of a frame that holds NaN or an infinity anywhere.
///
/// ```
/// use repod::proto::{DecodeError, Limits, Message, NonFinite};
///
/// let frame = b"\x82\xa6action\xa4move\xa1x\xca\x7f\xc0\x00\x00"; // NaN
/// let refused = Message::parse(frame, &Limits::server(), &mut Vec::new()).unwrap_err();
/// assert!(matches!(refused, DecodeError::NonFinite { .. }));
/// assert!(Message::parse(frame, &Limits::server().non_finite(NonFinite::Allowed), &mut Vec::new()).is_ok());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NonFinite {
    /// The frame is refused and counted as a violation.
    Refused,
    /// The frame is taken as it is.
    Allowed,
}

impl Limits {
    /// The most that [`max_frame_in`](Self::max_frame_in) and [`max_frame_out`](Self::max_frame_out) can be set to:
    /// 16 MiB less one byte, so that the first byte of every frame is zero and no other protocol looks like ours.
    ///
    /// ```
    /// # use repod::proto::Limits;
    /// assert_eq!(Limits::server().max_frame_in(usize::MAX).max_frame_in, Limits::FRAME_CEILING);
    /// ```
    pub const FRAME_CEILING: usize = 0x00ff_ffff;

    /// The most that [`max_depth`](Self::max_depth) can be set to. 128 levels cost 455 KiB of stack in a debug build.
    ///
    /// ```
    /// # use repod::proto::Limits;
    /// assert_eq!(Limits::server().max_depth(usize::MAX).max_depth, Limits::DEPTH_CEILING);
    /// ```
    pub const DEPTH_CEILING: usize = 128;

    /// The time in which [`violations`](Self::violations) are counted: ten seconds.
    ///
    /// ```
    /// # use repod::proto::Limits;
    /// assert_eq!(Limits::VIOLATION_WINDOW.as_secs(), 10);
    /// ```
    pub const VIOLATION_WINDOW: Duration = Duration::from_secs(10);

    /// The defaults of a server, whose peers are strangers.
    ///
    /// ```
    /// # use repod::proto::Limits;
    /// let limits = Limits::server();
    /// assert_eq!(limits.max_frame_in, 64 * 1024);
    /// assert!(limits.rate.is_some());
    /// ```
    pub fn server() -> Self {
        Self {
            max_frame_in: 64 * 1024,
            max_frame_out: 1024 * 1024,
            max_depth: 32,
            max_map_keys: 256,
            max_nodes: 16_384,
            non_finite: NonFinite::Refused,
            in_queue: 256,
            out_queue_bytes: 1024 * 1024,
            out_queue_messages: 1024,
            violations: 32,
            rate: Some(Rate::default()),
            frame_timeout: Duration::from_secs(10),
            handshake_timeout: Duration::from_secs(5),
            ping_interval: Duration::from_secs(5),
            dead_after: Duration::from_secs(15),
            write_stall: Duration::from_secs(10),
            when_full: WhenFull::Close,
            socket: SocketLimits::default(),
            admission: Admission::default(),
            max_buffered_total: 256 * 1024 * 1024,
        }
    }

    /// The defaults of a client: it reads whatever a server with default limits may send, as fast as it comes, and sends nothing that such a
    /// server would refuse for its length.
    ///
    /// ```
    /// # use repod::proto::Limits;
    /// let limits = Limits::client();
    /// assert_eq!(limits.max_frame_in, Limits::server().max_frame_out);
    /// assert_eq!(limits.max_frame_out, Limits::server().max_frame_in);
    /// assert!(limits.rate.is_none());
    /// ```
    pub fn client() -> Self {
        Self {
            max_frame_in: 1024 * 1024,
            max_frame_out: 64 * 1024,
            max_nodes: 1024 * 1024,
            violations: 1024,
            rate: None,
            frame_timeout: Duration::from_secs(60),
            socket: SocketLimits { received: None, ..SocketLimits::default() },
            ..Self::server()
        }
    }

    /// No bounds but the depth: for what this side made itself, or has checked before.
    pub(crate) fn none() -> Self {
        Self {
            max_depth: Self::DEPTH_CEILING,
            max_map_keys: usize::MAX,
            max_nodes: usize::MAX,
            non_finite: NonFinite::Allowed,
            ..Self::server()
        }
    }

    /// Sets the longest frame that is read, in bytes without the length prefix; at most
    /// [`FRAME_CEILING`](Self::FRAME_CEILING).
    ///
    /// Default: 64 KiB for a server, 1 MiB for a client. Ordinary game messages have some 40 bytes; 64 KiB keeps the worst
    /// decode amplification (127 times) under 8.3 MB. Stops a peer that claims a length of 4 GiB: it is closed on the four
    /// bytes of the header alone.
    ///
    /// ```
    /// # use repod::proto::Limits;
    /// let limits = Limits::server().max_frame_in(16 * 1024);
    /// assert_eq!(limits.max_frame_in, 16 * 1024);
    /// ```
    #[must_use]
    pub fn max_frame_in(mut self, bytes: usize) -> Self {
        self.max_frame_in = bytes.min(Self::FRAME_CEILING);
        self
    }

    /// Sets the longest frame that is sent, in bytes without the length prefix; at most
    /// [`FRAME_CEILING`](Self::FRAME_CEILING).
    ///
    /// Default: 1 MiB of a server's, so that a snapshot of a whole map can be sent, and 64 KiB of a client's, which is what servers read. A
    /// longer message is an error at the sender, where it can be mended, and not at the receiver.
    ///
    /// ```
    /// # use repod::proto::Limits;
    /// let limits = Limits::server().max_frame_out(4 * 1024 * 1024);
    /// assert_eq!(limits.max_frame_out, 4 * 1024 * 1024);
    /// ```
    #[must_use]
    pub fn max_frame_out(mut self, bytes: usize) -> Self {
        self.max_frame_out = bytes.min(Self::FRAME_CEILING);
        self
    }

    /// Sets how deep maps and arrays may be nested, the frame's own map included; at most
    /// [`DEPTH_CEILING`](Self::DEPTH_CEILING).
    ///
    /// Default: 32, which costs 127 KiB of stack in a debug build. Stops frames that overflow the stack of a recursive decoder.
    ///
    /// ```
    /// # use repod::proto::{DecodeError, Limits, Malformed, Message};
    /// let nested = b"\x82\xa6action\xa4move\xa2at\x91\x07"; // an array in the map
    /// let error = Message::parse(nested, &Limits::server().max_depth(1), &mut Vec::new()).unwrap_err();
    /// assert_eq!(error, DecodeError::Malformed(Malformed::Depth { max: 1 }));
    /// ```
    #[must_use]
    pub fn max_depth(mut self, levels: usize) -> Self {
        self.max_depth = levels.min(Self::DEPTH_CEILING);
        self
    }

    /// Sets how many keys the frame's own map may have.
    ///
    /// Default: 256, far more than an action has fields. Bounds the work of matching keys to fields.
    ///
    /// ```
    /// # use repod::proto::{DecodeError, Limits, Malformed, Message};
    /// let frame = b"\x82\xa6action\xa4move\xa1x\x07";
    /// let error = Message::parse(frame, &Limits::server().max_map_keys(1), &mut Vec::new()).unwrap_err();
    /// assert_eq!(error, DecodeError::Malformed(Malformed::Keys { keys: 2, max: 1 }));
    /// ```
    #[must_use]
    pub fn max_map_keys(mut self, keys: usize) -> Self {
        self.max_map_keys = keys;
        self
    }

    /// Sets how many values, keys included, a frame may hold.
    ///
    /// Default: 16,384 for a server, 1,048,576 for a client. Bounds the time and memory of decoding a frame made of one-byte values.
    ///
    /// ```
    /// # use repod::proto::{DecodeError, Limits, Malformed, Message};
    /// let frame = b"\x82\xa6action\xa4move\xa1x\x07"; // two keys and two values
    /// let error = Message::parse(frame, &Limits::server().max_nodes(3), &mut Vec::new()).unwrap_err();
    /// assert_eq!(error, DecodeError::Malformed(Malformed::Nodes { max: 3 }));
    /// ```
    #[must_use]
    pub fn max_nodes(mut self, nodes: usize) -> Self {
        self.max_nodes = nodes;
        self
    }

    /// Sets what becomes of a frame that holds NaN or an infinity anywhere.
    ///
    /// Default: [`NonFinite::Refused`]. Stops the peer that moves its player to infinity and poisons every sum it enters.
    ///
    /// ```
    /// # use repod::proto::{Limits, NonFinite};
    /// let limits = Limits::server().non_finite(NonFinite::Allowed);
    /// assert_eq!(limits.non_finite, NonFinite::Allowed);
    /// ```
    #[must_use]
    pub fn non_finite(mut self, treatment: NonFinite) -> Self {
        self.non_finite = treatment;
        self
    }

    /// Sets how many received messages may wait for their handler before reading from the peer stops; at least 1.
    ///
    /// Default: 256. When it is reached TCP pushes back on the peer and nothing is lost. Bounds the memory that a fast sender
    /// costs while a handler is awaiting.
    ///
    /// ```
    /// # use repod::proto::Limits;
    /// let limits = Limits::server().in_queue(64);
    /// assert_eq!(limits.in_queue, 64);
    /// ```
    #[must_use]
    pub fn in_queue(mut self, messages: usize) -> Self {
        self.in_queue = messages.max(1);
        self
    }

    /// Sets how much may wait to be written to the peer, in bytes and in messages.
    ///
    /// Default: 1 MiB and 1,024 messages. Bounds the memory that a peer costs that does not read. Messages are counted as well as
    /// bytes because 1 MiB holds 200,000 messages of five bytes.
    ///
    /// ```
    /// # use repod::proto::Limits;
    /// let limits = Limits::server().out_queue(256 * 1024, 500);
    /// assert_eq!((limits.out_queue_bytes, limits.out_queue_messages), (256 * 1024, 500));
    /// ```
    #[must_use]
    pub fn out_queue(mut self, bytes: usize, messages: usize) -> Self {
        self.out_queue_bytes = bytes;
        self.out_queue_messages = messages;
        self
    }

    /// Sets how many violations a peer may commit in ten seconds before it is closed.
    ///
    /// A violation is a frame that is valid but unwanted: an unknown action, a missing or mistyped field, a message whose handler fails.
    /// Default: 32 for a server, 1,024 for a client. Bounds the cost of a peer that sends nothing but rubbish.
    ///
    /// ```
    /// # use repod::proto::Limits;
    /// let limits = Limits::server().violations(8);
    /// assert_eq!(limits.violations, 8);
    /// ```
    #[must_use]
    pub fn violations(mut self, count: u32) -> Self {
        self.violations = count;
        self
    }

    /// Sets how fast a peer may send; `None` is as fast as it can.
    ///
    /// Default: 1,000 messages a second and 2,000 at once, 4 MiB a second, for a server; none for a client. A player at 60 Hz
    /// sends a sixteenth of that. Bounds the share of a core that one sender gets; beyond it reading pauses, TCP pushes
    /// back, and nothing is lost.
    ///
    /// ```
    /// # use repod::proto::{Limits, Rate};
    /// let limits = Limits::server().rate(Some(Rate { messages: 100, burst: 200, ..Rate::default() }));
    /// assert_eq!(limits.rate.map(|rate| rate.messages), Some(100));
    /// ```
    #[must_use]
    pub fn rate(mut self, rate: Option<Rate>) -> Self {
        self.rate = rate;
        self
    }

    /// Sets how long a frame may take from its first byte to its last.
    ///
    /// Default: 10 s for a server, 60 s for a client. 64 KiB in 10 s needs 6.4 KB/s. Stops the peer that sends a header and then a
    /// byte now and then (slow loris). The time in which this side does not read does not count.
    ///
    /// ```
    /// # use repod::proto::Limits;
    /// # use std::time::Duration;
    /// let limits = Limits::server().frame_timeout(Duration::from_secs(3));
    /// assert_eq!(limits.frame_timeout, Duration::from_secs(3));
    /// ```
    #[must_use]
    pub fn frame_timeout(mut self, time: Duration) -> Self {
        self.frame_timeout = time;
        self
    }

    /// Sets how long a peer may take to say hello, where [`Serve::require_hello`](crate::Serve::require_hello) asks for it, and, on a
    /// client, how long connecting may take, the server's greeting included.
    ///
    /// Default: 5 s. Stops connections that are opened and never used.
    ///
    /// ```
    /// # use repod::proto::Limits;
    /// # use std::time::Duration;
    /// let limits = Limits::client().handshake_timeout(Duration::from_secs(2));
    /// assert_eq!(limits.handshake_timeout, Duration::from_secs(2));
    /// ```
    #[must_use]
    pub fn handshake_timeout(mut self, time: Duration) -> Self {
        self.handshake_timeout = time;
        self
    }

    /// Sets after how long without a byte from the peer it is pinged, and after how long it is taken for dead.
    ///
    /// Default: 5 s and 15 s; each ping comes up to a fifth earlier or later. Only for peers that said hello; any byte
    /// from them counts, so that in a busy conversation nobody pings. Removes the player whose cable was pulled. TCP's growing
    /// retransmission times can stretch an outage to twice its length, so that 15 s ride out some 6 s. An interval below 10 ms is one of
    /// 10 ms.
    ///
    /// ```
    /// # use repod::proto::Limits;
    /// # use std::time::Duration;
    /// let limits = Limits::server().heartbeat(Duration::from_secs(2), Duration::from_secs(8));
    /// assert_eq!(limits.ping_interval, Duration::from_secs(2));
    /// assert_eq!(limits.dead_after, Duration::from_secs(8));
    /// ```
    #[must_use]
    pub fn heartbeat(mut self, ping_interval: Duration, dead_after: Duration) -> Self {
        self.ping_interval = ping_interval;
        self.dead_after = dead_after;
        self
    }

    /// Sets how long the oldest message may wait to be written to the peer.
    ///
    /// Default: 10 s. Stops the peer that reads a byte a second, and so never lets its queue overflow.
    ///
    /// ```
    /// # use repod::proto::Limits;
    /// # use std::time::Duration;
    /// let limits = Limits::server().write_stall(Duration::from_secs(5));
    /// assert_eq!(limits.write_stall, Duration::from_secs(5));
    /// ```
    #[must_use]
    pub fn write_stall(mut self, time: Duration) -> Self {
        self.write_stall = time;
        self
    }

    /// Sets what becomes of a message for a peer whose queue is full. [`Peer::when_full`](crate::Peer::when_full) sets it for
    /// one connection.
    ///
    /// Default: [`WhenFull::Close`]. A peer that misses messages without knowing shows its player a wrong world.
    ///
    /// ```
    /// # use repod::proto::{Limits, WhenFull};
    /// let limits = Limits::server().when_full(WhenFull::DropNewest);
    /// assert_eq!(limits.when_full, WhenFull::DropNewest);
    /// ```
    #[must_use]
    pub fn when_full(mut self, treatment: WhenFull) -> Self {
        self.when_full = treatment;
        self
    }

    /// Sets how the kernel watches the connection.
    ///
    /// Default: keepalive after 10 s of silence, three probes 3 s apart; 15 s until unacknowledged data ends the connection; 64 KiB of
    /// unsent data; on a server 128 KiB of received data. Without the user timeout writes to a vanished peer still succeed 38 s after its cable was cut; without the bound on
    /// unsent data the kernel hides 2 to 4 MiB of backlog for each client that does not read.
    ///
    /// ```
    /// # use repod::proto::{Limits, SocketLimits};
    /// let limits = Limits::server().socket(SocketLimits { user_timeout: None, ..SocketLimits::default() });
    /// assert_eq!(limits.socket.user_timeout, None);
    /// ```
    #[must_use]
    pub fn socket(mut self, socket: SocketLimits) -> Self {
        self.socket = socket;
        self
    }

    /// Sets how many connections a server takes, and from whom.
    ///
    /// Default: 1,024 connections, 128 from one address, 20 a second and 128 at once from one address, so that a whole lobby behind one
    /// NAT gets in, and comes back at once after a restart. Stops one machine from taking all seats.
    ///
    /// ```
    /// # use repod::proto::{Admission, Limits};
    /// let limits = Limits::server().admission(Admission { per_address: 4, ..Admission::default() });
    /// assert_eq!(limits.admission.per_address, 4);
    /// ```
    #[must_use]
    pub fn admission(mut self, admission: Admission) -> Self {
        self.admission = admission;
        self
    }

    /// Sets how many bytes may wait in all queues of a server together.
    ///
    /// Default: 256 MiB. When it is reached, peers that are leaving already are not waited for any more; then the one for whom most is held
    /// that nobody else holds is closed as slow, until there is room. A message of 1 KiB or more that `Peers::send` queues for many counts
    /// once. Without this limit 1,024 clients that do not read could hold 1 GiB.
    ///
    /// ```
    /// # use repod::proto::Limits;
    /// let limits = Limits::server().max_buffered_total(64 * 1024 * 1024);
    /// assert_eq!(limits.max_buffered_total, 64 * 1024 * 1024);
    /// ```
    #[must_use]
    pub fn max_buffered_total(mut self, bytes: usize) -> Self {
        self.max_buffered_total = bytes;
        self
    }
}
