//! Cases about our own client: what is left of a connection that was lost, dropped, or flooded.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use repod::{Connection, Event, Reconnect};

use crate::fixture::sample::{Sample, waited_for_a_processor};
use crate::fixture::{alone, bare, eventually, header, holds_within};
use crate::network::Idle;

fn number(number: u32) -> Vec<u8> {
    repod::encode(&crate::fixture::protocol::ToClient::Number { number }).expect("a number")
}

/// A server that dies in the middle of a frame spoils nothing for the next connection.
#[test]
fn c6_connection_lost_in_a_frame() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let addr = listener.local_addr().expect("an address");
    let server = std::thread::spawn(move || {
        for round in 0..10 {
            let (mut stream, _) = listener.accept().expect("the client");
            stream.write_all(&bare("connected")).expect("the client reads");
            stream.write_all(&number(round)).expect("the client reads");
            stream.write_all(&header(50)).expect("the client reads");
            stream.write_all(b"\x82\xa6act").expect("the client reads");
        }
    });
    for round in 0..10 {
        let mut connection: Connection<Idle> = repod::connect(addr);
        let mut idle = Idle::default();
        eventually("the end", || {
            let _ = connection.pump(&mut idle);
            !idle.closes.is_empty()
        });
        assert_eq!(idle.numbers, [round]);
        assert_eq!(idle.closes.len(), 1);
        assert!(idle.closes[0].may_retry(), "{}", idle.closes[0]);
    }
    server.join().expect("the server");
}

/// Connections that are dropped at any moment leave nothing behind: no descriptor, no thread.
#[test]
fn l9_connections_that_are_dropped() {
    alone("client::l9_connections_that_are_dropped", Duration::from_secs(60), || {
        let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
        let silent_addr = silent.local_addr().expect("an address");
        let greeting = TcpListener::bind("127.0.0.1:0").expect("a port");
        let greeting_addr = greeting.local_addr().expect("an address");
        std::thread::spawn(move || {
            while let Ok((mut stream, _)) = greeting.accept() {
                let _ = stream.write_all(&bare("connected"));
                std::thread::spawn(move || {
                    let mut space = [0; 1024];
                    while matches!(stream.read(&mut space), Ok(1..)) {}
                });
            }
        });
        // Nothing listens there.
        let nobody = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
        drop(repod::connect::<Idle>(greeting_addr));
        let before = Sample::here();
        for addr in [silent_addr, greeting_addr, nobody] {
            for micros in (0..2_000).step_by(100) {
                let mut connection: Connection<Idle> = repod::connect(addr);
                let start = Instant::now();
                while start.elapsed() < Duration::from_micros(micros) {
                    let _ = connection.poll();
                }
                let start = Instant::now();
                drop(connection);
                assert!(start.elapsed() < Duration::from_millis(1_500));
            }
        }
        // What the silent listener has accepted belongs to the test.
        silent.set_nonblocking(true).expect("a socket option");
        while silent.accept().is_ok() {}
        let is_back = holds_within(Duration::from_secs(3), || {
            let now = Sample::here();
            now.descriptors <= before.descriptors && now.threads <= before.threads
        });
        assert!(is_back, "{before:?} before, {:?} now", Sample::here());
    });
}

/// A server that is away for a thousand attempts: no descriptor and no thread is left behind.
#[test]
fn c2_a_thousand_attempts() {
    alone("client::c2_a_thousand_attempts", Duration::from_secs(60), || {
        let nobody = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
        let hasty = Reconnect::default().base(Duration::from_micros(100)).cap(Duration::from_millis(1));
        let mut connection = repod::connect::<Idle>(nobody).reconnect(hasty);
        let mut before = None;
        let mut made = 0;
        eventually("a thousand attempts", || {
            if let Some(Event::Reconnecting { attempt, .. }) = connection.poll() {
                made = attempt;
                before.get_or_insert_with(Sample::here);
            }
            made >= 1_000
        });
        let (before, now) = (before.expect("a first attempt"), Sample::here());
        // One socket may be open at this moment.
        assert!(now.descriptors <= before.descriptors + 1 && now.threads <= before.threads, "{before:?}, {now:?}");
    });
}

