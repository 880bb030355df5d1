//! L: races between opening, closing, broadcasting and shutting down.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::fixture::attacker::contains;
use crate::fixture::sample::Sample;
use crate::fixture::{Attacker, Case, Command, End, Setup, action, bare, eventually, holds_within};

fn burst(count: u16) -> Vec<u8> {
    action("burst", &[("count", &[&[0xcd][..], &count.to_be_bytes()].concat())])
}

#[test]
fn l1_messages_before_a_close() {
    let mut case = Case::of("l1");
    for hello in [false, true] {
        let mut attacker = Attacker::greeted(case.addr());
        if hello {
            attacker.write(crate::fixture::attacker::HELLO);
        }
        // What is sent behind it is not dispatched.
        attacker.write(&[burst(50), bare("kick").repeat(50)].concat());
        let mut frames = Vec::new();
        while let Some(frame) = attacker.frame(Duration::from_secs(5)) {
            frames.push(frame);
        }
        assert!(frames.len() >= 50, "{}", frames.len());
        for (number, frame) in frames.iter().take(50).enumerate() {
            assert_eq!(frame.last(), Some(&(number as u8)), "{frame:02x?}");
        }
        assert_eq!(frames.len(), 50 + usize::from(hello));
        if hello {
            let last = &frames[50];
            assert!(contains(last, b"repod.close") && contains(last, b"burst is over"), "{last:02x?}");
        }
    }
    case.expect_close(2, "burst is over");
    assert_eq!(case.handled("kick"), 0);
    case.finish();
}

#[test]
fn l2_a_panic_in_a_handler() {
    let mut case = Case::of("l2").panics(10);
    for _ in 0..10 {
        let mut attacker = Attacker::greeted(case.addr());
        attacker.write(&[bare("panic"), bare("kick")].concat());
        assert_eq!(attacker.ends(), End::Fin);
    }
    let counts = case.expect_close(10, "a handler panicked");
    assert_eq!(counts.errors, 10);
    assert!(counts.last_errors.iter().all(|error| error.contains("panicked: injected")));
    assert_eq!(case.handled("kick"), 0);
    case.finish();
}

#[test]
fn l2_a_panic_in_any_callback() {
    // The callback, and how many panics five connections make of it.
    for callback in ["joins", "on_connect", "on_error", "on_close", "leaves", "drop"] {
        let setup = Setup { panics: vec![callback.to_owned()], ..Setup::default() };
        let mut case = Case::with("l2 callbacks", setup).panics(5);
        for _ in 0..5 {
            let mut attacker = Attacker::greeted(case.addr());
            attacker.try_write(&bare("fail"));
            attacker.try_write(&burst(1));
            assert_ne!(attacker.ends(), End::Open, "{callback}");
        }
        let counts = case.until("all to be gone", |counts| counts.disconnects == 5);
        assert_eq!(counts.peers, 0);
        case.finish();
    }
}

#[test]
fn l3_a_handler_that_fails() {
    for closes in [false, true] {
        let setup = Setup { close_on_handler_error: closes, ..Setup::default() };
        let mut case = Case::with("l3", setup);
        let mut attacker = Attacker::greeted(case.addr());
        attacker.write(&bare("fail"));
        if closes {
            assert_eq!(attacker.ends(), End::Fin);
            case.expect_close(1, "the handler of `fail` failed");
        } else {
            assert!(attacker.is_served(1));
        }
        assert_eq!(case.counts().errors, 1);
        drop(attacker);
        case.finish();
    }
}

#[test]
fn l4_broadcasts_while_peers_reset() {
    churn("l4", Duration::from_secs(4));
}

#[test]
#[ignore = "takes a minute"]
fn l4_broadcasts_while_peers_reset_for_a_minute() {
    churn("l4 long", Duration::from_secs(60));
}

fn churn(name: &'static str, time: Duration) {
    let mut case = Case::heavy(name, Setup::default());
    let rounds = u64::try_from(time.as_millis()).expect("a short time");
    case.ask(&Command::Blast { count: rounds, bytes: 200, pause: 1_000 });
    let is_over = AtomicBool::new(false);
    let addr = case.addr();
    let resets: u64 = std::thread::scope(|scope| {
        let churners: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut resets = 0;
                    while !is_over.load(Ordering::Relaxed) {
                        let attackers: Vec<_> = (0..25).map(|_| Attacker::greeted(addr)).collect();
                        for attacker in attackers {
                            attacker.reset();
                            resets += 1;
                        }
                    }
                    resets
                })
            })
            .collect();
        holds_within(time, || false);
        is_over.store(true, Ordering::Relaxed);
        churners.into_iter().filter_map(|churner| churner.join().ok()).sum()
    });
    assert!(resets > 100, "{resets}");
    // A pause of a millisecond is longer on a busy machine.
    holds_within(time, || case.counts().blasts == rounds);
    case.until("the broadcasts to end", |counts| counts.blasts == rounds);
    case.finish();
}

