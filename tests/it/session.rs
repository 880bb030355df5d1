//! The session as time goes by: rates, timeouts and the heartbeat, with a clock that the test turns.

use std::time::{Duration, Instant};

use repod::proto::{CloseReason, Event, Farewell, FarewellCode, Limits, Message, Rate, Reading, Role, Session};

use crate::world::{bare, frame};

const HELLO: &[u8] = b"\x82\xa6action\xabrepod.hello\xa5repod\x81\xa7version\x01";

/// A session and its clock.
struct Clock {
    session: Session,
    start: Instant,
    now: Instant,
}

impl Clock {
    fn new(role: Role, limits: Limits) -> Self {
        let now = Instant::now();
        Self { session: Session::new(role, limits, now), start: now, now }
    }

    /// A server's session with a peer that has said hello.
    fn greeted(limits: Limits) -> Self {
        let mut clock = Self::new(Role::Server, limits);
        clock.receive(&frame(HELLO));
        assert_eq!(clock.events(), [""; 0]);
        assert!(clock.session.is_negotiated());
        clock
    }

    fn receive(&mut self, bytes: &[u8]) {
        self.session.receive(bytes, self.now);
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
    }

    /// The names of the messages, and the texts of other events, that are there now.
    fn events(&mut self) -> Vec<String> {
        let mut found = Vec::new();
        while let Some(event) = self.session.next_event(self.now) {
            found.push(match event {
                Event::Message(message) => message.action().to_owned(),
                other => format!("{other:?}"),
            });
        }
        found
    }

    fn tick(&mut self) -> Result<(), CloseReason> {
        self.session.tick(self.now, Reading::On)
    }

    /// Lets the time pass to the next deadline and judges; says how long it took.
    fn wait(&mut self) -> (Duration, Result<(), CloseReason>) {
        self.now = self.session.deadline(Reading::On).expect("there is nothing to wait for");
        (self.now - self.start, self.tick())
    }

    /// The action of the next control message.
    fn control(&mut self) -> Option<(String, Option<u64>)> {
        let frame = self.session.take_control(self.now)?;
        let mut table = Vec::new();
        let message = Message::parse(&frame[4..], &Limits::server(), &mut table).unwrap();
        let id = message.entries().find(|entry| entry.key() == b"id").map(|entry| entry.read().unwrap());
        Some((message.action().to_owned(), id))
    }
}

fn pong(id: u64) -> Vec<u8> {
    frame(&[b"\x82\xa6action\xaarepod.pong\xa2id", &[u8::try_from(id).unwrap()][..]].concat())
}

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_peer_that_is_too_fast_is_paused_and_loses_nothing() {
    let rate = Rate { messages: 10, burst: 20, bytes: 1_000_000 };
    let mut clock = Clock::new(Role::Server, Limits::server().rate(Some(rate)));
    for _ in 0..50 {
        clock.receive(&bare("ping"));
    }
    // The burst, and one that goes into debt.
    let at_once = clock.events().len();
    assert!((20..=21).contains(&at_once), "{at_once}");
    let until = clock.session.paused_until().unwrap();
    assert!(until > clock.now && until <= clock.now + 100 * MS);
    let mut handled = at_once;
    for _ in 0..30 {
        clock.pass(100 * MS);
        handled += clock.events().len();
    }
    assert_eq!(handled, 50);
    assert!(clock.session.paused_until().is_none());
}

#[test]
fn a_peer_that_sends_too_many_bytes_is_paused() {
    let rate = Rate { messages: 1000, burst: 1000, bytes: 10_000 };
    let mut clock = Clock::new(Role::Server, Limits::server().rate(Some(rate)));
    let large = [&b"\x82\xa6action\xa4blob\xa1x\xc5\x23\x28"[..], &[0; 9000]].concat();
    for _ in 0..10 {
        clock.receive(&frame(&large));
    }
    assert_eq!(clock.events().len(), 3);
    clock.pass(10 * SECOND);
    assert_eq!(clock.events().len(), 3);
}

