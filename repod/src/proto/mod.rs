//! The protocol: bytes in, events out.
//!
//! Everything here works without a socket, a clock or tokio: time is an argument. It is what [`Server`](crate::Server) and
//! [`Client`](crate::Client) are built on, and what tools and tests use that speak the wire by hand.
//! What a frame looks like on the wire is told in the book's wire chapter.
//!
//! ```
//! use repod::proto::{FrameDecoder, Limits, Message};
//!
//! let limits = Limits::server();
//! let mut decoder = FrameDecoder::new(limits.max_frame_in);
//! let mut table = Vec::new();
//! decoder.push(b"\x00\x00\x00\x0d\x81\xa6action\xa4ping");
//! while let Some(frame) = decoder.next_frame()? {
//!     let message = Message::parse(frame, &limits, &mut table)?;
//!     assert_eq!(message.action(), "ping");
//! }
//! # Ok::<(), repod::Error>(())
//! ```

// Everything here works on bytes that a stranger chose.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic
)]

mod close;
mod codec;
mod control;
mod excerpt;
mod frame;
mod lenient;
mod limits;
mod message;
mod meter;
mod plain;
pub(crate) mod rule;
mod scan;
mod session;
mod value;

pub use close::{Backlog, CloseReason, Side};
pub use codec::{EncodeError, FieldSerializer, Writer, decode, encode, encode_into};
#[cfg(feature = "__net")]
pub(crate) use control::{Bin, Claim, Control, Grant};
pub use control::{Farewell, FarewellCode};
pub use excerpt::Excerpt;
pub use frame::{FrameDecoder, FrameTooLarge, Truncated};
pub use limits::{Admission, Keepalive, Limits, NonFinite, Rate, SocketLimits, WhenFull};
pub use message::{DecodeError, Entry, Message};
pub use meter::Meter;
#[doc(hidden)]
pub use plain::PlainReader;
pub use rule::{BrokenRule, Length, Numbers, Verdict};
pub use scan::{Field, Malformed, Scanned, scan};
#[cfg(feature = "__net")]
pub(crate) use session::later;
pub use session::{Event, Reading, Role, Session};
pub use value::{ValueError, ValueReader};
