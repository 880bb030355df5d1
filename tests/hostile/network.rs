//! N: the network, or a machine, fails.

use std::time::{Duration, Instant};

use repod::{CloseReason, Connection, ConnectionError, Event, prelude::*};

use crate::fixture::protocol::{ToClient, ToClientHandler, ToServer};
use crate::fixture::{Attacker, Case, Setup, bare, eventually, header, holds_within};

#[test]
fn n1_resets() {
    let mut case = Case::heavy("n1", Setup::default());
    for round in 0..999 {
        let mut attacker = Attacker::greeted(case.addr());
        match round % 3 {
            0 => {}
            1 => {
                attacker.write(&header(100));
                attacker.write(b"\x82");
            }
            // The server is writing to it, or is about to.
            _ => {
                attacker.write(&bare("kick").repeat(3));
                let burst = repod::encode(&ToServer::Echo { id: 0, seq: 0 }).expect("an echo");
                attacker.write(&burst.repeat(20));
            }
        }
        attacker.reset();
        if round % 100 == 99 {
            case.until("them to be gone", |counts| counts.open() == 3);
        }
    }
    let counts = case.until("all to be gone", |counts| counts.open() == 3);
    assert_eq!(counts.closed_as("the connection was lost"), 999, "{:#?}", counts.closes);
    case.finish();
}

/// A client that does nothing but be connected.
#[derive(Default)]
pub struct Idle {
    pub numbers: Vec<u32>,
    pub closes: Vec<CloseReason>,
}

impl Client for Idle {
    type Incoming = ToClient;
    type Outgoing = ToServer;

    fn on_close(&mut self, reason: CloseReason) {
        self.closes.push(reason);
    }

    fn on_error(&mut self, _: ConnectionError) {}
}

impl ToClientHandler for Idle {
    fn on_echoed(&mut self, _: u32, _: u64) -> repod::Result {
        Ok(())
    }

    fn on_number(&mut self, number: u32) -> repod::Result {
        self.numbers.push(number);
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

/// Connections of our own client that have been greeted.
fn clients(case: &Case, count: usize) -> Vec<Connection<Idle>> {
    let mut connections: Vec<Connection<Idle>> = (0..count).map(|_| repod::connect(case.addr())).collect();
    for connection in &mut connections {
        eventually("the greeting", || matches!(connection.poll(), Some(Event::Connected)));
    }
    connections
}

/// How each of them ended, if it did; what else came is passed over.
fn ended(connection: &mut Connection<Idle>) -> Option<CloseReason> {
    while let Some(event) = connection.poll() {
        if let Event::Closed(reason) = event {
            return Some(reason);
        }
    }
    None
}

#[test]
fn n3_a_server_that_is_killed() {
    let setup = Setup { is_unwitnessed: true, ..Setup::default() };
    let mut case = Case::with("n3", setup);
    let mut connections = clients(&case, 20);
    // Half of them are in the middle of something.
    case.ask(&crate::fixture::Command::Blast { count: 100_000, bytes: 1000, pause: 100 });
    case.until("broadcasts", |counts| counts.blasts > 100);
    case.server.signal("KILL");
    let start = Instant::now();
    for connection in &mut connections {
        let mut reason = None;
        eventually("the end", || {
            reason = reason.take().or_else(|| ended(connection));
            reason.is_some()
        });
        let reason = reason.expect("it ended");
        assert!(reason.may_retry(), "{reason}");
        assert!(!connection.is_open() || connection.poll().is_none());
    }
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
}

/// As long as nobody's patience is over, a server that is stopped for a while loses nobody.
#[test]
fn n4_a_server_that_is_stopped_for_a_moment() {
    stopped("n4", 500, 6_000, Duration::from_secs(3));
}

/// A server that was stopped for longer than it waits for a sign of life first reads what came meanwhile, and then judges.
#[test]
fn n4_a_server_that_is_stopped_for_longer_than_its_patience() {
    stopped("n4 long", 300, 1_500, Duration::from_secs(4));
}

/// With the library's defaults.
#[test]
#[ignore = "takes a minute"]
fn n4_a_server_that_is_stopped_for_ten_and_for_thirty_seconds() {
    stopped("n4 10 s", 5_000, 15_000, Duration::from_secs(10));
    stopped("n4 30 s", 5_000, 15_000, Duration::from_secs(30));
}

fn stopped(name: &'static str, ping: u64, dead: u64, time: Duration) {
    let setup = Setup { heartbeat: Some((ping, dead)), ..Setup::default() };
    let mut case = Case::with(name, setup).round_trip(time + Duration::from_secs(1));
    // Ours ping by themselves; these only answer.
    let limits = repod::proto::Limits::client().heartbeat(Duration::from_millis(ping), Duration::from_secs(60));
    let mut ours: Vec<Connection<Idle>> = (0..10).map(|_| repod::connect_with(case.addr(), limits.clone())).collect();
    for connection in &mut ours {
        eventually("the greeting", || matches!(connection.poll(), Some(Event::Connected)));
    }
    let mut quiet: Vec<_> = (0..10).map(|_| Attacker::negotiated(case.addr())).collect();
    case.until("all to be there", |counts| counts.open() == 23);
    let is_stopped = std::sync::atomic::AtomicBool::new(true);
    std::thread::scope(|scope| {
        let is_stopped = &is_stopped;
        let answering = scope.spawn(move || {
            let mut pongs = 0;
            while is_stopped.load(std::sync::atomic::Ordering::Relaxed) {
                for attacker in &mut quiet {
                    pongs += u32::from(attacker.answers_ping(Duration::from_millis(2)));
                }
            }
            (quiet, pongs)
        });
        case.server.signal("STOP");
        holds_within(time, || false);
        case.server.signal("CONT");
        // It has had the time to judge all of them.
        holds_within(Duration::from_millis(dead + 500), || false);
        let counts = case.counts();
        is_stopped.store(false, std::sync::atomic::Ordering::Relaxed);
        let (quiet, pongs) = answering.join().expect("those that answer");
        assert_eq!(counts.closed_as("nothing came from the peer"), 0, "{:#?}", counts.closes);
        assert!(pongs > 0, "nobody was pinged");
        assert_eq!(counts.open(), 23, "{:#?}", counts.closes);
        drop(quiet);
    });
    drop(ours);
    case.finish();
}
