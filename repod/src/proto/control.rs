//! Control messages: what two Rust peers tell each other besides the application's messages. No enum can declare their names.
//! A Python peer sees none of them, and ignores the extra key in the greeting.

use std::fmt;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::codec::Writer;
use super::excerpt::Excerpt;
use super::message::Message;

/// Why the peer closed the connection, in its own words.
///
/// ```
/// use repod::proto::{Farewell, FarewellCode};
///
/// let farewell = Farewell { code: FarewellCode::Kicked, text: "cheating".into(), retry_after: None };
/// assert_eq!(farewell.to_string(), "kicked (cheating)");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Farewell {
    /// The kind of reason.
    pub code: FarewellCode,
    /// What the peer's program says to it; may be empty.
    pub text: String,
    /// How long to wait before trying again.
    pub retry_after: Option<Duration>,
}

/// The kind of reason for which a peer closed the connection.
///
/// ```
/// use repod::proto::FarewellCode;
///
/// assert_eq!(FarewellCode::Full.to_string(), "the server is full");
/// assert_eq!(FarewellCode::TooSlow.to_string(), "this side reads too slowly");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FarewellCode {
    /// The peer's program closed the connection.
    Kicked,
    /// The server is shutting down or restarting.
    GoingAway,
    /// The server has no place left.
    Full,
    /// There are too many connections from this address.
    TooManyFromAddress,
    /// This address opens connections too fast.
    TooManyAttempts,
    /// This side read too slowly.
    TooSlow,
    /// This side took too long.
    TimedOut,
    /// This side sent what the protocol does not allow.
    ProtocolError,
    /// Something failed in the peer's program.
    InternalError,
    /// A kind that this version does not know.
    #[serde(other)]
    Unknown,
}

/// A message of the protocol's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Control {
    /// A server greets; one that is refused at the door is told so in the same frame.
    Greeting {
        refused: Option<Farewell>,
    },
    /// A client answers the greeting of a server that speaks this version.
    Hello,
    Ping(u32),
    Pong(u32),
    Close(Farewell),
}

/// The extra key of a greeting and of a hello.
#[derive(Serialize, Deserialize)]
struct Extra {
    version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refused: Option<Wire>,
}

/// A [`Farewell`] on the wire.
#[derive(Serialize, Deserialize)]
struct Wire {
    code: FarewellCode,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    text: String,
    /// In milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
}

impl FarewellCode {
    /// Whether it makes sense to try again.
    ///
    /// ```
    /// # use repod::proto::FarewellCode;
    /// assert!(FarewellCode::GoingAway.may_retry());
    /// assert!(!FarewellCode::Kicked.may_retry());
    /// ```
    pub fn may_retry(self) -> bool {
        matches!(
            self,
            Self::GoingAway
                | Self::Full
                | Self::TooManyFromAddress
                | Self::TooManyAttempts
                | Self::TooSlow
                | Self::TimedOut
                | Self::InternalError
        )
    }
}

impl Control {
    /// The whole frame.
    pub(crate) fn frame(&self) -> Vec<u8> {
        let mut frame = vec![0; 4];
        let mut writer = Writer::new(&mut frame);
        let written = match self {
            Self::Greeting { refused } => {
                writer.raw(b"\x82\xa6action\xa9connected\xa5repod");
                let refused = refused.clone().map(Wire::from);
                writer.value(GREETING, EXTRA, &Extra { version: VERSION, refused })
            }
            Self::Hello => {
                writer.raw(b"\x82\xa6action\xabrepod.hello\xa5repod");
                writer.value(HELLO, EXTRA, &Extra { version: VERSION, refused: None })
            }
            Self::Ping(id) => {
                writer.raw(b"\x82\xa6action\xaarepod.ping\xa2id");
                writer.value(PING, ID, id)
            }
            Self::Pong(id) => {
                writer.raw(b"\x82\xa6action\xaarepod.pong\xa2id");
                writer.value(PONG, ID, id)
            }
            Self::Close(farewell) => writer.flat(CLOSE, &Wire::from(farewell.clone())),
        };
        debug_assert!(written.is_ok(), "these types always serialize");
        let len = frame.len().saturating_sub(4) as u32;
        if let Some(prefix) = frame.first_chunk_mut() {
            *prefix = len.to_be_bytes();
        }
        frame
    }

    /// Reads a control message; `None` if it is none, or one that this version does not know.
    pub(crate) fn read(message: &Message<'_>) -> Option<Self> {
        match message.action() {
            GREETING => {
                Some(Self::Greeting { refused: extra(message).and_then(|extra| extra.refused).map(Farewell::from) })
            }
            HELLO => extra(message).map(|_| Self::Hello),
            PING => field(message, ID).map(Self::Ping),
            PONG => field(message, ID).map(Self::Pong),
            CLOSE => message.read_flat::<Wire>().ok().map(|wire| Self::Close(wire.into())),
            _ => None,
        }
    }

    /// Whether a greeting comes from a peer that speaks this protocol's control messages.
    pub(crate) fn is_spoken_by(greeting: &Message<'_>) -> bool {
        extra(greeting).is_some()
    }
}

fn extra(message: &Message<'_>) -> Option<Extra> {
    field(message, EXTRA)
}

fn field<T: DeserializeOwned>(message: &Message<'_>, name: &str) -> Option<T> {
    message.entries().find(|entry| entry.key() == name.as_bytes())?.read().ok()
}

impl From<Farewell> for Wire {
    fn from(farewell: Farewell) -> Self {
        Self {
            code: farewell.code,
            text: farewell.text,
            retry_after: farewell.retry_after.map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX)),
        }
    }
}

impl From<Wire> for Farewell {
    fn from(wire: Wire) -> Self {
        Self {
            code: wire.code,
            // It is the peer's text, and it is shown and logged.
            text: Excerpt::of(&wire.text).to_string(),
            retry_after: wire.retry_after.map(Duration::from_millis),
        }
    }
}

impl fmt::Display for Farewell {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.code)?;
        if !self.text.is_empty() {
            write!(formatter, " ({})", self.text)?;
        }
        if let Some(time) = self.retry_after {
            write!(formatter, "; try again in {:.1} s", time.as_secs_f32())?;
        }
        Ok(())
    }
}

impl fmt::Display for FarewellCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Kicked => "kicked",
            Self::GoingAway => "the server is going away",
            Self::Full => "the server is full",
            Self::TooManyFromAddress => "there are too many connections from this address",
            Self::TooManyAttempts => "this address connects too often",
            Self::TooSlow => "this side reads too slowly",
            Self::TimedOut => "this side took too long",
            Self::ProtocolError => "this side broke the protocol",
            Self::InternalError => "something failed on the other side",
            Self::Unknown => "a reason that this version does not know",
        })
    }
}

/// What begins the names that belong to the protocol.
pub(crate) const RESERVED: &str = "repod.";

const VERSION: u32 = 1;
const EXTRA: &str = "repod";
const ID: &str = "id";
const GREETING: &str = "connected";
const HELLO: &str = "repod.hello";
const PING: &str = "repod.ping";
const PONG: &str = "repod.pong";
const CLOSE: &str = "repod.close";
