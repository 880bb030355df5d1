//! R: the server runs out of something.

use std::time::{Duration, Instant};

use crate::fixture::attacker::contains;
use crate::fixture::{Attacker, Case, Setup, action, bare, holds_within};

#[test]
fn r1_no_descriptors_left() {
    let setup = Setup { descriptors: Some(64), ..Setup::default() };
    let mut case = Case::with("r1", setup);
    let attackers: Vec<_> = (0..170).filter_map(|_| Attacker::try_connect(case.addr()).ok()).collect();
    case.until("the server to say so", |counts| counts.server_errors > 0);
    // An accept that fails at once must not be asked for again at once.
    let before = case.cpu();
    let start = Instant::now();
    holds_within(Duration::from_secs(4), || false);
    let share = (case.cpu() - before).as_secs_f64() / start.elapsed().as_secs_f64();
    assert!(share < 0.05, "{:.1} % of a processor", share * 100.0);
    let counts = case.counts();
    assert_eq!(counts.server_errors, 1, "{:?}", counts.last_errors);
    assert!(
        counts.last_errors.last().is_some_and(|error| error.contains("cannot accept connections")),
        "{:?}",
        counts.last_errors
    );
    drop(attackers);
    let start = Instant::now();
    let mut good = Attacker::connect(case.addr());
    assert!(good.is_served(1));
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    drop(good);
    case.finish();
}

#[test]
fn r3_one_more_than_there_is_room_for() {
    let setup = Setup { connections: Some(8), ..Setup::default() };
    let mut case = Case::with("r3", setup);
    let mut others: Vec<_> = (0..5)
        .map(|seq| {
            let mut other = Attacker::negotiated(case.addr());
            // Whoever has spoken is not evicted.
            assert!(other.is_served(seq));
            other
        })
        .collect();
    let connects = case.counts().connects;
    for _ in 0..5 {
        let mut refused = Attacker::connect(case.addr());
        let greeting = refused.frame(Duration::from_secs(5)).expect("a reason");
        assert!(contains(&greeting, b"refused") && contains(&greeting, b"full"), "{greeting:02x?}");
        assert!(contains(&greeting, b"retry_after"), "{greeting:02x?}");
        refused.ends();
    }
    assert_eq!(case.counts().connects, connects, "on_connect ran for one that was refused");
    drop(others.pop());
    let start = Instant::now();
    let is_free = holds_within(Duration::from_secs(2), || {
        let mut next = Attacker::negotiated(case.addr());
        next.is_served(9)
    });
    assert!(is_free);
    assert!(start.elapsed() < Duration::from_millis(500), "{:?}", start.elapsed());
    drop(others);
    case.finish();
}

/// Both workers are blocked for longer than peers may be silent; those who could not be asked are not taken for dead.
#[test]
fn r5_handlers_that_block_every_worker() {
    let setup = Setup { heartbeat: Some((500, 2_000)), ..Setup::default() };
    let mut case = Case::heavy("r5", setup).round_trip(Duration::from_millis(3_500));
    let mut quiet: Vec<_> = (0..10).map(|_| Attacker::negotiated(case.addr())).collect();
    let mut attackers: Vec<_> = (0..2).map(|_| Attacker::greeted(case.addr())).collect();
    case.until("all to be there", |counts| counts.open() == 15);
    for attacker in &mut attackers {
        attacker.write(&action("block", &[("millis", &[0xcd, 0x03, 0xe8])]).repeat(3));
    }
    let start = Instant::now();
    let mut pongs = 0;
    while start.elapsed() < Duration::from_secs(5) {
        for attacker in &mut quiet {
            pongs += u32::from(attacker.answers_ping(Duration::from_millis(2)));
        }
    }
    for attacker in &mut attackers {
        assert!(attacker.is_served(1));
    }
    assert_eq!(case.handled("block"), 6);
    let counts = case.counts();
    assert_eq!(counts.closed_as("nothing came from the peer"), 0, "{:#?}", counts.closes);
    assert!(pongs > 0, "nobody was pinged");
    drop((attackers, quiet));
    case.finish();
}

#[test]
fn r5_a_handler_that_blocks_is_named_in_the_log() {
    let mut case = Case::with("r5 log", Setup::default()).round_trip(Duration::from_secs(2));
    let mut attacker = Attacker::greeted(case.addr());
    attacker.write(&action("block", &[("millis", &[0xcd, 0x03, 0xe8])]));
    assert!(attacker.is_served(1));
    case.until("the warning", |counts| counts.last_warnings.iter().any(|line| line.contains("block")));
    drop(attacker);
    case.finish();
}

