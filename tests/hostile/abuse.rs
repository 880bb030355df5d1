//! A: peers that are slow, silent, too fast, or too many.

use std::io::Write;
use std::time::{Duration, Instant};

use crate::fixture::counts::Command;
use crate::fixture::{Attacker, Case, End, Setup, action, bare, text};

#[test]
fn a1_a_peer_that_never_reads() {
    let mut case = Case::heavy("a1", Setup::default()).growth(1229);
    let stuck = Attacker::narrow(case.addr(), 4096, 64 * 1024);
    case.until("it to be there", |counts| counts.open() == 4);
    case.ask(&Command::Blast { count: 400, bytes: 16 * 1024, pause: 5_000 });
    let counts = case.until("all broadcasts", |counts| counts.blasts == 400);
    // Whoever broadcasts never waits for it.
    assert!(counts.longest_blast < 50_000, "{} us", counts.longest_blast);
    case.expect_close(1, "slow consumer");
    drop(stuck);
    case.finish();
}

/// A program may keep the handle of a peer that is gone; what was queued for it is not kept with it.
#[test]
fn a1_a_handle_that_is_kept_keeps_no_queue() {
    let mut case = Case::heavy("a1 kept", Setup::default());
    let mut stuck = Attacker::narrow(case.addr(), 4096, 64 * 1024);
    stuck.write(&bare("duel"));
    case.until("it to be there", |counts| counts.handled("duel") == 1);
    case.ask(&Command::Blast { count: 50, bytes: 16 * 1024, pause: 2_000 });
    case.until("all broadcasts", |counts| counts.blasts == 50);
    assert!(case.heap() > 300 * 1024, "nothing is queued");
    stuck.reset();
    case.expect_close(1, "the connection was lost");
    case.finish();
}

/// It reads a little now and then, so that its queue never overflows.
#[test]
fn a1_a_peer_that_reads_a_byte_at_a_time() {
    let setup = Setup { write_stall: Some(3_000), ..Setup::default() };
    let mut case = Case::with("a1 drip", setup);
    let mut slow = Attacker::narrow(case.addr(), 4096, 64 * 1024);
    case.until("it to be there", |counts| counts.open() == 4);
    case.ask(&Command::Blast { count: 40, bytes: 16 * 1024, pause: 0 });
    let start = Instant::now();
    while case.counts().closed_as("slow consumer") == 0 {
        assert!(start.elapsed() < Duration::from_secs(15), "it is never closed");
        let mut byte = [0];
        let _ = slow.stream.set_read_timeout(Some(Duration::from_millis(20)));
        let _ = std::io::Read::read(&mut slow.stream, &mut byte);
        std::thread::sleep(Duration::from_millis(50));
    }
    case.expect_close(1, "the oldest message waits for 3 s");
    drop(slow);
    case.finish();
}

#[test]
fn a3_silent_connections() {
    let setup = Setup { connections: Some(100), ..Setup::default() };
    let mut case = Case::with("a3", setup);
    let mut silent = Vec::new();
    for round in 0..300 {
        silent.push(Attacker::connect(case.addr()));
        // As fast as the server says goodbye to those that it evicts.
        if round % 50 == 49 {
            std::thread::sleep(Duration::from_millis(1_100));
            let mut good = Attacker::greeted(case.addr());
            assert!(good.is_served(round), "a good client does not get in");
        }
    }
    // Who is evicted is counted as closed a moment after the next one is let in.
    let counts = case.until("no more than there is room for", |counts| counts.open() <= 100);
    assert!(counts.closed_as("had never said a word") >= 200, "{:#?}", counts.closes);
    drop(silent);
    case.finish();
}

/// As `a3`, but the attacker opens more than the server can say goodbye to, and closes none.
#[test]
fn a3_a_flood_of_silent_connections() {
    let setup = Setup { connections: Some(100), ..Setup::default() };
    let case = Case::heavy("a3 flood", setup).round_trip(crate::framing::SATURATED);
    let mut silent = Vec::new();
    let mut turned_away = 0;
    for round in 0..10 {
        for _ in 0..100 {
            silent.push(Attacker::connect(case.addr()));
        }
        let mut good = Attacker::connect(case.addr());
        if good.frame(Duration::from_secs(1)).is_none() || !good.is_served(round) {
            turned_away += 1;
        }
    }
    assert_eq!(turned_away, 0, "of ten good clients so many were turned away");
    drop(silent);
    case.finish();
}

#[test]
fn a3_silent_connections_where_a_hello_is_required() {
    let setup = Setup { require_hello: true, ..Setup::default() };
    let mut case = Case::with("a3 strict", setup);
    let mut silent: Vec<_> = (0..300).map(|_| (Attacker::greeted(case.addr()), Instant::now())).collect();
    for (attacker, began) in &mut silent {
        assert_eq!(attacker.ends_within(Duration::from_secs(8)).0, End::Fin);
        let after = began.elapsed();
        assert!(after > Duration::from_millis(4_900), "{after:?}");
        assert!(after < Duration::from_millis(6_500), "{after:?}");
    }
    case.expect_close(300, "did not say hello within 5 s");
    case.finish();
}

