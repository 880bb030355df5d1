//! N6, N7, N8: a cable that loses packets, is too thin, or is cut. They need root and the networks that `.ci/hostile-long` makes.
//! Who vanishes for good is in [`crate::long`].

use std::process::Command as System;
use std::time::{Duration, Instant};

use repod::{CloseReason, Connection, Event};

use crate::fixture::attacker::{HELLO, contains};
use crate::fixture::protocol::{ToClient, ToServer};
use crate::fixture::server::clock;
use crate::fixture::witness::percentile;
use crate::fixture::{Attacker, Case, Command, eventually, holds_within};
use crate::long::case;
use crate::network::Idle;

/// Packets are lost in both directions.
#[test]
#[ignore = "needs root and network namespaces"]
fn n6_a_cable_that_loses_packets() {
    let case = case("n6").round_trip(Duration::from_secs(3));
    let loss = Rules::of("iifname repod-c numgen random mod 100 < 5", "oifname repod-c numgen random mod 100 < 5");
    holds_within(Duration::from_secs(60), || false);
    let dropped = loss.dropped();
    drop(loss);
    println!("n6: {} packets dropped on the way in, {} on the way out", dropped[0], dropped[1]);
    assert!(dropped.iter().all(|count| *count > 50), "{dropped:?}");
    // The witnesses are what is tested: none was closed, and none misses an echo or heard one twice.
    case.finish();
}

/// The clients behind a thin cable are slow, whatever they do; those elsewhere are not concerned.
#[test]
#[ignore = "needs root and network namespaces"]
fn n7_a_cable_that_is_too_thin_for_the_broadcasts() {
    let mut case = case("n7");
    let thin = Thin::cable();
    let mut readers: Vec<_> = (0..3).map(|_| behind_the_thin_cable(&case)).collect();
    case.until("the readers", |counts| counts.open() == 6);
    // 5 Mbit/s, five times as much as the cable takes for all of them.
    case.ask(&Command::Blast { count: 7_500, bytes: 1_250, pause: 2_000 });
    let start = Instant::now();
    let is_closed = std::thread::scope(|scope| {
        for reader in &mut readers {
            scope.spawn(|| while reader.frame(Duration::from_secs(20)).is_some() {});
        }
        holds_within(Duration::from_secs(20), || case.counts().closed_as("slow consumer") == 3)
    });
    println!("n7: {:#?} after {:?}, {} packets waited", case.counts().closes, start.elapsed(), thin.waited());
    assert!(is_closed && thin.waited() > 100);
    case.until("all broadcasts", |counts| counts.blasts == 7_500);
    drop((readers, thin));
    case.settle(Duration::from_secs(15)).finish();
}

/// As `n7`, where only the latest counts: they see the newest that the cable takes, and stay.
#[test]
#[ignore = "needs root and network namespaces"]
fn n7_a_cable_that_takes_the_latest() {
    let mut case = case("n7 latest");
    let thin = Thin::cable();
    let mut readers: Vec<_> = (0..3).map(|_| behind_the_thin_cable(&case)).collect();
    case.until("the readers", |counts| counts.open() == 6);
    let count: u32 = 5_000;
    case.ask(&Command::Positions { count, bytes: 1_250, pause: 2_000 });
    let ages: Vec<Duration> = std::thread::scope(|scope| {
        let readers: Vec<_> = readers.iter_mut().map(|reader| scope.spawn(|| positions(reader, count))).collect();
        readers.into_iter().flat_map(|reader| reader.join().expect("a reader")).collect()
    });
    let (middle, oldest) = (percentile(ages.clone(), 50), percentile(ages.clone(), 100));
    println!("n7 latest: {} of 3 x {count} were seen, {middle:?} old, {oldest:?} at most", ages.len());
    assert!(ages.len() < 3 * count as usize / 2 && thin.waited() > 100, "the cable is not thin");
    // What the kernel has taken goes first, and some of it twice: a backlog of all positions would be 30 s old.
    assert!(oldest < Duration::from_secs(10), "{oldest:?}");
    assert_eq!(case.counts().open(), 6, "{:#?}", case.counts().closes);
    drop((readers, thin));
    case.settle(Duration::from_secs(15)).finish();
}

/// How old each position was when it came, until the last one.
fn positions(reader: &mut Attacker, count: u32) -> Vec<Duration> {
    let (mut ages, mut last) = (Vec::new(), None);
    while last != Some(count - 1) {
        let frame = reader.frame(Duration::from_secs(20)).expect("the last position comes");
        let Ok(ToClient::Position { number, at, .. }) = repod::decode(&frame) else {
            continue;
        };
        assert!(last.is_none_or(|last| last < number), "{number} after {last:?}");
        last = Some(number);
        ages.push(Duration::from_micros(clock().saturating_sub(at)));
    }
    ages
}