/// All queues together are bounded; when they hold too much, those that hold the most give way and nobody else.
#[test]
fn r4_the_largest_queues_give_way() {
    let setup = Setup { max_buffered_total: Some(2 * 1024 * 1024), ..Setup::default() };
    let mut case = Case::heavy("r4", setup).growth(8 * 1024);
    let stuck: Vec<_> = (0..20).map(|_| Attacker::narrow(case.addr(), 4096, 64 * 1024)).collect();
    case.until("all to be there", |counts| counts.open() == 23);
    // Messages that are too short to be shared: a copy waits in each queue.
    case.ask(&crate::fixture::Command::Blast { count: 2_000, bytes: 900, pause: 500 });
    let counts = case.until("all broadcasts", |counts| counts.blasts == 2_000);
    assert!(counts.longest_blast < 50_000, "{} us", counts.longest_blast);
    let counts = case.expect_close(20, "slow consumer");
    assert!(counts.closed_as("all together reach the limit") > 0, "{:#?}", counts.closes);
    drop(stuck);
    case.finish();
}

/// Large messages that wait in all queues are in memory once: nobody has to give way for what others hold as well.
#[test]
fn r4_what_all_queues_share_counts_once() {
    let setup = Setup { max_buffered_total: Some(2 * 1024 * 1024), ..Setup::default() };
    let mut case = Case::heavy("r4 shared", setup).growth(4 * 1024);
    let stuck: Vec<_> = (0..20).map(|_| Attacker::narrow(case.addr(), 4096, 64 * 1024)).collect();
    case.until("all to be there", |counts| counts.open() == 23);
    case.ask(&crate::fixture::Command::Blast { count: 50, bytes: 16 * 1024, pause: 5_000 });
    let counts = case.until("all broadcasts", |counts| counts.blasts == 50);
    assert!(case.heap() > 512 * 1024, "nothing is queued");
    assert_eq!(counts.open(), 23, "{:#?}", counts.closes);
    drop(stuck);
    case.finish();
}

/// The program's `on_error` waits for something: only the one whose messages are wrong waits with it.
#[test]
fn r8_an_on_error_that_waits() {
    let setup = Setup { on_error_naps: Some(100), ..Setup::default() };
    let mut case = Case::with("r8 waits", setup);
    let mut attackers: Vec<_> = (0..20).map(|_| Attacker::greeted(case.addr())).collect();
    let start = Instant::now();
    for attacker in &mut attackers {
        attacker.write(&bare("fail").repeat(20));
    }
    for attacker in &mut attackers {
        assert!(attacker.is_served(1));
    }
    assert!(start.elapsed() > Duration::from_secs(2), "nothing waited: {:?}", start.elapsed());
    let counts = case.counts();
    assert_eq!((counts.errors, counts.disconnects), (400, case.before().disconnects), "{:#?}", counts.closes);
    drop(attackers);
    case.finish();
}

/// The program's `on_error` blocks every worker again and again: all are late, and nobody is lost.
#[test]
fn r8_an_on_error_that_blocks() {
    let setup = Setup { on_error_blocks: Some(100), heartbeat: Some((300, 1_500)), ..Setup::default() };
    let mut case = Case::heavy("r8 blocks", setup).round_trip(Duration::from_secs(2));
    let mut attackers: Vec<_> = (0..4).map(|_| Attacker::greeted(case.addr())).collect();
    let start = Instant::now();
    for attacker in &mut attackers {
        attacker.write(&bare("fail").repeat(10));
    }
    for attacker in &mut attackers {
        assert!(attacker.is_served(1));
    }
    assert!(start.elapsed() > Duration::from_millis(1_500), "nothing blocked: {:?}", start.elapsed());
    let counts = case.counts();
    assert_eq!((counts.errors, counts.disconnects), (40, case.before().disconnects), "{:#?}", counts.closes);
    drop(attackers);
    case.finish();
}

/// The disk that the log is written to is full.
#[test]
fn r8_a_log_that_cannot_be_written() {
    let setup = Setup { is_log_full: true, ..Setup::default() };
    let mut case = Case::with("r8 full", setup);
    for _ in 0..50 {
        let mut attacker = Attacker::greeted(case.addr());
        attacker.write(&bare("fail").repeat(3));
        assert!(attacker.is_served(1));
        attacker.reset();
    }
    let counts = case.until("all to be gone", |counts| counts.open() == 3);
    assert_eq!((counts.errors, counts.warnings), (150, 150));
    case.finish();
}

/// A handler that waits keeps no thread, however long it takes.
#[test]
fn r5_a_handler_that_waits_is_not_named_in_the_log() {
    let mut case = Case::of("r5 waits");
    let mut attacker = Attacker::greeted(case.addr());
    for _ in 0..3 {
        attacker.write(&action("nap", &[("seq", &[1]), ("millis", &[0xcd, 0x01, 0x2c])]));
        attacker.hears("echoed").expect("the answer");
    }
    assert_eq!(case.handled("nap"), 3);
    assert!(attacker.is_served(1));
    let counts = case.counts();
    assert_eq!(counts.warnings, 0, "{:?}", counts.last_warnings);
    drop(attacker);
    case.finish();
}
