//! [`Session`]: one connection as a state machine. Bytes go in, [`Event`]s come out.
//! It owns no socket and no clock, and it knows no enum: decoding an action is its owner's business.

use std::sync::Arc;
use std::time::Instant;

use super::close::CloseReason;
use super::frame::FrameDecoder;
use super::limits::Limits;
use super::message::{DecodeError, Message};
use super::meter::Meter;
use super::scan::Field;

/// Which side of the connection a [`Session`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The side that accepted, and greets.
    Server,
    /// The side that connected, and waits for the greeting.
    Client,
}

/// What happened on a connection.
#[derive(Debug)]
pub enum Event<'a> {
    /// The server greeted: the connection is open. Only for [`Role::Client`], once, before every message.
    Greeted,
    /// A message came.
    Message(Message<'a>),
    /// A frame came that is no message; the connection stays open. It counts as a violation.
    Rejected(DecodeError),
    /// The connection must be closed; nothing follows.
    Close(CloseReason),
}

/// One connection as a state machine without input and output.
///
/// ```
/// use repod::proto::{Event, Limits, Role, Session};
/// use std::time::Instant;
///
/// let mut session = Session::new(Role::Client, Limits::client());
/// session.receive(b"\x00\x00\x00\x12\x81\xa6action\xa9connected\x00\x00\x00\x0d\x81\xa6action\xa4ping");
/// assert!(matches!(session.next_event(Instant::now()), Some(Event::Greeted)));
/// let Some(Event::Message(message)) = session.next_event(Instant::now()) else { panic!() };
/// assert_eq!(message.action(), "ping");
/// # drop(message);
/// assert!(session.next_event(Instant::now()).is_none());
/// ```
#[derive(Debug)]
pub struct Session {
    limits: Arc<Limits>,
    decoder: FrameDecoder,
    table: Vec<Field>,
    violations: Meter,
    phase: Phase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// A client before the server's greeting.
    Greeting,
    /// A server before the first frame, which may turn out to be another protocol.
    First,
    Open,
    Closed,
}

impl Session {
    /// A session before the first byte.
    pub fn new(role: Role, limits: impl Into<Arc<Limits>>) -> Self {
        let limits = limits.into();
        Self {
            decoder: FrameDecoder::new(limits.max_frame_in),
            table: Vec::new(),
            violations: Meter::new(limits.violations, Limits::VIOLATION_WINDOW),
            phase: match role {
                Role::Server => Phase::First,
                Role::Client => Phase::Greeting,
            },
            limits,
        }
    }

    /// Takes the next bytes of the stream.
    pub fn receive(&mut self, bytes: &[u8]) {
        if self.phase != Phase::Closed {
            self.decoder.push(bytes);
        }
    }

    /// What happened next, or `None` until more bytes come. After [`Event::Close`] always `None`.
    pub fn next_event(&mut self, now: Instant) -> Option<Event<'_>> {
        if self.phase == Phase::Closed {
            return None;
        }
        let protocol = match self.phase {
            Phase::First => other_protocol(self.decoder.pending()),
            _ => None,
        };
        let frame = match self.decoder.next_frame() {
            Ok(Some(frame)) => frame,
            Ok(None) => return None,
            Err(too_large) => {
                self.phase = Phase::Closed;
                return Some(Event::Close(match protocol {
                    Some(protocol) => CloseReason::WrongProtocol(protocol),
                    None => CloseReason::FrameTooLarge(too_large),
                }));
            }
        };
        let message = match Message::parse(frame, &self.limits, &mut self.table) {
            Ok(message) => message,
            Err(DecodeError::Malformed(malformed)) => {
                self.phase = Phase::Closed;
                return Some(Event::Close(CloseReason::Malformed(malformed)));
            }
            Err(_) if self.phase == Phase::Greeting => {
                self.phase = Phase::Closed;
                return Some(Event::Close(CloseReason::NoGreeting));
            }
            Err(error) => {
                self.phase = Phase::Open;
                return Some(
                    match Self::charge(&mut self.violations, &self.limits, now) {
                        Ok(()) => Event::Rejected(error),
                        Err(reason) => {
                            self.phase = Phase::Closed;
                            Event::Close(reason)
                        }
                    },
                );
            }
        };
        match self.phase {
            Phase::Greeting if message.action() == GREETING => {
                self.phase = Phase::Open;
                Some(Event::Greeted)
            }
            Phase::Greeting => {
                self.phase = Phase::Closed;
                Some(Event::Close(CloseReason::NoGreeting))
            }
            _ => {
                self.phase = Phase::Open;
                Some(Event::Message(message))
            }
        }
    }

    /// Counts a violation that only the owner can see: an action that no enum declares, a field that does not fit, a handler
    /// that failed.
    ///
    /// # Errors
    ///
    /// The reason to close if it was one too many.
    pub fn violation(&mut self, now: Instant) -> Result<(), CloseReason> {
        Self::charge(&mut self.violations, &self.limits, now)
    }

    /// Why the connection ended, if the peer's side of the stream ends here.
    pub fn end(&self) -> CloseReason {
        match self.decoder.truncated() {
            Some(truncated) => CloseReason::Truncated(truncated),
            None => CloseReason::PeerLeft,
        }
    }

    /// Whether so much is waiting to be handled that nothing more should be read.
    pub fn is_full(&self) -> bool {
        let pending = self.decoder.pending().len();
        pending
            > self
                .limits
                .max_frame_in
                .saturating_add(FrameDecoder::HEADER)
            || (pending >= self.limits.in_queue
                && self.decoder.whole_frames(self.limits.in_queue) >= self.limits.in_queue)
    }

    /// Gives back the memory that a burst has left behind; for when nothing is left to be handled.
    pub fn shrink(&mut self) {
        self.decoder.shrink();
        if self.table.capacity() > KEPT_FIELDS {
            self.table = Vec::new();
        }
    }

    fn charge(violations: &mut Meter, limits: &Limits, now: Instant) -> Result<(), CloseReason> {
        if violations.spend(1, now) {
            return Ok(());
        }
        Err(CloseReason::TooManyViolations {
            max: limits.violations,
            window: Limits::VIOLATION_WINDOW.as_secs(),
        })
    }
}

/// The protocol whose first bytes these are, if it is one that wanders onto foreign ports.
fn other_protocol(bytes: &[u8]) -> Option<&'static str> {
    const HTTP: [&[u8]; 8] = [
        b"GET ", b"POST", b"HEAD", b"PUT ", b"OPTI", b"DELE", b"CONN", b"PATC",
    ];
    let first = bytes.first_chunk::<4>()?;
    match first {
        [0x16, 0x03, ..] => Some("TLS"),
        b"SSH-" => Some("SSH"),
        _ => HTTP.contains(&&first[..]).then_some("HTTP"),
    }
}

/// The action of the frame with which a server greets.
const GREETING: &str = "connected";

/// How many entries of its table an idle connection keeps.
const KEPT_FIELDS: usize = 16;
