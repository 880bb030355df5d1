//! Lifecycle: what a channel is told, in which order, how often, and that nothing a peer sends can change that.

use std::sync::Arc;

use repod::prelude::*;
use repod::proto::Limits;
use tokio::sync::mpsc;

use crate::world::{Raw, Rules, ToClient, ToServer, World, bare, frame, say, within};

#[tokio::test]
async fn a_connection_is_told_once_and_in_order() {
    let mut world = World::start().await;
    let mut raw = Raw::connect(world.addr()).await;
    for text in ["one", "two", "three"] {
        raw.send(say(text)).await;
    }
    raw.greeted().await;
    for text in ["one", "two", "three"] {
        raw.hears(text).await;
    }
    drop(raw);
    for note in
        ["joins", "connects", "says one", "says two", "says three", "closes: the peer left", "leaves: the peer left"]
    {
        world.expect(&format!("0 {note}")).await;
    }
    world.server.shutdown(std::time::Duration::from_secs(5)).await;
    assert!(world.rest().is_empty());
}

#[tokio::test]
async fn nothing_is_dispatched_before_on_connect_is_done() {
    let rules = Rules { slow_connect: true, ..Rules::default() };
    let mut world = World::with(rules, Limits::server()).await;
    let mut raw = Raw::connect(world.addr()).await;
    raw.send(say("early")).await;
    world.expect("0 joins").await;
    world.expect("0 connects").await;
    // The greeting is there though `on_connect` waits, so the message has had all the time it needs.
    raw.greeted().await;
    world.server.app().gate.notify_one();
    world.expect("0 connected").await;
    world.expect("0 says early").await;
}

#[tokio::test]
async fn a_failing_handler_reaches_on_error_and_the_connection_goes_on() {
    let mut world = World::start().await;
    let mut raw = world.join(0).await;
    raw.send(ToServer::Fail).await;
    raw.says("still here").await;
    world.expect("0 error: the handler of `fail` failed: no such luck").await;
    world.expect("0 says still here").await;
}

#[tokio::test]
async fn a_panicking_handler_ends_its_own_connection_only() {
    let mut world = World::start().await;
    let mut other = world.join(0).await;
    let mut raw = world.join(1).await;
    raw.send(ToServer::Panic).await;
    raw.send(say("never")).await;
    raw.ends().await;
    world.expect("1 error: the handler of `panic` panicked: oh no").await;
    world.expect("1 closes: a handler panicked").await;
    world.expect("1 leaves: a handler panicked").await;
    other.says("fine").await;
    assert_eq!(world.server.peers().len(), 1);
}

/// A peer joins, errs and leaves while one callback panics; afterwards the server is as good as new.
async fn survives_a_panic_in(callback: &'static str, expected: &[&str]) {
    let rules = Rules { panics: vec![callback], ..Rules::default() };
    let mut world = World::with(rules, Limits::server()).await;
    let mut raw = Raw::connect(world.addr()).await;
    raw.greeted().await;
    raw.write(&[bare("fail"), bare("fail")].concat()).await;
    if callback != "accept" {
        raw.send(ToServer::Burst { count: 1 }).await;
    }
    while raw.next_payload().await.is_some() {}
    drop(raw);
    for note in expected {
        world.expect(&format!("0 {note}")).await;
    }
    world.server.shutdown(std::time::Duration::from_secs(5)).await;
    assert!(world.rest().is_empty());
    assert!(world.server.peers().is_empty());
}

const FAILED: &str = "error: the handler of `fail` failed: no such luck";
const BURST: &str = "closed by this side: burst is over";

#[tokio::test]
async fn a_panic_in_any_callback_is_contained() {
    let over = [format!("closes: {BURST}"), format!("leaves: {BURST}")];
    let whole = ["joins", "connects", FAILED, FAILED, &over[0], &over[1]];
    survives_a_panic_in("joins", &whole).await;
    survives_a_panic_in("on_close", &whole).await;
    survives_a_panic_in("leaves", &whole).await;
    survives_a_panic_in("drop", &whole).await;
    survives_a_panic_in("accept", &[]).await;
    let panicked = "closes: a handler panicked";
    let left = "leaves: a handler panicked";
    survives_a_panic_in("on_error", &["joins", "connects", FAILED, panicked, left]).await;
    survives_a_panic_in("error_reply", &["joins", "connects", panicked, left]).await;
    let told = "error: the handler of `on_connect` panicked: on_connect panics";
    survives_a_panic_in("on_connect", &["joins", "connects", told, panicked, left]).await;
}

