//! The lines by which the hardening of the server is done, each with the figures that it names.

use std::io::Read;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use repod::proto::{FrameDecoder, Limits};

use crate::fixture::protocol::ToClient;
use crate::fixture::server::clock;
use crate::fixture::witness::percentile;
use crate::fixture::{Attacker, Case, Command, Setup, frame, message, text};

/// Ten thousand connections that reset while the server broadcasts.
#[test]
fn ten_thousand_resets_leave_no_ghost() {
    let mut case = Case::heavy("resets", Setup::default()).growth(8 * 1024).round_trip(crate::framing::SATURATED);
    case.ask(&Command::Blast { count: 100_000, bytes: 1_000, pause: 1_000 });
    let count = 10_000;
    for _ in 0..count / 50 {
        let attackers: Vec<_> = (0..50).map(|_| Attacker::greeted(case.addr())).collect();
        // Broadcasts have come by then, and none reads them.
        for attacker in attackers {
            attacker.reset();
        }
        case.until("them to be gone", |counts| counts.open() < 50);
    }
    let counts = case.until("all to be gone", |counts| counts.open() == 3 && counts.peers == 3);
    let blasts = counts.blasts;
    assert!(blasts > 100, "only {blasts} broadcasts went out meanwhile");
    assert_eq!(counts.closed_as("the connection was lost"), count, "{:#?}", counts.closes);
    case.finish();
}

/// One client never reads, a hundred others do.
#[test]
fn one_that_never_reads_costs_little_and_nobody_notices() {
    let mut case = Case::heavy("non-reader", Setup::default());
    let addr = case.addr();
    let is_over = AtomicBool::new(false);
    let rounds = 200;
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..4).map(|_| scope.spawn(|| read(addr, 25, rounds, &is_over))).collect();
        case.until("the readers", |counts| counts.open() == 103);
        // Their buffers are there before it is measured what the one that does not read costs.
        case.ask(&Command::Blast { count: 5, bytes: 16 * 1024, pause: 20_000 });
        case.until("the first broadcasts", |counts| counts.blasts == 5);
        let stuck = Attacker::connect(addr);
        case.until("it to be there", |counts| counts.open() == 104);
        case.mark();
        case.ask(&Command::Blast { count: rounds, bytes: 16 * 1024, pause: 20_000 });
        let closed = std::time::Instant::now();
        case.until("it to be closed", |counts| counts.closed_as("slow consumer") == 1);
        let closed = closed.elapsed();
        assert!(closed < Duration::from_secs(10), "{closed:?}");
        case.until("all broadcasts", |counts| counts.blasts == rounds + 5);
        let mut latencies = Vec::new();
        for reader in readers {
            latencies.extend(reader.join().expect("a reader"));
        }
        let p99 = percentile(latencies, 99);
        println!("non-reader: closed after {closed:?}, p99 of the others {p99:?}");
        assert!(p99 < Duration::from_millis(50) * tolerance(), "{p99:?}");
        drop(stuck);
    });
    is_over.store(true, Ordering::Relaxed);
    case.growth(1536).finish();
}

/// A debug build of a test that is busy itself takes longer to look at what came.
fn tolerance() -> u32 {
    if cfg!(debug_assertions) { 3 } else { 1 }
}

/// Some clients that read all that comes; how old each broadcast was when it came.
fn read(addr: SocketAddr, count: usize, rounds: u64, is_over: &AtomicBool) -> Vec<Duration> {
    let mut readers: Vec<_> = (0..count)
        .map(|_| {
            let mut reader = Attacker::greeted(addr);
            // Whoever has spoken is not evicted.
            reader.write(crate::fixture::attacker::HELLO);
            reader.stream.set_nonblocking(true).expect("a socket option");
            (reader.stream, FrameDecoder::new(Limits::FRAME_CEILING), None, false)
        })
        .collect();
    let mut latencies = Vec::new();
    let mut space = vec![0; 256 * 1024];
    let deadline = std::time::Instant::now() + Duration::from_secs(60);
    while readers.iter().any(|(.., is_done)| !is_done) && !is_over.load(Ordering::Relaxed) {
        assert!(std::time::Instant::now() < deadline, "broadcasts are missing");
        for (stream, decoder, next, is_done) in &mut readers {
            match stream.read(&mut space) {
                Ok(0) => panic!("a reader was closed"),
                Ok(count) => decoder.push(&space[..count]),
                Err(_) => continue,
            }
            while let Some(frame) = decoder.next_frame().expect("whole frames") {
                let Ok(ToClient::Blast { seq, at, .. }) = repod::decode(frame) else {
                    continue;
                };
                assert!(seq == 0 || *next == Some(seq), "{seq} instead of {next:?}");
                *next = Some(seq + 1);
                *is_done |= seq + 1 == rounds;
                latencies.push(Duration::from_micros(clock().saturating_sub(at)));
            }
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    latencies
}

/// The three frames that break other decoders.
#[test]
fn the_worst_frames_cost_little() {
    let mut case = Case::heavy("worst frames", Setup::default());
    let nested = [&[0x91; 60_000][..], &[0xc0]].concat();
    let mut tree = [0x81, 0xa1, b'A'].repeat(20_000);
    tree.extend(text("Leaf"));
    let claim = [0xdd, 0xff, 0xff, 0xff, 0xff];
    let frames = [
        ("nested arrays", message("ping", &[("x", &nested)])),
        ("a recursive enum", message("tree", &[("tree", &tree)])),
        ("a claim", message("list", &[("list", &claim)])),
    ];
    for (what, payload) in frames {
        let peak = case.peak(|case| {
            let before = case.counts().closed_as("malformed");
            let mut attacker = Attacker::greeted(case.addr());
            attacker.try_write(&frame(&payload));
            attacker.ends();
            case.expect_close(before + 1, "malformed");
        });
        println!("worst frames: {what} cost {peak} bytes");
        assert!(peak < 256 * 1024, "{what}: {peak} bytes");
    }
    case.finish();
}