/// As `l9`, inside a runtime, where connections are tasks; and the runtime goes away under some of them.
#[test]
fn l7_connections_whose_runtime_is_dropped() {
    alone("client::l7_connections_whose_runtime_is_dropped", Duration::from_secs(60), || {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let addr = listener.local_addr().expect("an address");
        // The first runtime of a process opens what all share.
        drop(tokio::runtime::Runtime::new());
        let before = Sample::here();
        for _ in 0..5 {
            let runtime = tokio::runtime::Runtime::new().expect("a runtime");
            let connections: Vec<Connection<Idle>> = runtime.block_on(async {
                let connections = (0..10).map(|_| repod::connect(addr)).collect();
                tokio::task::yield_now().await;
                connections
            });
            runtime.shutdown_timeout(Duration::from_secs(2));
            for mut connection in connections {
                // It has ended, and says so instead of hanging.
                assert!(holds_within(Duration::from_secs(2), || {
                    let _ = connection.poll();
                    !connection.is_open()
                }));
            }
        }
        listener.set_nonblocking(true).expect("a socket option");
        while listener.accept().is_ok() {}
        let is_back = holds_within(Duration::from_secs(3), || {
            let now = Sample::here();
            now.descriptors <= before.descriptors && now.threads <= before.threads
        });
        assert!(is_back, "{before:?} before, {:?} now", Sample::here());
    });
}

/// A server that sends as fast as it can: each pump returns within its budget, and all comes in order.
#[test]
fn l12_a_pump_under_a_flood() {
    let count: u32 = if cfg!(debug_assertions) { 200_000 } else { 1_000_000 };
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let addr = listener.local_addr().expect("an address");
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("the client");
        stream.write_all(&bare("connected")).expect("the client reads");
        let mut was_held_back = Duration::ZERO;
        for first in (0..count).step_by(1_000) {
            let frames: Vec<u8> = (first..first + 1_000).flat_map(number).collect();
            let start = Instant::now();
            stream.write_all(&frames).expect("the client reads");
            was_held_back = was_held_back.max(start.elapsed());
        }
        (stream, was_held_back)
    });
    let mut connection: Connection<Idle> = repod::connect(addr);
    let mut idle = Idle::default();
    let mut times = Vec::new();
    let start = Instant::now();
    while idle.numbers.len() < count as usize {
        assert!(start.elapsed() < Duration::from_secs(60), "{}", idle.numbers.len());
        let (pump, waited) = (Instant::now(), waited_for_a_processor());
        let pumped = connection.pump(&mut idle);
        // What others had of the processor meanwhile is not the pump's.
        times.push(pump.elapsed().saturating_sub(waited_for_a_processor().saturating_sub(waited)));
        assert!(pumped.handled() <= 256);
        assert!(pumped.is_open());
        if pumped.handled() == 0 {
            std::thread::yield_now();
        }
    }
    assert!(idle.numbers.iter().copied().eq(0..count), "out of order");
    let p99 = crate::fixture::witness::percentile(times, 99);
    assert!(p99 < Duration::from_millis(4), "{p99:?}");
    let (_stream, was_held_back) = server.join().expect("the server");
    println!("l12: p99 of a pump {p99:?}, the server was held back for {was_held_back:?} at once");
}

/// Dropped while it is told of an event, or before it took any.
#[test]
fn l9_events_that_nobody_takes() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let addr = listener.local_addr().expect("an address");
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("the client");
        let _ = stream.write_all(&bare("connected"));
        let frames: Vec<u8> = (0..10_000).flat_map(number).collect();
        let _ = stream.write_all(&frames);
        let mut space = [0; 64];
        while matches!(stream.read(&mut space), Ok(1..)) {}
    });
    let mut connection: Connection<Idle> = repod::connect(addr);
    eventually("the greeting", || matches!(connection.poll(), Some(Event::Connected)));
    let start = Instant::now();
    drop(connection);
    assert!(start.elapsed() < Duration::from_millis(1_500), "{:?}", start.elapsed());
    server.join().expect("the server");
}