#[test]
fn every_frame_costs_also_one_that_is_refused() {
    let rate = Rate { messages: 10, burst: 10, bytes: 1_000_000 };
    let mut clock = Clock::new(Role::Server, Limits::server().rate(Some(rate)).violations(1000));
    for _ in 0..50 {
        clock.receive(&frame(b"\xc0"));
    }
    assert!(clock.events().len() <= 11);
    // Also the protocol's own.
    let mut clock = Clock::greeted(Limits::server().rate(Some(rate)));
    for _ in 0..50 {
        clock.receive(&pong(0));
    }
    clock.receive(&bare("ping"));
    assert!(clock.events().is_empty());
    assert!(clock.session.paused_until().is_some());
}

#[test]
fn a_frame_has_a_time_from_its_first_byte_to_its_last() {
    let mut clock = Clock::new(Role::Server, Limits::server());
    assert_eq!(clock.session.deadline(Reading::On), None);
    let whole = bare("ping");
    clock.receive(&whole[..3]);
    assert!(clock.events().is_empty());
    // More bytes do not make it younger.
    for byte in 3..9 {
        clock.pass(SECOND);
        clock.receive(&whole[byte..=byte]);
        assert!(clock.events().is_empty());
        assert_eq!(clock.tick(), Ok(()));
    }
    let limit = Duration::from_secs(10);
    assert_eq!(clock.wait(), (limit, Err(CloseReason::FrameTimeout(limit))));
}

#[test]
fn a_frame_that_came_in_time_leaves_nothing_to_judge() {
    let mut clock = Clock::new(Role::Server, Limits::server());
    let whole = bare("ping");
    clock.receive(&whole[..5]);
    assert!(clock.events().is_empty());
    clock.pass(9 * SECOND);
    clock.receive(&whole[5..]);
    assert_eq!(clock.events(), ["ping"]);
    assert_eq!(clock.session.deadline(Reading::On), None);
    // The next one has all its time.
    clock.receive(&whole[..5]);
    assert!(clock.events().is_empty());
    clock.pass(9 * SECOND);
    assert_eq!(clock.tick(), Ok(()));
}

#[test]
fn a_peer_that_is_not_read_from_is_not_late() {
    let mut clock = Clock::greeted(Limits::server());
    clock.receive(&bare("ping")[..5]);
    assert!(clock.events().is_empty());
    for _ in 0..100 {
        clock.pass(SECOND);
        assert_eq!(clock.session.tick(clock.now, Reading::Paused), Ok(()));
    }
    // It hears from this side all the while, and has its time again when it is read from.
    assert_eq!(clock.control().unwrap().0, "repod.ping");
    clock.pass(9 * SECOND);
    assert_eq!(clock.tick(), Ok(()));
    clock.pass(2 * SECOND);
    assert!(matches!(clock.tick(), Err(CloseReason::FrameTimeout(_))));
}

#[test]
fn a_peer_hears_from_a_side_that_is_busy() {
    let mut clock = Clock::greeted(Limits::server());
    let mut pings = 0;
    // A handler waits for a minute, and the peer's own pings come all the while.
    for second in 1..=60 {
        clock.pass(SECOND);
        if second % 5 == 0 {
            clock.receive(&frame(b"\x82\xa6action\xaarepod.ping\xa2id\x01"));
        }
        assert_eq!(clock.session.tick(clock.now, Reading::Behind), Ok(()));
        pings += usize::from(clock.control().is_some());
    }
    assert!((9..=15).contains(&pings), "{pings}");
    // One that is really gone is found all the same.
    let mut seconds = 0;
    while clock.session.tick(clock.now, Reading::Behind).is_ok() {
        let _ = clock.control();
        clock.pass(SECOND);
        seconds += 1;
    }
    assert!((15..=16).contains(&seconds), "{seconds}");
}

