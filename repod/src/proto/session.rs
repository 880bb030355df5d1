//! [`Session`]: one connection as a state machine. Bytes go in, [`Event`]s come out.
//! It owns no socket and no clock, and it knows no enum: decoding an action is its owner's business.

mod event;
mod heart;
mod reading;
mod resume;
mod role;
mod tolls;

use std::sync::Arc;
use std::time::{Duration, Instant};

pub use self::event::Event;
use self::heart::Heart;
pub(crate) use self::heart::later;
pub use self::reading::Reading;
use self::resume::Resume;
pub use self::role::Role;
use self::tolls::Tolls;
use super::close::CloseReason;
use super::control::{Control, Farewell, FarewellCode, RESERVED};
use super::frame::FrameDecoder;
use super::limits::Limits;
use super::message::{DecodeError, Message};
use super::meter::Meter;
use super::plain::PlainReader;
use super::scan::Field;
use crate::action::Action;

/// One connection as a state machine without input and output.
///
/// Its owner gives it what it reads ([`receive`](Self::receive)), takes events ([`next_event`](Self::next_event)), writes what it
/// asks for ([`take_control`](Self::take_control)), and calls [`tick`](Self::tick) when a [`deadline`](Self::deadline) has come.
///
/// ```
/// use repod::proto::{Event, Limits, Role, Session};
/// use std::time::Instant;
///
/// let now = Instant::now();
/// let mut session = Session::new(Role::Client, Limits::client(), now);
/// session.receive(b"\x00\x00\x00\x12\x81\xa6action\xa9connected\x00\x00\x00\x0d\x81\xa6action\xa4ping", now);
/// assert!(matches!(session.next_event(now), Some(Event::Greeted)));
/// let Some(Event::Message(message)) = session.next_event(now) else { panic!() };
/// assert_eq!(message.action(), "ping");
/// assert!(session.next_event(now).is_none());
/// ```
#[derive(Debug)]
pub struct Session {
    limits: Arc<Limits>,
    decoder: FrameDecoder,
    table: Vec<Field>,
    violations: Meter,
    tolls: Option<Tolls>,
    phase: Phase,
    role: Role,
    /// Whether the peer understands control messages.
    negotiated: bool,
    opened: Instant,
    /// When the first byte came of the frame that is not whole yet.
    frame_began: Option<Instant>,
    /// Until when nothing is dispatched, because the peer was too fast.
    paused_until: Option<Instant>,
    heart: Heart,
    /// What has to be written: at most one of each.
    hello_due: bool,
    pong_due: Option<u32>,
    farewell: Option<Farewell>,
    /// What has to be known to go on over another stream; only where both sides want that.
    resume: Option<Box<Resume>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// A client before the server's greeting.
    Greeting,
    /// A server before the first frame, which may be a hello, or turn out to be another protocol.
    First,
    Open,
    Closed,
}

impl Session {
    /// A session before the first byte.
    ///
    /// ```
    /// # use repod::proto::{Limits, Role, Session};
    /// # use std::time::Instant;
    /// let session = Session::new(Role::Server, Limits::server(), Instant::now());
    /// assert_eq!(session.pending(), 0);
    /// assert!(!session.is_negotiated());
    /// ```
    pub fn new(role: Role, limits: impl Into<Arc<Limits>>, now: Instant) -> Self {
        let limits = limits.into();
        Self {
            decoder: FrameDecoder::new(limits.max_frame_in.min(Limits::FRAME_CEILING)),
            table: Vec::new(),
            violations: Meter::per(limits.violations, Limits::VIOLATION_WINDOW, limits.violations),
            tolls: limits.rate.map(Tolls::new),
            phase: match role {
                Role::Server | Role::StrictServer => Phase::First,
                Role::Client => Phase::Greeting,
            },
            role,
            negotiated: false,
            opened: now,
            frame_began: None,
            paused_until: None,
            heart: Heart::new(now, &limits),
            hello_due: false,
            pong_due: None,
            farewell: None,
            resume: None,
            limits,
        }
    }

