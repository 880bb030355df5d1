//! Control messages: what two Rust peers tell each other besides the application's messages. No enum can declare their names.
//! A Python peer sees none of them, and ignores the extra key in the greeting.

mod bin;
mod claim;

use std::fmt;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub(crate) use self::bin::Bin;
pub(crate) use self::claim::{Claim, Grant};
use super::codec::Writer;
use super::excerpt::Excerpt;
use super::limits::Limits;
use super::message::Message;
use super::plain::PlainReader;

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
    /// The same client has connected anew, and took its session along.
    Replaced,
    /// The peer leaves for good: a client says so where its connection could be resumed.
    Left,
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
        /// For how long this server keeps the session of a client that was lost, if it does.
        resume: Option<Duration>,
    },
    /// A client answers the greeting of a server that speaks this version, and may ask for a session.
    Hello(Option<Claim>),
    /// A server answers a hello that asks for a session.
    Session(Grant),
    /// So many messages have come since the session began.
    Ack(u64),
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
    /// In milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    resume: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    session: Option<Claim>,
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
            Self::Greeting { refused, resume } => {
                writer.raw(b"\x82\xa6action\xa9connected\xa5repod");
                let refused = refused.clone().map(Wire::from);
                let resume = resume.map(milliseconds);
                writer.value(GREETING, EXTRA, &Extra { version: VERSION, refused, resume, session: None })
            }
            Self::Hello(claim) => {
                writer.raw(b"\x82\xa6action\xabrepod.hello\xa5repod");
                let session = claim.clone();
                writer.value(HELLO, EXTRA, &Extra { version: VERSION, refused: None, resume: None, session })
            }
            Self::Session(grant) => writer.flat(SESSION, grant),
            Self::Ack(received) => {
                writer.raw(b"\x82\xa6action\xa9repod.ack\xa8received");
                writer.value(ACK, RECEIVED, received)
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
                let (refused, resume) = extra(message).map_or((None, None), |extra| (extra.refused, extra.resume));
                Some(Self::Greeting { refused: refused.map(Farewell::from), resume: resume.map(Duration::from_millis) })
            }
            HELLO => extra(message).map(|extra| Self::Hello(extra.session)),
            SESSION => message.read_flat::<Grant>().ok().map(Self::Session),
            ACK => field(message, RECEIVED).map(Self::Ack),
            PING => field(message, ID).map(Self::Ping),
            PONG => field(message, ID).map(Self::Pong),
            CLOSE => message.read_flat::<Wire>().ok().map(|wire| Self::Close(wire.into())),
            _ => None,
        }
    }

    /// Reads what comes all the time, if it is written as this side writes it: that needs no table.
    pub(crate) fn read_plain(frame: &[u8], limits: &Limits) -> Option<Self> {
        let mut reader = PlainReader::new(frame, limits);
        let control = match reader.action()? {
            (2, b"repod.ack") => {
                reader.key(b"\xa8received")?;
                Self::Ack(reader.value()?)
            }
            (2, b"repod.ping") => {
                reader.key(b"\xa2id")?;
                Self::Ping(reader.value()?)
            }
            (2, b"repod.pong") => {
                reader.key(b"\xa2id")?;
                Self::Pong(reader.value()?)
            }
            _ => return None,
        };
        reader.end()?;
        Some(control)
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

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl From<Farewell> for Wire {
    fn from(farewell: Farewell) -> Self {
        Self { code: farewell.code, text: farewell.text, retry_after: farewell.retry_after.map(milliseconds) }
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
            Self::Replaced => "this client has connected anew",
            Self::Left => "the peer left",
            Self::Unknown => "a reason that this version does not know",
        })
    }
}

/// What begins the names that belong to the protocol.
pub(crate) const RESERVED: &str = "repod.";

const VERSION: u32 = 1;
const EXTRA: &str = "repod";
const ID: &str = "id";
const RECEIVED: &str = "received";
const GREETING: &str = "connected";
const HELLO: &str = "repod.hello";
const SESSION: &str = "repod.session";
const ACK: &str = "repod.ack";
const PING: &str = "repod.ping";
const PONG: &str = "repod.pong";
const CLOSE: &str = "repod.close";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::{Limits, Message};

    /// The frames of the book's wire page, byte by byte, and back.
    #[test]
    fn the_frames_are_those_of_the_book() {
        let check = |control: Control, bytes: &[u8]| {
            let frame = control.frame();
            assert_eq!(frame.get(4..).unwrap_or_default(), bytes, "{control:?}");
            let mut table = Vec::new();
            let message = Message::parse(bytes, &Limits::server(), &mut table);
            let read = message.ok().and_then(|message| Control::read(&message));
            assert_eq!(read.as_ref(), Some(&control));
            let is_plain = matches!(control, Control::Ack(_) | Control::Ping(_) | Control::Pong(_));
            assert_eq!(Control::read_plain(bytes, &Limits::server()), read.filter(|_| is_plain));
        };
        let token = Bin(vec![7; 32]);
        let seven = [7; 32];
        check(
            Control::Greeting { refused: None, resume: Some(Duration::from_secs(30)) },
            b"\x82\xa6action\xa9connected\xa5repod\x82\xa7version\x01\xa6resume\xcd\x75\x30",
        );
        let claim = Claim { token: None, received: 0, kept: 0 };
        check(
            Control::Hello(Some(claim)),
            b"\x82\xa6action\xabrepod.hello\xa5repod\x82\xa7version\x01\xa7session\x82\xa8received\x00\xa4kept\x00",
        );
        let claim = Claim { token: Some(token.clone()), received: 5, kept: 3 };
        let hello = b"\x82\xa6action\xabrepod.hello\xa5repod\x82\xa7version\x01\xa7session\x83\xa5token\xc4\x20";
        let rest = b"\xa8received\x05\xa4kept\x03";
        check(Control::Hello(Some(claim)), &[&hello[..], &seven, rest].concat());
        let grant = Grant { token, window: 30_000, resumed: true, received: 3, kept: 5 };
        let session = b"\x86\xa6action\xadrepod.session\xa5token\xc4\x20";
        let rest = b"\xa6window\xcd\x75\x30\xa7resumed\xc3\xa8received\x03\xa4kept\x05";
        check(Control::Session(grant), &[&session[..], &seven, rest].concat());
        check(Control::Ack(5), b"\x82\xa6action\xa9repod.ack\xa8received\x05");
        let left = Farewell { code: FarewellCode::Left, text: String::new(), retry_after: None };
        check(Control::Close(left), b"\x82\xa6action\xabrepod.close\xa4code\xa4left");
        check(Control::Ping(7), b"\x82\xa6action\xaarepod.ping\xa2id\x07");
        check(Control::Pong(70_000), b"\x82\xa6action\xaarepod.pong\xa2id\xce\x00\x01\x11\x70");
        // Without sessions nothing is said of them.
        check(
            Control::Greeting { refused: None, resume: None },
            b"\x82\xa6action\xa9connected\xa5repod\x81\xa7version\x01",
        );
        check(Control::Hello(None), b"\x82\xa6action\xabrepod.hello\xa5repod\x81\xa7version\x01");
    }
}