#[test]
fn l5_shutdown_whatever_goes_on() {
    let setup = Setup { is_unwitnessed: true, ..Setup::default() };
    let mut case = Case::with("l5", setup);
    let addr = case.addr();
    // Handlers that wait, queues that are full, frames that are not whole, connections that say nothing, and one that comes.
    let mut peers: Vec<_> = (0..20).map(|_| Attacker::negotiated(addr)).collect();
    for peer in &mut peers {
        peer.write(&action("nap", &[("seq", &[1]), ("millis", &[0xcd, 0xff, 0xff])]));
    }
    let stuck: Vec<_> = (0..20).map(|_| Attacker::narrow(addr, 4096, 64 * 1024)).collect();
    let mut cut: Vec<_> = (0..20).map(|_| Attacker::greeted(addr)).collect();
    for attacker in &mut cut {
        attacker.write(&[0, 0]);
    }
    case.until("all to be there", |counts| counts.open() == 60 && counts.handled("nap") == 20);
    case.ask(&Command::Blast { count: 40, bytes: 16 * 1024, pause: 1_000 });
    let opened = Arc::new(AtomicU64::new(0));
    let storm = {
        let opened = opened.clone();
        std::thread::spawn(move || {
            let start = Instant::now();
            while start.elapsed() < Duration::from_secs(10) && Attacker::try_connect(addr).is_ok() {
                opened.fetch_add(1, Ordering::Relaxed);
            }
        })
    };
    eventually("others to come", || opened.load(Ordering::Relaxed) > 10);
    let answer = case.ask(&Command::ShutdownRepeatedly { deadline: 2_000 });
    let (millis, cut_off): (u64, usize) = serde_json::from_str(&answer).expect("how long it took");
    assert!(millis < 2_500, "{millis} ms");
    assert!(cut_off >= 20, "{cut_off}");
    let again = TcpListener::bind(addr);
    assert!(again.is_ok(), "{again:?}");
    storm.join().expect("the storm");
    let counts = case.until("all tasks to end", |counts| counts.tasks == 0);
    assert_eq!(counts.connects, counts.disconnects);
    assert!(counts.faults.is_empty(), "{:#?}", counts.faults);
    assert_eq!((counts.peers, counts.panics), (0, 0));
    drop((peers, stuck, cut));
}

#[test]
fn l6_a_broadcast_from_within_on_disconnect() {
    let setup = Setup { gossip: true, ..Setup::default() };
    let mut case = Case::with("l6", setup);
    let start = Instant::now();
    for _ in 0..5 {
        let attackers: Vec<_> = (0..100).map(|_| Attacker::greeted(case.addr())).collect();
        for (index, attacker) in attackers.into_iter().enumerate() {
            if index % 2 == 0 {
                attacker.reset();
            }
        }
        case.until("all to be gone", |counts| counts.open() == 3);
    }
    assert!(start.elapsed() < Duration::from_secs(15));
    case.finish();
}

#[test]
fn l6_two_that_kick_each_other() {
    let mut case = Case::of("l6 duel");
    for _ in 0..20 {
        let mut duellists: Vec<_> = (0..8).map(|_| Attacker::greeted(case.addr())).collect();
        for duellist in &mut duellists {
            duellist.try_write(&bare("duel"));
        }
        let before = case.counts().open();
        // Each but the last one to speak is kicked.
        case.until("one to be left", |counts| counts.open() <= before.min(4));
        drop(duellists);
        case.until("all to be gone", |counts| counts.open() == 3);
    }
    assert!(case.counts().closed_as("lost the duel") >= 20);
    case.finish();
}

#[test]
fn l7_a_server_that_is_dropped() {
    for command in [Command::DropServer, Command::DropRuntime] {
        let setup = Setup { is_unwitnessed: true, ..Setup::default() };
        let mut case = Case::with("l7", setup);
        let before = Sample::of(case.server.pid()).descriptors;
        let mut peers: Vec<_> = (0..20).map(|_| Attacker::greeted(case.addr())).collect();
        for peer in &mut peers {
            peer.write(&action("nap", &[("seq", &[1]), ("millis", &[0xcd, 0xff, 0xff])]));
        }
        case.until("all to be there", |counts| counts.handled("nap") == 20);
        case.ask(&command);
        for peer in &mut peers {
            assert_ne!(peer.ends(), End::Open, "{command:?}");
        }
        let counts = case.until("all tasks to end", |counts| counts.tasks == 0);
        assert_eq!(counts.panics, 0, "{}", case.server.transcript());
        let pid = case.server.pid();
        assert!(
            holds_within(Duration::from_secs(2), || Sample::of(pid).descriptors < before),
            "{before} before, {} now",
            Sample::of(pid).descriptors
        );
        if matches!(command, Command::DropServer) {
            assert_eq!(counts.connects, counts.disconnects, "{command:?}");
        }
    }
}