/// Nothing comes through for five seconds: nobody is given up. Nothing comes through for 25 seconds: both sides are told once.
#[test]
#[ignore = "needs root and network namespaces"]
fn n8_a_cable_that_is_cut_for_a_while() {
    let mut case = case("n8");
    // From now on connections come from the attackers' address.
    ip("route replace 10.213.7.1/32 dev repod-c src 10.213.7.3");
    let mut connection: Connection<Idle> = repod::connect(case.addr());
    eventually("the greeting", || matches!(connection.poll(), Some(Event::Connected)));
    let mut heard = Vec::new();
    let mut closes: Vec<CloseReason> = Vec::new();
    for (seconds, survives) in [(5, true), (25, false)] {
        let (sent, before) = (heard.len() as u64, case.counts().disconnects);
        let cut = Rules::of("ip daddr 10.213.7.3", "ip saddr 10.213.7.3");
        let start = Instant::now();
        let mut seq = sent;
        holds_within(Duration::from_secs(seconds), || {
            // Twenty a second.
            if start.elapsed() > Duration::from_millis(50) * u32::try_from(seq - sent).unwrap_or(u32::MAX)
                && connection.send(ToServer::Echo { id: 9, seq }).is_ok()
            {
                seq += 1;
            }
            hear(&mut connection, &mut heard, &mut closes);
            false
        });
        assert!(cut.dropped().iter().sum::<u64>() > 3, "{:?}", cut.dropped());
        drop(cut);
        let is_over = holds_within(Duration::from_secs(20), || {
            hear(&mut connection, &mut heard, &mut closes);
            if survives { heard.len() as u64 == seq } else { closes.len() == 1 && !connection.is_open() }
        });
        let counts = case.counts();
        println!("n8: {seconds} s: {closes:?}, at the server {:#?}", counts.closes);
        assert!(is_over, "{} of {seq} heard, {closes:?}", heard.len());
        assert!(heard.iter().copied().eq(0..heard.len() as u64), "lost, doubled, or out of order");
        assert_eq!(counts.disconnects - before, u64::from(!survives), "{:#?}", counts.closes);
    }
    assert!(closes[0].may_retry(), "{}", closes[0]);
    // It comes back by hand, and all is well.
    let mut again: Connection<Idle> = repod::connect(case.addr());
    eventually("the greeting", || matches!(again.poll(), Some(Event::Connected)));
    ip("route del 10.213.7.1/32 dev repod-c src 10.213.7.3");
    drop((connection, again));
    case.settle(Duration::from_secs(15)).finish();
}

fn hear(connection: &mut Connection<Idle>, heard: &mut Vec<u64>, closes: &mut Vec<CloseReason>) {
    while let Some(event) = connection.poll() {
        match event {
            Event::Message(ToClient::Echoed { id: 9, seq }) => heard.push(seq),
            Event::Closed(reason) => closes.push(reason),
            _ => {}
        }
    }
}

fn behind_the_thin_cable(case: &Case) -> Attacker {
    let mut reader = Attacker::from("10.213.8.2:0".parse().expect("an address"), case.addr());
    let greeting = reader.frame(Duration::from_secs(5)).expect("a greeting");
    assert!(contains(&greeting, b"connected"));
    reader.write(HELLO);
    reader
}

/// Packets that this network drops, one rule on the way in and one on the way out, until this is dropped.
struct Rules;

impl Rules {
    fn of(incoming: &str, outgoing: &str) -> Self {
        run("nft add table inet repod");
        for (hook, rule) in [("input", incoming), ("output", outgoing)] {
            run(&format!("nft add chain inet repod {hook} {{ type filter hook {hook} priority 0 ; }}"));
            run(&format!("nft add rule inet repod {hook} {rule} counter drop"));
        }
        Self
    }

    /// How many packets each rule has dropped.
    fn dropped(&self) -> Vec<u64> {
        numbers_behind("packets ", &run("nft list table inet repod"))
    }
}

impl Drop for Rules {
    fn drop(&mut self) {
        run("nft delete table inet repod");
    }
}

/// The second cable takes 1 Mbit/s from the server, until this is dropped.
struct Thin {
    network: String,
}

impl Thin {
    fn cable() -> Self {
        let network = std::env::var("REPOD_HOSTILE_NETWORK").expect("a network of the server's own");
        let thin = Self { network };
        thin.tc("qdisc replace dev repod-t root tbf rate 1mbit burst 16kb latency 300ms");
        thin
    }

    /// How many packets had to wait, or were dropped because too many waited.
    fn waited(&self) -> u64 {
        numbers_behind("overlimits ", &self.tc("-s qdisc show dev repod-t")).iter().sum()
    }

    fn tc(&self, words: &str) -> String {
        run(&format!("ip netns exec {} tc {words}", self.network))
    }
}

impl Drop for Thin {
    fn drop(&mut self) {
        self.tc("qdisc del dev repod-t root");
    }
}

fn numbers_behind(word: &str, text: &str) -> Vec<u64> {
    let number = |rest: &str| rest.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap_or(0);
    text.split(word).skip(1).map(number).collect()
}

/// Runs `ip` in this network.
pub fn ip(words: &str) {
    run(&format!("ip {words}"));
}

/// Runs a program of the system's, with the words of this command, and returns what it said.
fn run(command: &str) -> String {
    let mut words = command.split(' ');
    let program = words.next().unwrap_or_default();
    let output = System::new(program).args(words).output().unwrap_or_else(|error| panic!("{command}: {error}"));
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
