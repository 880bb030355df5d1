//! The rate on a real connection: who is too fast waits, loses nothing, and is not closed for it.

use std::time::{Duration, Instant};

use repod::proto::{Event, Limits, Rate, Role, Session};

use crate::world::{Rules, World, bare, say};

#[tokio::test]
async fn a_burst_that_is_answered_is_no_slow_consumer() {
    let mut world = World::start().await;
    let mut raw = world.join(0).await;
    // More answers than may wait, to requests that come all at once; the peer reads as fast as it can.
    let requests: Vec<u8> =
        (0..1900).flat_map(|number: u32| repod::encode(&say(&number.to_string())).unwrap()).collect();
    raw.write(&requests).await;
    for number in 0..1900 {
        raw.hears(&number.to_string()).await;
    }
    assert_eq!(world.server.peers().len(), 1);
}

#[tokio::test]
async fn a_fast_sender_is_held_back_and_loses_nothing() {
    let rate = Rate { messages: 200, burst: 10, bytes: 1_000_000 };
    let mut world = World::with(Rules::default(), Limits::server().rate(Some(rate))).await;
    let mut raw = world.join(0).await;
    let start = Instant::now();
    for number in 0..100 {
        raw.send(say(&number.to_string())).await;
    }
    for number in 0..100 {
        raw.hears(&number.to_string()).await;
    }
    // 90 beyond the burst, at 200 a second.
    assert!(start.elapsed() >= Duration::from_millis(400), "{:?}", start.elapsed());
    assert_eq!(world.server.peers().len(), 1);
}

#[test]
fn a_peer_that_is_too_fast_does_not_cost_a_wake_up_for_each_message() {
    let rate = Rate { messages: 1000, burst: 100, ..Rate::default() };
    let start = Instant::now();
    let mut now = start;
    let mut session = Session::new(Role::Server, Limits::server().rate(Some(rate)), now);
    session.receive(&bare("ping").repeat(1100), now);
    let (mut messages, mut pauses) = (0, 0);
    while messages < 1100 {
        match session.next_event(now) {
            Some(event) => {
                assert!(matches!(event, Event::Message(_)));
                messages += 1;
            }
            None => {
                now = session.paused_until().unwrap();
                pauses += 1;
            }
        }
    }
    assert!((90..=101).contains(&pauses), "{pauses}");
    let time = now - start;
    assert!(time >= Duration::from_millis(980) && time <= Duration::from_secs(1), "{time:?}");
}