#[test]
fn a_side_that_slept_asks_before_it_judges() {
    let mut clock = Clock::greeted(Limits::server());
    // The machine stood still for a minute: the peer could not have been heard, and was not asked.
    clock.pass(60 * SECOND);
    assert_eq!(clock.tick(), Ok(()));
    assert_eq!(clock.control().unwrap().0, "repod.ping");
    clock.pass(7 * SECOND);
    assert_eq!(clock.tick(), Ok(()));
    clock.pass(SECOND);
    assert!(matches!(clock.tick(), Err(CloseReason::Timeout(_))));
}

#[test]
fn a_silent_peer_is_pinged_and_then_taken_for_dead() {
    let mut clock = Clock::greeted(Limits::server());
    let mut pings = Vec::new();
    let (time, reason) = loop {
        match clock.wait() {
            (time, Ok(())) => {
                assert_eq!(clock.control().unwrap().0, "repod.ping");
                assert_eq!(clock.control(), None);
                pings.push(time);
            }
            (time, Err(reason)) => break (time, reason),
        }
    };
    assert_eq!(time, 15 * SECOND);
    assert_eq!(reason, CloseReason::Timeout(15 * SECOND));
    // Every five seconds, up to a fifth earlier or later.
    assert!((2..=3).contains(&pings.len()), "{pings:?}");
    assert!(pings[0] >= 4 * SECOND && pings[0] <= 6 * SECOND, "{pings:?}");
}

#[test]
fn pings_measure_the_round_trip_and_any_byte_is_life() {
    let mut clock = Clock::greeted(Limits::server());
    assert_eq!(clock.session.rtt(), None);
    for round in 1..20 {
        assert_eq!(clock.wait().1, Ok(()));
        let (name, id) = clock.control().unwrap();
        assert_eq!((name.as_str(), id), ("repod.ping", Some(round)));
        clock.pass(70 * MS);
        // An answer to another question says nothing.
        clock.receive(&pong(round + 1));
        clock.pass(30 * MS);
        clock.receive(&pong(round));
        assert!(clock.events().is_empty());
        assert_eq!(clock.session.rtt(), Some(100 * MS));
    }
    assert!(clock.now - clock.start > 60 * SECOND);
}

/// Whose interval is the shorter one asks first, which puts off the other's question; but not for ever.
#[test]
fn both_sides_learn_the_round_trip() {
    let mut clock = Clock::greeted(Limits::server());
    for _ in 0..2000 {
        clock.pass(4050 * MS);
        assert_eq!(clock.tick(), Ok(()));
        if clock.control().is_some() {
            return;
        }
        clock.receive(&frame(b"\x82\xa6action\xaarepod.ping\xa2id\x01"));
        assert!(clock.events().is_empty());
        assert_eq!(clock.control().unwrap().0, "repod.pong");
    }
    panic!("it never asked");
}

#[test]
fn nobody_pings_while_there_is_traffic() {
    let mut clock = Clock::greeted(Limits::server());
    for _ in 0..60 {
        clock.pass(SECOND);
        clock.receive(&bare("move"));
        assert_eq!(clock.events(), ["move"]);
        assert_eq!(clock.tick(), Ok(()));
        assert_eq!(clock.control(), None);
    }
}

#[test]
fn a_ping_is_answered_once_however_many_came() {
    let mut clock = Clock::greeted(Limits::server());
    for id in 1..=100 {
        clock.receive(&frame(&[&b"\x82\xa6action\xaarepod.ping\xa2id"[..], &[id]].concat()));
    }
    assert!(clock.events().is_empty());
    assert_eq!(clock.control(), Some(("repod.pong".to_owned(), Some(100))));
    assert_eq!(clock.control(), None);
}

#[test]
fn a_python_peer_gets_none_of_it() {
    let mut clock = Clock::new(Role::Server, Limits::server());
    clock.receive(&bare("move"));
    clock.receive(&bare("repod.ping"));
    // A hello that is not the first word is an ordinary name.
    clock.receive(&frame(HELLO));
    assert_eq!(clock.events(), ["move", "repod.ping", "repod.hello"]);
    assert_eq!(clock.session.deadline(Reading::On), None);
    clock.pass(3600 * SECOND);
    assert_eq!(clock.tick(), Ok(()));
    assert_eq!(clock.control(), None);
    assert_eq!(clock.session.farewell(&CloseReason::Shutdown, None), None);
}

