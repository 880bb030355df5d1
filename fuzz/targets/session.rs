//! The session: bytes, time and its owner's calls in any order. Nothing panics, nothing follows the end, what it asks to be written and
//! what it holds is bounded, and every message is one that came, in order.

#![no_main]

use std::time::{Duration, Instant};

use libfuzzer_sys::fuzz_target;
use repod::proto::{Event, FrameDecoder, Limits, Message, Rate, Reading, Role, Session};

/// A session and its owner, who keeps the rules: it does not read while that is asked of it.
struct Owner {
    session: Session,
    role: Role,
    limits: Limits,
    now: Instant,
    /// Every byte that was given to the session, to be decoded by another.
    oracle: FrameDecoder,
    /// The session, or its owner, has ended the connection.
    is_over: bool,
    is_greeted: bool,
    /// How many frames have come, and how often it was ticked: all that may be answered.
    causes: u64,
    answers: u64,
}

// The first byte says whose session it is and with which limits; then come steps, each with what it needs.
fuzz_target!(|data: &[u8]| {
    let Some((first, mut rest)) = data.split_first() else { return };
    let mut owner = Owner::new(*first);
    while let Some((step, behind)) = rest.split_first() {
        rest = owner.step(*step, behind);
        owner.check();
        if owner.is_over {
            return;
        }
    }
    owner.leave();
});

impl Owner {
    fn new(first: u8) -> Self {
        let role = [Role::Server, Role::StrictServer, Role::Client][usize::from(first % 3)];
        let base = if role == Role::Client { Limits::client() } else { Limits::server() };
        let rate = Rate { messages: 10, burst: 5, bytes: 2000 };
        let limits = base
            .max_frame_in(200)
            .in_queue(4)
            .violations(3)
            .rate((first & 4 != 0).then_some(rate))
            .max_map_keys(if first & 8 == 0 { 256 } else { 3 });
        let now = Instant::now();
        Self {
            session: Session::new(role, limits.clone(), now),
            role,
            oracle: FrameDecoder::new(limits.max_frame_in),
            limits,
            now,
            is_over: false,
            is_greeted: false,
            causes: 1,
            answers: 0,
        }
    }

