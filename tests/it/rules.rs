//! Rules of fields: what breaks them reaches no handler, on either way of decoding. What the rules can be is shown by `ui/pass/rules`.

use std::ops::RangeFull;
use std::sync::Arc;
use std::time::Instant;

use repod::prelude::*;
use repod::proto::{BrokenRule, DecodeError, Event, FarewellCode, Limits, Message, NonFinite, Role, Session};
use repod::testing::{Host, expect_action};

use crate::world::{Rules, ToServer, World, bare, frame};

const ANY: RangeFull = ..;

#[derive(Action, Debug, Clone, PartialEq)]
enum Wide {
    A {
        #[action(range = 0.0..=1000.0)]
        x: f64,
    },
    B {
        #[action(range = 0.0..)]
        x: f64,
    },
    C {
        #[action(range = ..1000.0)]
        x: f64,
    },
    D {
        #[action(range = ..=f64::INFINITY)]
        x: f64,
    },
    E {
        #[action(range = ANY)]
        x: f64,
    },
    F {
        #[action(range = 0.0..1.0)]
        x: [f64; 2],
    },
}

/// Reads a payload with limits that take NaN: on the fast way first, as a connection does, and then on the long way.
fn read(payload: &[u8]) -> Result<Wide, DecodeError> {
    let limits = Limits::server().non_finite(NonFinite::Allowed);
    let now = Instant::now();
    let mut session = Session::new(Role::Server, limits.clone(), now);
    session.receive(&[frame(b"\x81\xa6action\xa1z"), frame(payload)].concat(), now);
    assert!(matches!(session.next_event(now), Some(Event::Message(_))));
    if let Some(action) = session.next_plain(now) {
        return Ok(action);
    }
    Wide::decode(&Message::parse(payload, &limits, &mut Vec::new()).unwrap())
}

#[test]
fn nan_is_in_no_range() {
    let nan = f64::NAN;
    let all = [
        Wide::A { x: nan },
        Wide::B { x: nan },
        Wide::C { x: nan },
        Wide::D { x: nan },
        Wide::E { x: nan },
        Wide::F { x: [0.5, nan] },
    ];
    for action in all {
        let error = read(&repod::encode(&action).unwrap()[4..]).unwrap_err();
        let DecodeError::RefusedField { field, rule: BrokenRule::OutOfRange { got, .. }, .. } = error else {
            panic!("{error}")
        };
        assert_eq!((&*field, &*got), ("x", "NaN"));
    }
    // It is NaN that is refused, and not everything.
    for action in [Wide::D { x: f64::INFINITY }, Wide::E { x: -f64::INFINITY }, Wide::A { x: 0.5 }] {
        assert_eq!(read(&repod::encode(&action).unwrap()[4..]), Ok(action));
    }
}

/// A bet of so many coins, with its keys in the order of the declaration or the other way round.
fn bet(coins: u8, is_plain: bool) -> Vec<u8> {
    let (action, coins) = (&b"\xa6action\xa3bet"[..], [&b"\xa5coins"[..], &[coins]].concat());
    let entries = if is_plain { [action, &coins].concat() } else { [&coins, action].concat() };
    frame(&[&b"\x82"[..], &entries].concat())
}

#[tokio::test]
async fn a_broken_rule_reaches_on_error_and_the_connection_goes_on() {
    let mut world = World::start().await;
    let mut raw = world.join(0).await;
    for is_plain in [true, false] {
        raw.write(&[bet(100, is_plain), bet(101, is_plain), bet(1, is_plain)].concat()).await;
        world.expect("0 bets 100").await;
        let error = "action `bet`, field `coins`: 101 is not in the range 1..=100";
        world.expect(&format!("0 error: refused a message: {error}")).await;
        world.expect("0 bets 1").await;
    }
    raw.says("still here").await;
}

#[tokio::test]
async fn broken_rules_are_violations() {
    let mut world = World::with(Rules::default(), Limits::server().violations(5)).await;
    let mut raw = world.join(0).await;
    for index in 0..6 {
        raw.write(&bet(0, index % 2 == 0)).await;
    }
    raw.ends().await;
    for _ in 0..6 {
        world.expect("0 error: refused a message: action `bet`, field `coins`: 0 is not in the range 1..=100").await;
    }
    world.expect("0 closes: more than 5 violations in 10 s").await;
}

#[test]
fn what_is_sent_is_not_checked() {
    let unfair = ToServer::Bet { coins: 1_000 };
    assert!(unfair.check().is_err());
    assert!(repod::encode(&unfair).is_ok());
}

#[tokio::test]
async fn a_peer_is_told_of_errors_in_words_that_tell_nothing_and_only_if_that_is_wanted() {
    let rules = Rules { replies: true, ..Rules::default() };
    let mut world = World::with(rules, Limits::server()).await;
    let mut raw = world.join(0).await;
    let nothing = "0 error: refused a message: expected a map with the key `action`, got nil";
    let unfair = "0 error: refused a message: action `bet`, field `coins`: 0 is not in the range 1..=100";
    let luckless = "0 error: the handler of `fail` failed: no such luck";
    let panicked = "0 error: the handler of `panic` panicked: oh no";
    for (bytes, error, reply) in [
        (bet(0, true), unfair, "a message was refused"),
        (frame(b"\xc0"), nothing, "a message was refused"),
        (bare("fail"), luckless, "something went wrong"),
        (bare("panic"), panicked, "something went wrong"),
    ] {
        raw.write(&bytes).await;
        raw.hears(reply).await;
        world.expect(error).await;
    }
    raw.ends().await;
    // Others are told nothing: the next that comes is the answer.
    let mut world = World::start().await;
    let mut raw = world.join(0).await;
    raw.write(&bet(0, true)).await;
    raw.says("hello").await;
}

#[derive(Action, Debug, PartialEq)]
enum Riddle {
    Guess {
        #[action(validate = is_right)]
        number: u8,
    },
}

fn is_right(number: &u8) -> bool {
    100 / number > 1
}

struct Sphinx;

struct Oedipus {
    peer: Peer<Riddle>,
}

impl Server for Sphinx {
    type Channel = Oedipus;

    fn channel(self: &Arc<Self>, peer: Peer<Riddle>) -> Oedipus {
        Oedipus { peer }
    }
}

impl Channel for Oedipus {
    type Incoming = Riddle;
    type Outgoing = Riddle;
}

impl RiddleHandler for Oedipus {
    async fn on_guess(&mut self, number: u8) -> repod::Result {
        self.peer.send(Riddle::Guess { number })?;
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_rule_that_panics_ends_its_own_connection_only() {
    let host = Host::new(Sphinx);
    let (mut bad, mut good) = (host.join().await, host.join().await);
    bad.send(Riddle::Guess { number: 1 }).unwrap();
    expect_action!(bad, Riddle::Guess { number: 1 });
    bad.send(Riddle::Guess { number: 0 }).unwrap();
    assert!(
        matches!(bad.closed().await, CloseReason::Farewell(farewell) if farewell.code == FarewellCode::InternalError)
    );
    good.send(Riddle::Guess { number: 7 }).unwrap();
    expect_action!(good, Riddle::Guess { number: 7 });
}