#[test]
fn a_client_says_hello_only_to_a_server_that_understands_it() {
    let greeting = b"\x82\xa6action\xa9connected\xa5repod\x81\xa7version\x01";
    let mut clock = Clock::new(Role::Client, Limits::client());
    clock.receive(&frame(greeting));
    assert_eq!(clock.events(), ["Greeted"]);
    assert_eq!(clock.control().unwrap().0, "repod.hello");
    assert_eq!(clock.control(), None);

    let mut clock = Clock::new(Role::Client, Limits::client());
    clock.receive(&bare("connected"));
    assert_eq!(clock.events(), ["Greeted"]);
    assert_eq!(clock.control(), None);
    assert_eq!(clock.session.deadline(Reading::On), None);
}

#[test]
fn a_later_version_with_more_to_say_is_understood() {
    let greeting = b"\x83\xa6action\xa9connected\xa5repod\x82\xa7version\x07\xa3new\x90\xa5other\xc0";
    let mut clock = Clock::new(Role::Client, Limits::client());
    clock.receive(&frame(greeting));
    assert_eq!(clock.events(), ["Greeted"]);
    assert!(clock.session.is_negotiated());
}

#[test]
fn a_strict_server_waits_for_hello() {
    let limit = 5 * SECOND;
    let mut clock = Clock::new(Role::StrictServer, Limits::server());
    assert_eq!(clock.wait(), (limit, Err(CloseReason::HandshakeTimeout(limit))));

    let mut clock = Clock::new(Role::StrictServer, Limits::server());
    clock.receive(&frame(HELLO));
    assert!(clock.events().is_empty());
    clock.pass(6 * SECOND);
    assert_eq!(clock.tick(), Ok(()));
}

#[test]
fn a_farewell_tells_the_client_why_and_when_to_come_back() {
    let server = Clock::greeted(Limits::server());
    let check = |reason: CloseReason, code: FarewellCode, text: &str| {
        let retry_after = Some(1500 * MS);
        let farewell = server.session.farewell(&reason, retry_after).unwrap();
        let mut client = Clock::new(Role::Client, Limits::client());
        client.receive(&frame(b"\x82\xa6action\xa9connected\xa5repod\x81\xa7version\x01"));
        client.receive(&farewell);
        assert_eq!(client.events(), ["Greeted"]);
        let expected = Farewell { code, text: text.to_owned(), retry_after };
        assert_eq!(client.session.end(), CloseReason::Farewell(expected));
    };
    check(CloseReason::Shutdown, FarewellCode::GoingAway, "");
    check(CloseReason::from("cheating"), FarewellCode::Kicked, "cheating");
    check(CloseReason::from("\x1b[2Jboo"), FarewellCode::Kicked, r"\u{1b}[2Jboo");
    // What failed inside is nobody's business.
    check(CloseReason::Panicked, FarewellCode::InternalError, "");
    check(CloseReason::HandlerFailed("secret"), FarewellCode::InternalError, "");
    assert_eq!(server.session.farewell(&CloseReason::PeerLeft, None), None);
}

#[test]
fn violations_are_forgiven_with_time() {
    let mut clock = Clock::new(Role::Server, Limits::server());
    for _ in 0..32 {
        clock.receive(&frame(b"\xc0"));
    }
    assert_eq!(clock.events().len(), 32);
    // Three a second, for ever.
    for _ in 0..100 {
        clock.pass(SECOND);
        for _ in 0..3 {
            clock.receive(&frame(b"\xc0"));
        }
        assert!(clock.events().iter().all(|event| event.starts_with("Rejected")));
    }
    for _ in 0..40 {
        clock.receive(&frame(b"\xc0"));
    }
    assert!(clock.events().last().unwrap().contains("TooManyViolations"));
}
