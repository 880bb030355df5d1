//! S: messages that are well-formed and mean harm.

use std::io::Write;
use std::net::TcpListener;
use std::time::Duration;

use repod::{ConnectionError, Event, Unknown, prelude::*};

use crate::fixture::protocol::{ToClient, ToClientHandler, ToServer};
use crate::fixture::{Attacker, Case, End, action, bare, eventually, frame, message, text};

#[test]
fn s1_a_peer_that_says_it_is_gone() {
    let mut case = Case::of("s1");
    let mut attacker = Attacker::greeted(case.addr());
    attacker.write(&bare("disconnected"));
    attacker.write(&bare("hello"));
    assert!(attacker.is_served(1));
    let counts = case.counts();
    assert_eq!(counts.unknowns, 1);
    assert_eq!(case.handled("hello"), 1);
    assert_eq!(case.counts().open(), 4);
    drop(attacker);
    case.finish();
}

/// The names that mean something to other libraries mean nothing here.
const LIFECYCLE: [&str; 12] = [
    "connected",
    "disconnected",
    "error",
    "socketConnect",
    "Network_connected",
    "Network_disconnected",
    "on_close",
    "on_connect",
    "close",
    "repod.close",
    "repod.ping",
    "repod.nonsense",
];

#[test]
fn s2_forged_lifecycle() {
    let mut case = Case::of("s2");
    let mut attacker = Attacker::greeted(case.addr());
    for name in LIFECYCLE {
        attacker.write(&bare(name));
    }
    assert!(attacker.is_served(1));
    let counts = case.counts();
    assert_eq!(counts.unknowns, LIFECYCLE.len() as u64, "{:?}", counts.last_unknowns);
    assert_eq!(counts.open(), 4);
    // A hello in the middle of a conversation is none.
    attacker.write(crate::fixture::attacker::HELLO);
    assert!(attacker.is_served(2));
    assert_eq!(case.counts().unknowns, LIFECYCLE.len() as u64 + 1);
    drop(attacker);
    case.finish();
}

/// A client that counts what it is told.
#[derive(Default)]
struct Game {
    connects: u32,
    closes: u32,
    unknowns: u32,
    echoes: u32,
}

impl Client for Game {
    type Incoming = ToClient;
    type Outgoing = ToServer;

    fn on_connect(&mut self, _: &Peer<ToServer>) -> repod::Result {
        self.connects += 1;
        Ok(())
    }

    fn on_close(&mut self, _: CloseReason) {
        self.closes += 1;
    }

    fn on_error(&mut self, _: ConnectionError) {}

    fn on_unknown(&mut self, _: Unknown) -> repod::Result {
        self.unknowns += 1;
        Ok(())
    }
}

impl ToClientHandler for Game {
    fn on_echoed(&mut self, _: u32, _: u64) -> repod::Result {
        self.echoes += 1;
        Ok(())
    }

    fn on_number(&mut self, _: u32) -> repod::Result {
        Ok(())
    }

    fn on_blast(&mut self, _: u64, _: u64, _: String) -> repod::Result {
        Ok(())
    }

    fn on_position(&mut self, _: u32, _: u64, _: String) -> repod::Result {
        Ok(())
    }

    fn on_gone(&mut self, _: u64) -> repod::Result {
        Ok(())
    }
}

#[test]
fn s2_a_hostile_server_forges_lifecycle() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let addr = listener.local_addr().expect("an address");
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("the client");
        let mut bytes = bare("connected");
        for name in LIFECYCLE {
            bytes.extend(bare(name));
        }
        bytes.extend(action("echoed", &[("id", &[1]), ("seq", &[1])]));
        stream.write_all(&bytes).expect("the client reads");
        stream
    });
    let mut connection = repod::connect::<Game>(addr);
    let mut game = Game::default();
    eventually("the echo", || {
        let _ = connection.pump(&mut game);
        game.echoes == 1
    });
    assert_eq!((game.connects, game.closes), (1, 0));
    assert_eq!(game.unknowns, LIFECYCLE.len() as u32);
    assert!(connection.is_open());
    let _stream = server.join().expect("the server");
}