    /// Takes the next bytes of the stream.
    ///
    /// ```
    /// # use repod::proto::{Event, Limits, Role, Session};
    /// # use std::time::Instant;
    /// # let now = Instant::now();
    /// let mut session = Session::new(Role::Server, Limits::server(), now);
    /// session.receive(b"\x00\x00\x00\x0d\x81\xa6action", now);
    /// assert!(session.next_event(now).is_none()); // the frame is not whole
    /// session.receive(b"\xa4ping", now);
    /// assert!(matches!(session.next_event(now), Some(Event::Message(_))));
    /// ```
    pub fn receive(&mut self, bytes: &[u8], now: Instant) {
        if self.phase == Phase::Closed {
            return;
        }
        self.heart.last_byte = now;
        self.heart.unanswered_since = None;
        if let Some(resume) = &mut self.resume {
            resume.heard(bytes.len());
        }
        self.decoder.push(bytes);
    }

    /// What happened next, or `None` until more bytes come, or until [`paused_until`](Self::paused_until). After [`Event::Close`] always
    /// `None`.
    ///
    /// ```
    /// # use repod::proto::{Event, Limits, Role, Session};
    /// # use std::time::Instant;
    /// # let now = Instant::now();
    /// let mut session = Session::new(Role::Server, Limits::server(), now);
    /// session.receive(b"GET / HTTP/1.1", now);
    /// let Some(Event::Close(reason)) = session.next_event(now) else { panic!() };
    /// assert_eq!(reason.to_string(), "the peer speaks HTTP on a repod port");
    /// assert!(session.next_event(now).is_none());
    /// ```
    pub fn next_event(&mut self, now: Instant) -> Option<Event<'_>> {
        loop {
            match self.next_frame(now)? {
                Frame::Control => {}
                Frame::Greeted => return Some(Event::Greeted),
                Frame::Refused(farewell) => {
                    self.phase = Phase::Closed;
                    return Some(Event::Refused(farewell));
                }
                Frame::Rejected(error) => {
                    return Some(match self.violation(now) {
                        Ok(()) => Event::Rejected(error),
                        Err(reason) => {
                            self.phase = Phase::Closed;
                            Event::Close(reason)
                        }
                    });
                }
                Frame::Close(reason) => {
                    self.phase = Phase::Closed;
                    return Some(Event::Close(reason));
                }
                Frame::Message { action } => {
                    return Message::again(self.decoder.last_frame(), &self.table, action).map(Event::Message);
                }
            }
        }
    }

    /// The next message, if it lies ready as a frame in which all is where the derive expects it; otherwise `None`, and nothing is
    /// taken: [`next_event`](Self::next_event) tells what comes next. Most frames are such, and this is faster.
    ///
    /// ```
    /// # use repod::Action;
    /// # use repod::proto::{Event, Limits, Role, Session};
    /// # use std::time::Instant;
    /// # #[derive(Action, Debug, PartialEq)]
    /// # enum ToServer { Ping }
    /// # let now = Instant::now();
    /// let mut session = Session::new(Role::Server, Limits::server(), now);
    /// session.receive(&b"\x00\x00\x00\x0d\x81\xa6action\xa4ping".repeat(2), now);
    /// // The first frame on a connection is looked at more closely.
    /// assert_eq!(session.next_plain::<ToServer>(now), None);
    /// assert!(matches!(session.next_event(now), Some(Event::Message(_))));
    /// assert_eq!(session.next_plain::<ToServer>(now), Some(ToServer::Ping));
    /// ```
    // Always, so that the action is read into the place where it is used.
    #[inline(always)]
    pub fn next_plain<A: Action>(&mut self, now: Instant) -> Option<A> {
        let is_free = self.phase == Phase::Open && self.tolls.as_ref().is_none_or(|tolls| tolls.free_at(now).is_none());
        // An empty frame is none. And what is returned as it came, from one place, need not be moved.
        let frame = if is_free { self.decoder.peek().unwrap_or_default() } else { &[] };
        let len = frame.len();
        let action = PlainReader::read(frame, &self.limits);
        if action.is_some() {
            self.took(len, now);
        }
        action
    }

    /// A frame of `len` bytes was read.
    #[inline]
    fn took(&mut self, len: usize, now: Instant) {
        self.decoder.pass(len);
        if let Some(resume) = &mut self.resume {
            resume.took();
        }
        (self.paused_until, self.frame_began) = (None, None);
        if let Some(tolls) = &mut self.tolls {
            tolls.charge(len, now);
        }
    }

    /// Until when nothing is dispatched and nothing should be read, because the peer was too fast.
    ///
    /// ```
    /// use repod::proto::{Event, Limits, Rate, Role, Session};
    /// # use std::time::{Duration, Instant};
    ///
    /// # let now = Instant::now();
    /// let rate = Rate { messages: 1, burst: 1, ..Rate::default() };
    /// let mut session = Session::new(Role::Server, Limits::server().rate(Some(rate)), now);
    /// session.receive(&b"\x00\x00\x00\x0d\x81\xa6action\xa4ping".repeat(3), now);
    /// assert!(matches!(session.next_event(now), Some(Event::Message(_))));
    /// assert!(matches!(session.next_event(now), Some(Event::Message(_))));
    /// assert!(session.next_event(now).is_none());
    /// assert_eq!(session.paused_until(), Some(now + Duration::from_secs(1)));
    /// ```
    #[inline]
    pub fn paused_until(&self) -> Option<Instant> {
        self.paused_until
    }

    /// Counts a violation that only the owner can see: an action that no enum declares, a field that does not fit, a handler
    /// that failed.
    ///
    /// ```
    /// # use repod::proto::{Limits, Role, Session};
    /// # use std::time::Instant;
    /// # let now = Instant::now();
    /// let mut session = Session::new(Role::Server, Limits::server().violations(1), now);
    /// assert!(session.violation(now).is_ok());
    /// let reason = session.violation(now).unwrap_err();
    /// assert_eq!(reason.to_string(), "more than 1 violations in 10 s");
    /// ```
    ///
    /// # Errors
    ///
    /// The reason to close if it was one too many.
    pub fn violation(&mut self, now: Instant) -> Result<(), CloseReason> {
        if self.violations.spend(1, now) {
            return Ok(());
        }
        Err(CloseReason::TooManyViolations { max: self.limits.violations, window: Limits::VIOLATION_WINDOW.as_secs() })
    }

    /// Charges the peer for a message that costs more than others.
    ///
    /// ```
    /// # use repod::proto::{Limits, Rate, Role, Session};
    /// # use std::time::{Duration, Instant};
    /// # let now = Instant::now();
    /// let rate = Rate { messages: 10, burst: 10, ..Rate::default() };
    /// let mut session = Session::new(Role::Server, Limits::server().rate(Some(rate)), now);
    /// session.charge(20, now);
    /// assert!(session.next_event(now).is_none());
    /// assert_eq!(session.paused_until(), Some(now + Duration::from_secs(1)));
    /// ```
    pub fn charge(&mut self, tokens: u32, now: Instant) {
        if let Some(tolls) = &mut self.tolls {
            tolls.messages.charge(tokens, now);
        }
    }

    /// What has to be written next, as a whole frame. The greeting of a server is not among it.
    ///
    /// ```
    /// # use repod::proto::{Event, Limits, Role, Session};
    /// # use std::time::Instant;
    /// # let now = Instant::now();
    /// let mut session = Session::new(Role::Client, Limits::client(), now);
    /// session.receive(b"\x00\x00\x00\x22\x82\xa6action\xa9connected\xa5repod\x81\xa7version\x01", now);
    /// assert!(matches!(session.next_event(now), Some(Event::Greeted)));
    /// let hello = session.take_control(now);
    /// assert!(hello.is_some_and(|frame| frame[4..].starts_with(b"\x82\xa6action\xabrepod.hello")));
    /// assert_eq!(session.take_control(now), None);
    /// ```
    pub fn take_control(&mut self, now: Instant) -> Option<Vec<u8>> {
        if std::mem::take(&mut self.hello_due) {
            let claim = self.resume.as_mut().and_then(|resume| resume.claim.take());
            return Some(Control::Hello(claim).frame());
        }
        if let Some(received) = self.resume.as_mut().and_then(|resume| resume.ack()) {
            return Some(Control::Ack(received).frame());
        }
        if let Some(id) = self.pong_due.take() {
            self.acknowledge();
            return Some(Control::Pong(id).frame());
        }
        if std::mem::take(&mut self.heart.ping_due) {
            self.acknowledge();
            self.heart.asked = Some(now);
            self.heart.unanswered_since.get_or_insert(now);
            return Some(Control::Ping(self.heart.ping).frame());
        }
        None
    }

    /// Whether there is something to [take](Self::take_control).
    #[cfg(feature = "__net")]
    pub(crate) fn has_control(&self) -> bool {
        let owes_ack = self.resume.as_ref().is_some_and(|resume| resume.owes_ack());
        self.hello_due || self.pong_due.is_some() || self.heart.ping_due || owes_ack
    }

    /// The last frame for a client, which tells it why this server closes the connection; `None` if it would not understand, or is gone.
    /// A client has nothing to explain: it leaves, and says no more than that where its server would wait for it.
    ///
    /// ```
    /// use repod::CloseReason;
    /// # use repod::proto::{Limits, Role, Session};
    /// # use std::time::Instant;
    ///
    /// # let now = Instant::now();
    /// let mut session = Session::new(Role::Server, Limits::server(), now);
    /// assert!(session.farewell(&CloseReason::Shutdown, None).is_none());
    /// session.receive(b"\x00\x00\x00\x24\x82\xa6action\xabrepod.hello\xa5repod\x81\xa7version\x01", now);
    /// assert!(session.next_event(now).is_none());
    /// assert!(session.farewell(&CloseReason::Shutdown, None).is_some());
    /// ```
    pub fn farewell(&self, reason: &CloseReason, retry_after: Option<Duration>) -> Option<Vec<u8>> {
        if self.role == Role::Client {
            // Else its server would wait for it to come back.
            let left = Farewell { code: FarewellCode::Left, text: String::new(), retry_after: None };
            return self.is_resumable().then(|| Control::Close(left).frame());
        }
        if !self.negotiated {
            return None;
        }
        let farewell = reason.farewell(retry_after)?;
        Some(Control::Close(farewell).frame())
    }

    /// When [`tick`](Self::tick) has to be called; `None` if time does not matter now.
    ///
    /// ```
    /// # use repod::proto::{Limits, Reading, Role, Session};
    /// # use std::time::Instant;
    /// # let now = Instant::now();
    /// let limits = Limits::server();
    /// let session = Session::new(Role::StrictServer, limits.clone(), now);
    /// assert_eq!(session.deadline(Reading::On), Some(now + limits.handshake_timeout));
    /// ```
    pub fn deadline(&self, reading: Reading) -> Option<Instant> {
        let hello = self.owes_hello().then(|| later(self.opened, self.limits.handshake_timeout));
        let frame = self.frame_began.map(|began| later(began, self.limits.frame_timeout));
        let heart = self.negotiated.then(|| self.heart.due(reading, &self.limits));
        [hello, frame, heart].into_iter().flatten().min()
    }

    /// Judges by the time. Call it when a [`deadline`](Self::deadline) has come, after everything was read that there is: so a machine
    /// that slept for a while does not take its peers for dead.
    ///
    /// ```
    /// use repod::CloseReason;
    /// # use repod::proto::{Limits, Reading, Role, Session};
    /// # use std::time::{Duration, Instant};
    ///
    /// # let now = Instant::now();
    /// let mut session = Session::new(Role::StrictServer, Limits::server(), now);
    /// assert_eq!(session.tick(now + Duration::from_secs(4), Reading::On), Ok(()));
    /// let reason = session.tick(now + Duration::from_secs(5), Reading::On).unwrap_err();
    /// assert_eq!(reason, CloseReason::HandshakeTimeout(Duration::from_secs(5)));
    /// ```
    ///
    /// # Errors
    ///
    /// The reason to close if something took too long.
    pub fn tick(&mut self, now: Instant, reading: Reading) -> Result<(), CloseReason> {
        let limits = &self.limits;
        if self.owes_hello() && now >= later(self.opened, limits.handshake_timeout) {
            return Err(CloseReason::HandshakeTimeout(limits.handshake_timeout));
        }
        if reading == Reading::Paused {
            self.heart.last_byte = now;
            self.frame_began = self.frame_began.map(|_| now);
        }
        if self.frame_began.is_some_and(|began| now >= later(began, limits.frame_timeout)) {
            return Err(CloseReason::FrameTimeout(limits.frame_timeout));
        }
        if self.negotiated && self.heart.dead_at(limits).is_some_and(|dead_at| now >= dead_at) {
            return Err(CloseReason::Timeout(limits.dead_after));
        }
        if self.negotiated {
            self.heart.beat(now, reading, limits);
        }
        Ok(())
    }

    /// The time that the last ping took to be answered, if there was one.
    ///
    /// ```
    /// # use repod::proto::{Limits, Reading, Role, Session};
    /// # use std::time::{Duration, Instant};
    /// # let now = Instant::now();
    /// # let mut session = Session::new(Role::Server, Limits::server(), now);
    /// # session.receive(b"\x00\x00\x00\x24\x82\xa6action\xabrepod.hello\xa5repod\x81\xa7version\x01", now);
    /// # assert!(session.next_event(now).is_none());
    /// # let Some(due) = session.deadline(Reading::On) else { panic!() };
    /// session.tick(due, Reading::On)?;
    /// let ping = session.take_control(due); // written at once
    /// let answered = due + Duration::from_millis(30);
    /// session.receive(b"\x00\x00\x00\x17\x82\xa6action\xaarepod.pong\xa2id\x01", answered);
    /// assert!(session.next_event(answered).is_none());
    /// assert_eq!(session.rtt(), Some(Duration::from_millis(30)));
    /// # Ok::<(), repod::CloseReason>(())
    /// ```
    pub fn rtt(&self) -> Option<Duration> {
        self.heart.rtt
    }

    /// Whether the peer speaks this protocol's control messages: a Python one does not.
    ///
    /// ```
    /// # use repod::proto::{Limits, Role, Session};
    /// # use std::time::Instant;
    /// # let now = Instant::now();
    /// let mut session = Session::new(Role::Server, Limits::server(), now);
    /// session.receive(b"\x00\x00\x00\x24\x82\xa6action\xabrepod.hello\xa5repod\x81\xa7version\x01", now);
    /// assert!(session.next_event(now).is_none()); // a hello is no event
    /// assert!(session.is_negotiated());
    /// ```
    pub fn is_negotiated(&self) -> bool {
        self.negotiated
    }

    /// Why the connection ended, if the peer's side of the stream ends here.
    ///
    /// ```
    /// use repod::CloseReason;
    /// # use repod::proto::{Limits, Role, Session, Truncated};
    /// # use std::time::Instant;
    ///
    /// # let now = Instant::now();
    /// let mut session = Session::new(Role::Server, Limits::server(), now);
    /// assert_eq!(session.end(), CloseReason::PeerLeft);
    /// session.receive(b"\x00\x00\x00\x0d\x81", now);
    /// assert_eq!(session.end(), CloseReason::Truncated(Truncated { got: 1, want: 13 }));
    /// ```
    pub fn end(&self) -> CloseReason {
        match (self.heard_farewell(), self.decoder.truncated()) {
            (Some(farewell), _) => CloseReason::Farewell(farewell),
            (None, Some(truncated)) => CloseReason::Truncated(truncated),
            (None, None) => CloseReason::PeerLeft,
        }
    }

    /// Whether so much is waiting to be handled that nothing more should be read.
    ///
    /// ```
    /// # use repod::proto::{Limits, Role, Session};
    /// # use std::time::Instant;
    /// # let now = Instant::now();
    /// let mut session = Session::new(Role::Server, Limits::server().in_queue(2), now);
    /// session.receive(b"\x00\x00\x00\x0d\x81\xa6action\xa4ping", now);
    /// assert!(!session.is_full());
    /// session.receive(b"\x00\x00\x00\x0d\x81\xa6action\xa4ping", now);
    /// assert!(session.is_full());
    /// ```
    #[inline]
    pub fn is_full(&self) -> bool {
        let pending = self.decoder.pending().len();
        // One of none would never read.
        let in_queue = self.limits.in_queue.max(1);
        pending > self.limits.max_frame_in.saturating_add(FrameDecoder::HEADER)
            || (pending >= in_queue && self.decoder.whole_frames(in_queue) >= in_queue)
    }

    /// How many bytes have come that were not taken yet.
    ///
    /// ```
    /// # use repod::proto::{Limits, Role, Session};
    /// # use std::time::Instant;
    /// # let now = Instant::now();
    /// let mut session = Session::new(Role::Server, Limits::server(), now);
    /// session.receive(b"\x00\x00\x00\x0d\x81\xa6action\xa4ping\x00", now);
    /// assert_eq!(session.pending(), 18);
    /// assert!(session.next_event(now).is_some());
    /// assert_eq!(session.pending(), 1);
    /// ```
    #[inline]
    pub fn pending(&self) -> usize {
        self.decoder.pending().len()
    }

    /// Gives back the memory that a burst has left behind; for when nothing is left to be handled.
    ///
    /// ```
    /// # use repod::proto::{Limits, Role, Session};
    /// # use std::time::Instant;
    /// # let now = Instant::now();
    /// let mut session = Session::new(Role::Server, Limits::server(), now);
    /// session.receive(b"\x00\x00\x00\x0d\x81\xa6action\xa4ping\x00", now);
    /// assert!(session.next_event(now).is_some());
    /// session.shrink();
    /// assert_eq!(session.pending(), 1); // nothing is lost
    /// ```
    pub fn shrink(&mut self) {
        self.decoder.shrink();
        self.table = Vec::new();
    }

    /// How many bytes its buffers hold, full or not.
    #[cfg(feature = "__net")]
    #[inline]
    pub(crate) fn capacity(&self) -> usize {
        self.decoder.capacity().saturating_add(self.table.capacity().saturating_mul(size_of::<Field>()))
    }

    fn next_frame(&mut self, now: Instant) -> Option<Frame> {
        if self.phase == Phase::Closed {
            return None;
        }
        let free_at = self.tolls.as_ref().and_then(|tolls| tolls.free_at(now));
        let pause = self.limits.rate.as_ref().map_or(Duration::ZERO, Tolls::shortest_pause);
        self.paused_until = free_at.map(|free_at| free_at.max(later(now, pause)));
        if self.paused_until.is_some() {
            return None;
        }
        let protocol = match self.phase {
            Phase::First => other_protocol(self.decoder.pending()),
            _ => None,
        };
        let frame = match self.decoder.next_frame() {
            Ok(Some(frame)) => frame,
            Ok(None) => {
                if self.decoder.pending().is_empty() {
                    self.frame_began = None;
                } else {
                    self.frame_began.get_or_insert(now);
                }
                return None;
            }
            Err(too_large) => {
                return Some(Frame::Close(match protocol {
                    Some(protocol) => CloseReason::WrongProtocol(protocol),
                    None => CloseReason::FrameTooLarge(too_large),
                }));
            }
        };
        self.frame_began = None;
        if let Some(tolls) = &mut self.tolls {
            tolls.charge(frame.len(), now);
        }
        if self.phase == Phase::Open && self.negotiated {
            if let Some(control) = Control::read_plain(frame, &self.limits) {
                self.heed(control, now);
                return Some(Frame::Control);
            }
        }
        let phase = std::mem::replace(&mut self.phase, Phase::Open);
        let message = match Message::parse(frame, &self.limits, &mut self.table) {
            Ok(message) => message,
            Err(DecodeError::Malformed(malformed)) => {
                return Some(Frame::Close(CloseReason::Malformed(malformed)));
            }
            Err(_) if phase == Phase::Greeting => {
                return Some(Frame::Close(CloseReason::NoGreeting));
            }
            Err(error) => {
                if let Some(resume) = &mut self.resume {
                    resume.took();
                }
                return Some(Frame::Rejected(error));
            }
        };
        let is_ours = message.action().starts_with(RESERVED);
        if let Some(resume) = self.resume.as_mut().filter(|_| !is_ours) {
            resume.took();
        }
        if phase == Phase::Open && !is_ours {
            return Some(Frame::Message { action: message.index() });
        }
        let control = Control::read(&message);
        Some(match (phase, control) {
            (Phase::Greeting, Some(Control::Greeting { refused: None, resume })) => {
                self.negotiated = Control::is_spoken_by(&message);
                self.hello_due = self.negotiated;
                self.resume = resume.map(|_| Box::default());
                Frame::Greeted
            }
            (Phase::Greeting, Some(Control::Greeting { refused: Some(farewell), .. })) => Frame::Refused(farewell),
            (Phase::Greeting, _) => Frame::Close(CloseReason::NoGreeting),
            (Phase::First, Some(Control::Hello(claim))) => {
                self.negotiated = true;
                self.resume = claim.map(|claim| Box::new(Resume::claimed(claim)));
                // Many a peer says nothing for long after this.
                self.table = Vec::new();
                Frame::Control
            }
            (_, Some(Control::Session(grant))) if self.role == Role::Client && self.resume.is_some() => {
                if let Some(resume) = &mut self.resume {
                    resume.grant = Some(grant);
                }
                Frame::Control
            }
            (_, Some(control @ (Control::Ack(_) | Control::Ping(_) | Control::Pong(_) | Control::Close(_))))
                if self.negotiated =>
            {
                self.heed(control, now);
                Frame::Control
            }
            _ => Frame::Message { action: message.index() },
        })
    }

    /// Does what a control message asks for that may come at any time.
    fn heed(&mut self, control: Control, now: Instant) {
        match control {
            Control::Ack(received) => {
                if let Some(resume) = &mut self.resume {
                    resume.acked = Some(received);
                }
            }
            Control::Ping(id) => self.pong_due = Some(id),
            Control::Pong(id) => self.heart.answered(id, now),
            Control::Close(farewell) => self.farewell = Some(farewell),
            Control::Greeting { .. } | Control::Hello(_) | Control::Session(_) => {}
        }
    }

    /// Whether a hello may be on its way: the peer has just come, and said nothing yet.
    #[cfg(feature = "__net")]
    pub(crate) fn awaits_hello(&self, now: Instant) -> bool {
        self.phase == Phase::First && now < later(self.opened, GREETING)
    }

    /// What the peer has said in farewell, also if it lies behind messages that were not taken yet.
    pub(crate) fn heard_farewell(&self) -> Option<Farewell> {
        if self.farewell.is_some() || !self.negotiated {
            return self.farewell.clone();
        }
        let mut table = Vec::new();
        self.decoder.frames().find_map(|frame| {
            let message = Message::parse(frame, &self.limits, &mut table).ok()?;
            match Control::read(&message) {
                Some(Control::Close(farewell)) => Some(farewell),
                _ => None,
            }
        })
    }

    fn owes_hello(&self) -> bool {
        self.role == Role::StrictServer && !self.negotiated
    }
}

/// What a frame turned out to be, with nothing borrowed from the decoder.
enum Frame {
    Control,
    Greeted,
    Refused(Farewell),
    Rejected(DecodeError),
    Close(CloseReason),
    Message { action: usize },
}

/// The protocol whose first bytes these are, if it is one that wanders onto foreign ports.
fn other_protocol(bytes: &[u8]) -> Option<&'static str> {
    const HTTP: [&[u8]; 8] = [b"GET ", b"POST", b"HEAD", b"PUT ", b"OPTI", b"DELE", b"CONN", b"PATC"];
    let first = bytes.first_chunk::<4>()?;
    match first {
        [0x16, 0x03, ..] => Some("TLS"),
        b"SSH-" => Some("SSH"),
        _ => HTTP.contains(&&first[..]).then_some("HTTP"),
    }
}

/// In this time a client answers the greeting, if it ever does.
#[cfg(feature = "__net")]
const GREETING: Duration = Duration::from_secs(1);