    /// Takes one step, and gives back the bytes that it did not need.
    fn step<'a>(&mut self, step: u8, rest: &'a [u8]) -> &'a [u8] {
        let (argument, behind) = rest.split_first().map_or((0, rest), |(argument, behind)| (*argument, behind));
        match step % 16 {
            0..4 => {
                let (bytes, behind) = behind.split_at(usize::from(argument).min(behind.len()));
                self.receive(bytes);
                behind
            }
            4 => {
                self.receive(&canned(argument));
                behind
            }
            5 => {
                // As its owner takes what came: until nothing is left.
                while !self.is_over && self.next() {}
                rest
            }
            6 | 7 => {
                self.next();
                rest
            }
            8 => {
                self.tick(Reading::On);
                rest
            }
            9 => {
                self.tick(Reading::Paused);
                rest
            }
            10 => {
                self.write();
                rest
            }
            11 => {
                self.now += Duration::from_millis(u64::from(argument) * 50);
                behind
            }
            12 => {
                if let Some(deadline) = self.session.deadline(Reading::On) {
                    assert!(deadline >= self.now - Duration::from_secs(24 * 3600));
                    self.now = self.now.max(deadline);
                    self.tick(Reading::On);
                }
                rest
            }
            13 => {
                self.now = self.session.paused_until().unwrap_or(self.now).max(self.now);
                rest
            }
            14 => {
                self.session.charge(u32::from(argument), self.now);
                self.is_over |= self.session.violation(self.now).is_err();
                behind
            }
            _ => {
                self.session.shrink();
                rest
            }
        }
    }

    fn receive(&mut self, bytes: &[u8]) {
        if self.session.is_full() || self.session.paused_until().is_some() {
            return;
        }
        self.session.receive(bytes, self.now);
        self.oracle.push(bytes);
        self.causes += bytes.len() as u64 / 5 + 1;
        let bound = self.limits.max_frame_in + FrameDecoder::HEADER + bytes.len();
        assert!(self.session.pending() <= bound, "{} of {bound} bytes are held", self.session.pending());
    }

    /// Takes an event; says whether there was one.
    fn next(&mut self) -> bool {
        let is_greeted = self.is_greeted;
        let Some(event) = self.session.next_event(self.now) else { return false };
        match event {
            Event::Greeted => {
                assert!(self.role == Role::Client && !is_greeted);
                self.is_greeted = true;
            }
            Event::Refused(farewell) => {
                assert!(self.role == Role::Client && !is_greeted);
                assert!(!farewell.to_string().contains(char::is_control));
                return self.is_closed();
            }
            Event::Message(message) => {
                assert!(self.role != Role::Client || is_greeted, "a message before the greeting");
                loop {
                    let frame = self.oracle.next_frame().expect("the session took it");
                    if frame.expect("a message that never came") == message.frame() {
                        break;
                    }
                }
            }
            Event::Rejected(error) => {
                assert!(!error.is_fatal());
                assert!(self.role != Role::Client || is_greeted, "a rejected message before the greeting");
            }
            Event::Close(reason) => {
                let text = reason.to_string();
                assert!(text.len() < 1000 && !text.contains(char::is_control), "{text:?}");
                if let Some(frame) = self.session.farewell(&reason, Some(Duration::from_millis(7))) {
                    is_ours(&frame);
                }
                return self.is_closed();
            }
        }
        true
    }

    /// Nothing follows the end. Says that there was an event.
    fn is_closed(&mut self) -> bool {
        self.is_over = true;
        assert!(self.session.next_event(self.now).is_none());
        let before = self.session.pending();
        self.session.receive(b"\0\0\0\x0d\x81\xa6action\xa4ping", self.now);
        assert_eq!(self.session.pending(), before);
        assert!(self.session.next_event(self.now).is_none());
        true
    }

    fn tick(&mut self, reading: Reading) {
        self.causes += 1;
        if let Err(reason) = self.session.tick(self.now, reading) {
            let _ = self.session.farewell(&reason, None).map(|frame| is_ours(&frame));
            self.is_over = true;
        }
    }

    /// Writes all that is asked for: one of each kind at most.
    fn write(&mut self) {
        for round in 0.. {
            assert!(round <= 3, "it never stops asking to write");
            let Some(frame) = self.session.take_control(self.now) else { break };
            is_ours(&frame);
            self.answers += 1;
        }
        assert!(self.answers <= self.causes, "{} answers to {} causes", self.answers, self.causes);
    }

    fn check(&mut self) {
        let _ = (self.session.deadline(Reading::On), self.session.deadline(Reading::Paused), self.session.end());
        assert!(self.role != Role::Client || !self.session.is_negotiated() || self.is_greeted);
        assert!(self.session.is_negotiated() || self.session.rtt().is_none());
    }

    /// With time, everything that came is handled, or the session has ended.
    fn leave(&mut self) {
        for _ in 0..10_000 {
            while !self.is_over && self.next() {}
            if self.is_over {
                return;
            }
            let Some(until) = self.session.paused_until() else { break };
            assert!(until > self.now, "it waits for a time that is over");
            self.now = until;
        }
        assert!(self.session.paused_until().is_none(), "it never takes what is left");
        self.write();
    }
}

/// A control frame is a whole frame of a name that no enum can declare.
fn is_ours(frame: &[u8]) {
    assert!(frame.len() < 1024);
    assert_eq!(u32::from_be_bytes(frame[..4].try_into().expect("a header")) as usize, frame.len() - 4);
    let mut table = Vec::new();
    let message = Message::parse(&frame[4..], &Limits::server(), &mut table).expect("a message");
    assert!(message.action().starts_with("repod."));
}

/// A frame that makes sense: chance alone would seldom find one.
fn canned(which: u8) -> Vec<u8> {
    let id = which / 16;
    let payload: &[u8] = match which % 16 {
        0 | 1 => b"\x82\xa6action\xabrepod.hello\xa5repod\x81\xa7version\x01",
        2 | 3 => b"\x82\xa6action\xa9connected\xa5repod\x81\xa7version\x01",
        4 => b"\x81\xa6action\xa9connected",
        5 => b"\x82\xa6action\xa9connected\xa5repod\x82\xa7version\x01\xa7refused\x81\xa4code\xa4full",
        6 | 7 => &[&b"\x82\xa6action\xaarepod.ping\xa2id"[..], &[id]].concat(),
        8 | 9 => &[&b"\x82\xa6action\xaarepod.pong\xa2id"[..], &[id]].concat(),
        10 => b"\x83\xa6action\xabrepod.close\xa4code\xa6kicked\xa4text\xa4\x1b[2J",
        11 => b"\xc0",
        12 => &[&b"\x82\xa6action\xa4move\xa1x\xc4\xb4"[..], &[id; 180]].concat(),
        13 => b"\x81\xa6action\xa9repod.new",
        _ => &[&b"\x82\xa6action\xa4move\xa1x"[..], &[id]].concat(),
    };
    [&(payload.len() as u32).to_be_bytes()[..], payload].concat()
}