#[tokio::test]
async fn a_failing_on_connect_is_cleaned_up_and_reported() {
    let rules = Rules { fails: vec!["on_connect"], ..Rules::default() };
    let mut world = World::with(rules, Limits::server()).await;
    let mut raw = Raw::connect(world.addr()).await;
    raw.greeted().await;
    raw.ends().await;
    world.expect("0 joins").await;
    world.expect("0 connects").await;
    world.expect("0 error: the handler of `on_connect` failed: on_connect fails").await;
    world.expect("0 closes: on_connect failed").await;
    world.expect("0 leaves: on_connect failed").await;
    assert!(world.server.peers().is_empty());
}

#[tokio::test]
async fn a_waiting_handler_delays_neither_its_own_client_nor_others() {
    let mut world = World::start().await;
    let mut waiting = world.join(0).await;
    let mut other = world.join(1).await;
    waiting.send(ToServer::Wait).await;
    world.expect("0 waits").await;
    for text in ["one", "two"] {
        other.send(crate::world::shout(text)).await;
        waiting.hears(text).await;
        other.hears(text).await;
    }
    // Its own messages wait for the handler, and are not lost.
    waiting.send(say("later")).await;
    other.says("still").await;
    world.server.app().gate.notify_one();
    waiting.hears("later").await;
    for note in ["1 shouts one", "1 shouts two", "1 says still", "0 waited", "0 says later"] {
        world.expect(note).await;
    }
}