#[test]
fn a6_messages_as_fast_as_possible() {
    // What the kernels have taken of them is dispatched at the same rate when they are gone: 256 KiB at the server, 17 bytes a message.
    let mut case = Case::heavy("a6", Setup::default()).settle(Duration::from_secs(20));
    let addr = case.addr();
    let flood = Duration::from_secs(3);
    let attackers: Vec<_> = (0..4)
        .map(|_| {
            std::thread::spawn(move || {
                // Its own machine must not go on sending for minutes when it is gone.
                let mut attacker = Attacker::narrow(addr, 64 * 1024, 4 * 1024);
                attacker.hears_greeting();
                let _ = attacker.stream.set_write_timeout(Some(Duration::from_millis(100)));
                let frames = bare("kick").repeat(100);
                let start = Instant::now();
                let mut written = 0;
                let mut was_held_back = false;
                while start.elapsed() < flood {
                    match attacker.stream.write(&frames) {
                        Ok(count) => written += count,
                        Err(_) => was_held_back = true,
                    }
                }
                (written / bare("kick").len(), was_held_back)
            })
        })
        .collect();
    for attacker in attackers {
        let (written, was_held_back) = attacker.join().expect("an attacker");
        assert!(was_held_back, "{written} messages were all taken");
    }
    let handled = case.handled("kick");
    // A burst of 2,000 and 1,000 a second each, and what was read before the pause began.
    assert!(handled >= 4 * 2_000, "{handled}");
    assert!(handled <= 4 * (2_000 + 1_000 * 5), "{handled}");
    // Nobody was closed for being fast.
    let counts = case.counts();
    assert_eq!(counts.closed_as("violation"), 0);
    case.finish();
}

/// As `a6`, with a handler that computes for a millisecond: whoever has a burst of messages waiting does not have a worker for himself.
#[test]
fn a6_messages_that_cost_their_handler_a_millisecond() {
    let mut case = Case::heavy("a6 costly", Setup::default()).settle(Duration::from_secs(20));
    let block = action("block", &[("millis", &[1])]).repeat(1_500);
    let mut attackers: Vec<_> = (0..2).map(|_| Attacker::greeted(case.addr())).collect();
    for attacker in &mut attackers {
        attacker.write(&block);
    }
    case.until("all of them", |counts| counts.handled("block") == 3_000);
    drop(attackers);
    case.finish();
}

/// A client that says much at once and reads the answers is not slow, whatever is queued for it meanwhile.
#[test]
fn a6_a_burst_that_is_answered() {
    let mut case = Case::with("a6 answered", Setup::default());
    let mut client = Attacker::greeted(case.addr());
    let mut reader = client.stream.try_clone().expect("a socket");
    let burst = action("echo", &[("id", &[1]), ("seq", &[2])]).repeat(1_900);
    let writer = std::thread::spawn(move || reader.write_all(&burst));
    let mut answers = 0;
    while answers < 1_900 {
        let frame = client.frame(Duration::from_secs(5));
        assert!(frame.is_some(), "after {answers} answers: {:#?}", case.counts().closes);
        answers += 1;
    }
    assert!(writer.join().is_ok_and(|written| written.is_ok()));
    drop(client);
    case.finish();
}

/// A handler that takes its time holds its sender back, who is not taken for dead though nothing of it is read meanwhile.
#[test]
fn a7_a_handler_slower_than_its_sender() {
    let setup = Setup { in_queue: Some(4), heartbeat: Some((200, 1_000)), ..Setup::default() };
    let case = Case::with("a7", setup);
    let mut attacker = Attacker::narrow(case.addr(), 64 * 1024, 64 * 1024);
    attacker.hears_greeting();
    attacker.write(crate::fixture::attacker::HELLO);
    let mut reader = attacker.stream.try_clone().expect("a socket");
    let count = 60_u64;
    let sender = std::thread::spawn(move || {
        let ballast = text(&"x".repeat(50_000));
        let mut longest = Duration::ZERO;
        for seq in 0..count {
            let nap = action("nap", &[("seq", &[seq as u8]), ("millis", &[60]), ("ballast", &ballast)]);
            let start = Instant::now();
            reader.write_all(&nap).expect("the server reads in the end");
            longest = longest.max(start.elapsed());
        }
        longest
    });
    let mut echoed = 0;
    let start = Instant::now();
    while echoed < count {
        let frame = attacker.frame(Duration::from_secs(10)).expect("it is not taken for dead");
        if crate::fixture::attacker::contains(&frame, b"echoed") {
            echoed += 1;
        }
    }
    assert!(start.elapsed() > Duration::from_secs(3));
    let longest = sender.join().expect("the sender");
    assert!(longest > Duration::from_millis(50), "it was never held back: {longest:?}");
    drop(attacker);
    case.finish();
}

/// Many connect in one instant, as after a restart: nobody waits for the kernel to try again, which it does after a second.
#[test]
fn a9_a_burst_of_connects() {
    let case = Case::heavy("a9", Setup::default()).growth(8 * 1024);
    let mut slow = 0;
    let mut attackers = Vec::new();
    for _ in 0..900 {
        let start = Instant::now();
        attackers.push(Attacker::connect(case.addr()));
        if start.elapsed() > Duration::from_millis(500) {
            slow += 1;
        }
    }
    assert_eq!(slow, 0, "so many of 900 had to wait");
    drop(attackers);
    case.finish();
}

/// Pongs that nobody asked for, and pings: each costs a token, and one pong at most waits.
#[test]
fn a8_a_flood_of_pings_and_pongs() {
    let case = Case::heavy("a8", Setup::default());
    let mut attacker = Attacker::negotiated(case.addr());
    let _ = attacker.stream.set_write_timeout(Some(Duration::from_millis(100)));
    let flood = [action("repod.ping", &[("id", &[1])]), action("repod.pong", &[("id", &[2])])].concat().repeat(100);
    let start = Instant::now();
    let mut was_held_back = false;
    while start.elapsed() < Duration::from_secs(3) {
        was_held_back |= attacker.stream.write(&flood).is_err();
    }
    assert!(was_held_back);
    let cpu = case.cpu();
    assert!(cpu < Duration::from_secs(1), "{cpu:?}");
    drop(attacker);
    case.finish();
}