/// What a hostile server says instead of a greeting, or behind it: the client names what is wrong and lives on.
#[test]
fn s2_a_hostile_server_says_anything() {
    let greeting = bare("connected");
    let nested = [&[0x91; 60_000][..], &[0xc0]].concat();
    let cases: [(&str, Vec<u8>); 6] = [
        ("an enormous frame", vec![0xff; 4]),
        ("an empty frame", vec![0; 4]),
        ("nesting", frame(&nested)),
        ("HTTP", b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()),
        ("nesting later", [&greeting[..], &frame(&nested)].concat()),
        (
            "a claim later",
            [&greeting[..], &frame(&message("number", &[("number", &[0xdd, 0xff, 0xff, 0xff, 0xff])]))].concat(),
        ),
    ];
    for (what, bytes) in cases {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let addr = listener.local_addr().expect("an address");
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("the client");
            let _ = stream.write_all(&bytes);
            stream
        });
        let mut connection = repod::connect::<Game>(addr);
        let mut ended = None;
        eventually(what, || {
            ended = match connection.poll() {
                Some(Event::Failed(error)) => Some(error.to_string()),
                Some(Event::Closed(reason)) => Some(reason.to_string()),
                _ => None,
            };
            ended.is_some()
        });
        drop(server.join());
        assert!(!ended.unwrap_or_default().is_empty(), "{what}");
    }
}

#[test]
fn s3_unknown_actions() {
    let mut case = Case::of("s3");
    let mut attacker = Attacker::greeted(case.addr());
    for _ in 0..32 {
        attacker.write(&action("dance", &[("style", &text("waltz"))]));
    }
    assert!(attacker.is_served(1), "so many are allowed");
    let counts = case.counts();
    assert_eq!(counts.unknowns, 32);
    assert_eq!(counts.last_unknowns.last().map(String::as_str), Some("dance (2 fields)"));
    for _ in 0..32 {
        attacker.try_write(&bare("dance"));
    }
    assert_eq!(attacker.ends(), End::Fin);
    let counts = case.expect_close(1, "more than 32 violations in 10 s");
    // One token comes back every 312 ms.
    assert!((33..36).contains(&counts.unknowns), "{}", counts.unknowns);
    case.finish();
}

#[test]
fn s4_fields_that_do_not_fit() {
    let mut case = Case::of("s4");
    let mut attacker = Attacker::greeted(case.addr());
    for (seq, (payload, error)) in [
        (message("hp", &[]), "action `hp`, field `hp`: expected i64, but it is missing"),
        (message("hp", &[("hp", &text("ten"))]), "action `hp`, field `hp`: expected i64, got a string"),
        (
            message("list", &[("list", &[0x92, 0xa1, b'a', 7])]),
            "action `list`, field `list[1]`: expected a string, got",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        attacker.write(&frame(&payload));
        assert!(attacker.is_served(seq as u64));
        let counts = case.counts();
        assert_eq!(counts.errors, seq as u64 + 1);
        let last = counts.last_errors.last().expect("an error");
        assert!(last.contains(error), "{last}");
    }
    attacker.write(&action("hp", &[("hp", &[1]), ("mp", &[2])]));
    assert!(attacker.is_served(9));
    assert_eq!(case.handled("hp"), 1);
    drop(attacker);
    case.finish();
}

/// What is logged of it is looked at when the case ends, as it is for every case.
#[test]
fn s7_a_handler_that_fails_with_the_words_of_a_peer() {
    let mut case = Case::of("s7 words");
    let mut attacker = Attacker::greeted(case.addr());
    let forged = format!("x\n12:00:00 [+] forged\x1b[31m{}", "y".repeat(5_000));
    attacker.write(&action("complain", &[("text", &text(&forged))]));
    assert!(attacker.is_served(1));
    assert_eq!(case.handled("complain"), 1);
    case.until("the warning", |counts| counts.last_warnings.iter().any(|line| line.contains("no such room")));
    drop(attacker);
    case.finish();
}

#[test]
fn s7_a_handler_that_always_fails() {
    let mut case = Case::of("s7");
    let mut attacker = Attacker::greeted(case.addr());
    let fails = bare("fail").repeat(100);
    let mut written = 0;
    while written < 100 && attacker.try_write(&fails) {
        written += 1;
    }
    assert_ne!(attacker.ends_within(Duration::from_secs(10)).0, End::Open);
    let counts = case.expect_close(1, "more than 32 violations in 10 s");
    assert!((33..36).contains(&counts.handled("fail")), "{}", counts.handled("fail"));
    assert_eq!(counts.errors, counts.handled("fail"));
    case.finish();
}