#[tokio::test]
async fn a_peer_that_leaves_during_a_handler_is_gone_at_once_and_closed_after_it() {
    let mut world = World::start().await;
    let mut raw = world.join(0).await;
    raw.send(ToServer::Wait).await;
    raw.send(say("last words")).await;
    world.expect("0 waits").await;
    drop(raw);
    within(async {
        while !world.server.peers().is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    world.server.app().gate.notify_one();
    for note in ["waited", "says last words", "closes: the peer left", "leaves: the peer left"] {
        let next = world.next().await;
        if next.starts_with("0 error: the handler of `say` failed") {
            world.expect(&format!("0 {note}")).await;
        } else {
            assert_eq!(next, format!("0 {note}"));
        }
    }
}

#[tokio::test]
async fn what_was_sent_before_close_arrives_and_nothing_is_dispatched_after() {
    let mut world = World::start().await;
    let mut raw = world.join(0).await;
    raw.send(ToServer::Burst { count: 50 }).await;
    raw.send(say("too late")).await;
    for number in 0..50 {
        assert_eq!(raw.receive::<ToClient>().await, ToClient::Number { number });
    }
    raw.ends().await;
    world.expect(&format!("0 closes: {BURST}")).await;
    world.expect(&format!("0 leaves: {BURST}")).await;
}

#[tokio::test]
async fn names_of_lifecycle_events_are_ordinary_names() {
    let mut world = World::start().await;
    let mut raw = world.join(0).await;
    for name in ["disconnected", "connected", "error", "socketConnect", "Network_x", "on_close"] {
        raw.write(&bare(name)).await;
        world.expect(&format!("0 unknown: {name}")).await;
    }
    raw.says("still here").await;
    assert_eq!(world.server.peers().len(), 1);
}

#[tokio::test]
async fn a_frame_cut_off_by_the_end_is_not_dispatched() {
    let mut world = World::start().await;
    let mut raw = world.join(0).await;
    let whole = repod::encode(&say("half")).unwrap();
    raw.write(&whole[..whole.len() - 1]).await;
    drop(raw);
    let got = whole.len() - 5;
    let reason = format!("the peer left: the stream ended within a frame, after {got} of {} bytes", got + 1);
    world.expect(&format!("0 closes: {reason}")).await;
    world.expect(&format!("0 leaves: {reason}")).await;
}

#[tokio::test]
async fn a_nil_payload_is_an_error_and_the_next_frame_is_read() {
    let mut world = World::start().await;
    let mut raw = world.join(0).await;
    raw.write(b"\x00\x00\x00\x01\xc0").await;
    raw.says("hello").await;
    world.expect("0 error: refused a message: expected a map with the key `action`, got nil").await;
}

#[tokio::test]
async fn a_missing_field_is_an_error_and_the_connection_goes_on() {
    let mut world = World::start().await;
    let mut raw = world.join(0).await;
    raw.write(&bare("say")).await;
    raw.says("hello").await;
    let error = "action `say`, field `text`: expected a string, but it is missing";
    world.expect(&format!("0 error: refused a message: {error}")).await;
}

#[tokio::test]
async fn malformed_frames_close_with_the_fault_named() {
    let check = async |payload: &[u8], fault: &str| {
        let mut world = World::start().await;
        let mut raw = world.join(0).await;
        raw.write(&frame(payload)).await;
        raw.send(say("never")).await;
        raw.ends().await;
        world.expect(&format!("0 error: refused a message: malformed message: {fault}")).await;
        world.expect(&format!("0 closes: malformed message: {fault}")).await;
        world.expect(&format!("0 leaves: malformed message: {fault}")).await;
    };
    check(b"", "the frame is empty").await;
    check(b"\x81\xa6action\xa4fail\xc1", "1 bytes after the message").await;
    check(b"\x82\xa6action\xa4fail\xa6action\xa5panic", "the key `action` stands twice").await;
    let nested = [&b"\x82\xa6action\xa4fail\xa1x"[..], &[0x91; 600], b"\xc0"].concat();
    check(&nested, "nested deeper than the limit of 32 levels").await;
}

#[tokio::test]
async fn too_many_violations_close_the_connection() {
    let mut world = World::with(Rules::default(), Limits::server().violations(5)).await;
    let mut raw = world.join(0).await;
    for _ in 0..6 {
        raw.write(&bare("fail")).await;
    }
    raw.ends().await;
    for _ in 0..6 {
        world.expect(&format!("0 {FAILED}")).await;
    }
    world.expect("0 closes: more than 5 violations in 10 s").await;
    world.expect("0 leaves: more than 5 violations in 10 s").await;
}

#[tokio::test]
async fn other_protocols_and_too_large_frames_are_closed_on_their_first_bytes() {
    let check = async |bytes: &[u8], reason: &str| {
        let mut world = World::start().await;
        let mut raw = world.join(0).await;
        raw.write(bytes).await;
        raw.ends().await;
        world.expect(&format!("0 closes: {reason}")).await;
        world.expect(&format!("0 leaves: {reason}")).await;
    };
    check(b"GET / HTTP/1.1\r\n\r\n", "the peer speaks HTTP on a repod port").await;
    check(b"\xff\xff\xff\xff", "a frame of 4294967295 bytes exceeds the limit of 65536").await;
}

/// The payload of a panic that panics itself when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("and once more");
    }
}

#[tokio::test]
async fn a_panic_whose_payload_panics_is_contained_too() {
    #[derive(Action)]
    #[action(sync)]
    enum Throw {
        Throw,
    }
    struct App(mpsc::UnboundedSender<String>);
    struct Guest(mpsc::UnboundedSender<String>);
    impl Server for App {
        type Channel = Guest;
        fn channel(self: &Arc<Self>, _: Peer<Throw>) -> Guest {
            Guest(self.0.clone())
        }
        fn on_disconnect(&self, _: &Peer<Throw>, reason: &CloseReason) {
            self.0.send(format!("leaves: {reason}")).unwrap();
        }
    }
    impl Channel for Guest {
        type Incoming = Throw;
        type Outgoing = Throw;
        async fn on_close(&mut self, reason: CloseReason) {
            self.0.send(format!("closes: {reason}")).unwrap();
        }
    }
    impl ThrowHandler for Guest {
        fn on_throw(&mut self) -> repod::Result {
            std::panic::panic_any(Bomb)
        }
    }
    let (sender, mut log) = mpsc::unbounded_channel();
    let server = repod::serve(App(sender)).bind("127.0.0.1:0").await.unwrap();
    let mut raw = Raw::connect(server.local_addr()).await;
    raw.greeted().await;
    raw.send(Throw::Throw).await;
    assert_eq!(within(log.recv()).await.unwrap(), "closes: a handler panicked");
    assert_eq!(within(log.recv()).await.unwrap(), "leaves: a handler panicked");
    raw.ends().await;
}
