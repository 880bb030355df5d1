//! Cases that need root and network namespaces of their own: `.ci/hostile-long` makes them and runs these in there.
//! The server is in one namespace, witnesses and attackers are in another, at an address each.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::cable::ip;
use crate::fixture::attacker::{HELLO, contains};
use crate::fixture::{Attacker, Case, Command, Setup, holds_within};

/// The address of the server; the attackers' can be taken away without harm to the witnesses.
const SERVER: &str = "10.213.7.1:0";
const ATTACKERS: &str = "10.213.7.3:0";

/// A case whose server is in the other network.
pub fn case(name: &'static str) -> Case {
    let setup = Setup { addr: Some(SERVER.to_owned()), ..Setup::default() };
    Case::with(name, setup)
}

fn attacker(case: &Case) -> Attacker {
    let source: SocketAddr = ATTACKERS.parse().expect("an address");
    let mut attacker = Attacker::from(source, case.addr());
    attacker.hears_greeting();
    attacker
}

/// Cuts the cable of the attackers while `attack` goes on.
fn without_cable(attack: impl FnOnce()) {
    ip("addr del 10.213.7.3/24 dev repod-c");
    attack();
    ip("addr add 10.213.7.3/24 dev repod-c");
}

fn vanishes(name: &'static str, says_hello: bool, is_sent_to: bool, within: Duration, reason: &str) {
    let mut case = case(name);
    let mut gone = attacker(&case);
    if says_hello {
        gone.write(HELLO);
    }
    assert!(gone.is_served(1));
    without_cable(|| {
        let start = Instant::now();
        if is_sent_to {
            case.ask(&Command::Blast { count: 200, bytes: 100, pause: 100_000 });
        }
        let is_closed = holds_within(within + Duration::from_secs(5), || case.counts().closed_as(reason) == 1);
        let counts = case.counts();
        assert!(is_closed, "{:#?}", counts.closes);
        println!("{name}: removed after {:?}", start.elapsed());
        assert!(start.elapsed() <= within, "{:?}", start.elapsed());
        drop(gone);
        if is_sent_to {
            holds_within(Duration::from_secs(20), || case.counts().blasts == 200);
        }
    });
    case.settle(Duration::from_secs(15)).finish();
}

#[test]
#[ignore = "needs root and network namespaces"]
fn n2_a_client_that_vanishes_from_an_idle_server() {
    let reason = "nothing came from the peer";
    vanishes("n2 idle", true, false, Duration::from_secs(18), reason);
}

#[test]
#[ignore = "needs root and network namespaces"]
fn n2_a_legacy_client_that_vanishes_from_an_idle_server() {
    let reason = "the connection was lost";
    vanishes("n2 legacy", false, false, Duration::from_secs(20), reason);
}

#[test]
#[ignore = "needs root and network namespaces"]
fn n2_a_legacy_client_that_vanishes_while_it_is_sent_to() {
    let reason = "the connection was lost";
    vanishes("n2 sending", false, true, Duration::from_millis(16_500), reason);
}

/// One address that opens far more than it may, and another one that is not harmed.
#[test]
#[ignore = "needs root and network namespaces"]
fn a9_one_address_opens_too_many() {
    let mut case = case("a9 admission");
    let source: SocketAddr = ATTACKERS.parse().expect("an address");
    let before = case.counts().connects;
    let mut attackers = Vec::new();
    let mut refused = 0;
    let mut slowest = Duration::ZERO;
    let start = Instant::now();
    for round in 0..1_000_u64 {
        let mut attacker = Attacker::from(source, case.addr());
        let greeting = attacker.frame(Duration::from_secs(2));
        if greeting.is_none_or(|greeting| contains(&greeting, b"refused")) {
            refused += 1;
        } else {
            attackers.push(attacker);
        }
        if round % 100 == 0 {
            let start = Instant::now();
            let mut good = Attacker::greeted(case.addr());
            assert!(good.is_served(round));
            slowest = slowest.max(start.elapsed());
        }
    }
    let time = start.elapsed();
    let admitted = case.counts().connects - before - 10;
    println!("a9: {admitted} admitted, {refused} refused in {time:?}; a good one from elsewhere waited {slowest:?}");
    assert!(admitted <= 128, "{admitted}");
    assert!(refused >= 870, "{refused}");
    assert!(slowest < Duration::from_millis(100), "{slowest:?}");
    drop(attackers);
    case.finish();
}
