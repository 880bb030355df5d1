//! [`Limits`]: every bound that protects one side of a connection from the other.
//! Not the enforcement: each bound is enforced by the file that owns what it bounds.

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
}

/// What becomes of a frame that holds NaN or an infinity anywhere.
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
    pub const FRAME_CEILING: usize = 0x00ff_ffff;

    /// The most that [`max_depth`](Self::max_depth) can be set to. 128 levels cost 455 KiB of stack in a debug build.
    pub const DEPTH_CEILING: usize = 128;

    /// The time in which [`violations`](Self::violations) are counted: ten seconds.
    pub const VIOLATION_WINDOW: std::time::Duration = std::time::Duration::from_secs(10);

    /// The defaults of a server, whose peers are strangers.
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
        }
    }

    /// The defaults of a client: it reads whatever a server with default limits may send.
    pub fn client() -> Self {
        Self {
            max_frame_in: 1024 * 1024,
            max_nodes: 1024 * 1024,
            violations: 1024,
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
    #[must_use]
    pub fn max_frame_in(mut self, bytes: usize) -> Self {
        self.max_frame_in = bytes.min(Self::FRAME_CEILING);
        self
    }

    /// Sets the longest frame that is sent, in bytes without the length prefix; at most
    /// [`FRAME_CEILING`](Self::FRAME_CEILING).
    ///
    /// Default: 1 MiB, so that a snapshot of a whole map can be sent. A longer message is an error at the sender, where it
    /// can be mended, and not at the receiver.
    #[must_use]
    pub fn max_frame_out(mut self, bytes: usize) -> Self {
        self.max_frame_out = bytes.min(Self::FRAME_CEILING);
        self
    }

    /// Sets how deep maps and arrays may be nested, the frame's own map included; at most
    /// [`DEPTH_CEILING`](Self::DEPTH_CEILING).
    ///
    /// Default: 32, which costs 127 KiB of stack in a debug build. Stops frames that overflow the stack of a recursive decoder.
    #[must_use]
    pub fn max_depth(mut self, levels: usize) -> Self {
        self.max_depth = levels.min(Self::DEPTH_CEILING);
        self
    }

    /// Sets how many keys the frame's own map may have.
    ///
    /// Default: 256, far more than an action has fields. Bounds the work of matching keys to fields.
    #[must_use]
    pub fn max_map_keys(mut self, keys: usize) -> Self {
        self.max_map_keys = keys;
        self
    }

    /// Sets how many values, keys included, a frame may hold.
    ///
    /// Default: 16,384 for a server, 1,048,576 for a client. Bounds the time and memory of decoding a frame made of one-byte values.
    #[must_use]
    pub fn max_nodes(mut self, nodes: usize) -> Self {
        self.max_nodes = nodes;
        self
    }

    /// Sets what becomes of a frame that holds NaN or an infinity anywhere.
    ///
    /// Default: [`NonFinite::Refused`]. Stops the peer that moves its player to infinity and poisons every sum it enters.
    #[must_use]
    pub fn non_finite(mut self, treatment: NonFinite) -> Self {
        self.non_finite = treatment;
        self
    }

    /// Sets how many received messages may wait for their handler before reading from the peer stops; at least 1.
    ///
    /// Default: 256. When it is reached TCP pushes back on the peer and nothing is lost. Bounds the memory that a fast sender
    /// costs while a handler is awaiting.
    #[must_use]
    pub fn in_queue(mut self, messages: usize) -> Self {
        self.in_queue = messages.max(1);
        self
    }

    /// Sets how much may wait to be written to the peer, in bytes and in messages.
    ///
    /// Default: 1 MiB and 1,024 messages. Bounds the memory that a peer costs that does not read. Messages are counted as well as
    /// bytes because 1 MiB holds 200,000 messages of five bytes.
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
    #[must_use]
    pub fn violations(mut self, count: u32) -> Self {
        self.violations = count;
        self
    }
}
