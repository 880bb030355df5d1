//! Whole conversations over memory with a paused clock: hours pass in no time, and nothing depends on the machine.

use std::time::Duration;

use repod::proto::{Admission, CloseReason, FarewellCode, Limits};
use repod::testing::{self, End, Link, Network, RawPeer, expect_action};
use repod::{Connection, Event, prelude::*};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, sleep};

use crate::world::{Rules, ToClient, ToClientHandler, ToServer, World, bare, frame, say};

struct Player;

impl Client for Player {
    type Incoming = ToClient;
    type Outgoing = ToServer;
}

impl ToClientHandler for Player {
    fn on_heard(&mut self, _: String) -> repod::Result {
        Ok(())
    }
    fn on_number(&mut self, _: u32) -> repod::Result {
        Ok(())
    }
    fn on_full(&mut self) -> repod::Result {
        Ok(())
    }
    fn on_data(&mut self, _: String) -> repod::Result {
        Ok(())
    }
}

/// A world over memory, and the way to it.
pub fn world(limits: Limits) -> (World, Network) {
    let (network, listener) = testing::network();
    let (app, log) = World::app(Rules::default());
    let server = repod::serve(app).limits(limits).listen(listener).unwrap();
    (World::of(server, log), network)
}

async fn join(world: &mut World, network: &Network) -> Connection<Player> {
    let mut connection = network.connect(&Link::new());
    assert!(matches!(connection.next().await, Some(Event::Connected)));
    world.expect("0 joins").await;
    world.expect("0 connects").await;
    connection
}

/// A stream to the world, of a client that has said nothing yet.
async fn dial(world: &mut World, network: &Network, link: &Link) -> End {
    let stream = network.dial(link).unwrap();
    world.expect("0 joins").await;
    world.expect("0 connects").await;
    stream
}

/// Nothing is polled on either side: with a clock that only moves when all are waiting for it, a hundred answers take no time at all.
#[tokio::test(start_paused = true)]
async fn a_message_needs_no_passing_of_time() {
    let (mut world, network) = world(Limits::server());
    let mut connection = join(&mut world, &network).await;
    let start = Instant::now();
    for number in 0..100 {
        connection.send(say(&number.to_string())).unwrap();
        world.expect(&format!("0 says {number}")).await;
        expect_action!(connection, ToClient::Heard { text } if text == number.to_string());
    }
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn an_hour_of_silence_is_bridged_by_the_heartbeat() {
    let (mut world, network) = world(Limits::server());
    let mut connection = join(&mut world, &network).await;
    sleep(Duration::from_secs(3600)).await;
    connection.send(say("still here")).unwrap();
    world.expect("0 says still here").await;
    expect_action!(connection, ToClient::Heard { text } if text == "still here");
    let rtt = world.server.peers().iter().next().unwrap().rtt();
    assert!(rtt.is_some_and(|rtt| rtt < Duration::from_millis(100)), "{rtt:?}");
    assert!(connection.server().rtt().is_some());
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_waits_for_minutes_costs_nobody_the_connection() {
    let (mut world, network) = world(Limits::server());
    let mut connection = join(&mut world, &network).await;
    connection.send(ToServer::Wait).unwrap();
    world.expect("0 waits").await;
    for number in 0..300 {
        connection.send(say(&number.to_string())).unwrap();
    }
    sleep(Duration::from_secs(300)).await;
    assert!(connection.poll().is_none());
    world.server.app().gate.notify_one();
    world.expect("0 waited").await;
    for number in 0..300 {
        world.expect(&format!("0 says {number}")).await;
        expect_action!(connection, ToClient::Heard { text } if text == number.to_string());
    }
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_stops_answering_is_taken_for_dead_after_fifteen_seconds() {
    let (mut world, network) = world(Limits::server());
    let mut raw = RawPeer::over(dial(&mut world, &network, &Link::new()).await);
    raw.hello().await; // and nothing more
    let start = Instant::now();
    world.expect("0 closes: nothing came from the peer for 15 s").await;
    assert_eq!(start.elapsed().as_secs(), 15);
}

#[tokio::test(start_paused = true)]
async fn a_client_whose_hello_comes_with_the_close_hears_why_at_once() {
    let (mut world, network) = world(Limits::server());
    let mut raw = RawPeer::over(dial(&mut world, &network, &Link::new()).await);
    raw.greeted().await;
    let start = Instant::now();
    // Its task is woken for both at once.
    raw.hello().await;
    world.server.peers().iter().next().unwrap().close("enough");
    let farewell = raw.next_value().await.expect("a farewell");
    assert_eq!(farewell["text"].as_str(), Some("enough"), "{farewell}");
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn pings_without_an_interval_have_one() {
    let (mut world, network) = world(Limits::server().heartbeat(Duration::ZERO, Duration::from_secs(15)));
    let mut raw = RawPeer::over(dial(&mut world, &network, &Link::new()).await);
    raw.greeted().await;
    raw.hello().await;
    sleep(Duration::from_secs(1)).await;
    let peer = world.server.peers().iter().next().unwrap();
    peer.close("enough");
    let mut pings = 0;
    while raw.next_value().await.is_some_and(|value| value["action"].as_str() == Some("repod.ping")) {
        pings += 1;
    }
    assert!((10..200).contains(&pings), "{pings}");
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_a_handler_counts_for_the_total() {
    let (mut world, network) = world(Limits::server().max_buffered_total(40_000));
    let mut raw = RawPeer::over(dial(&mut world, &network, &Link::new()).await);
    raw.greeted().await;
    raw.send(ToServer::Wait).await;
    world.expect("0 waits").await;
    for _ in 0..50 {
        raw.send(say(&"x".repeat(1_000))).await;
    }
    // All of it is read meanwhile.
    sleep(Duration::from_millis(1)).await;
    world.server.app().gate.notify_one();
    world.expect("0 waited").await;
    let note = world.next().await;
    assert!(note.starts_with("0 closes: slow consumer") && note.contains("all together"), "{note}");
}

#[derive(Action)]
enum Knock {
    Knock,
}

/// Its handlers wait for something of tokio's, as briefly as can be.
struct Doors;

struct Door {
    lock: tokio::sync::Mutex<()>,
}

impl Server for Doors {
    type Channel = Door;

    fn channel(self: &std::sync::Arc<Self>, _peer: Peer<Knock>) -> Door {
        Door { lock: tokio::sync::Mutex::default() }
    }
}

impl Channel for Door {
    type Incoming = Knock;
    type Outgoing = Knock;
}

impl KnockHandler for Door {
    async fn on_knock(&mut self) -> repod::Result {
        let _unlocked = self.lock.lock().await;
        Ok(())
    }
}

/// More than tokio lets a task do at a time.
#[tokio::test(start_paused = true)]
async fn a_burst_whose_handlers_wait_leaves_the_deadlines_in_force() {
    let (network, listener) = testing::network();
    let server = repod::serve(Doors).listen(listener).unwrap();
    let mut raw = RawPeer::over(network.dial(&Link::new()).unwrap());
    raw.greeted().await;
    raw.hello().await;
    raw.write(&bare("knock").repeat(200)).await;
    sleep(Duration::from_secs(14)).await;
    assert_eq!(server.peers().len(), 1);
    sleep(Duration::from_secs(6)).await;
    assert_eq!(server.peers().len(), 0, "it has not been heard for 20 s");
}

#[tokio::test(start_paused = true)]
async fn answers_to_pings_do_not_add_up_while_the_socket_is_blocked() {
    let (mut world, network) = world(Limits::server().rate(None));
    let mut raw = RawPeer::over(dial(&mut world, &network, &Link::new()).await);
    raw.greeted().await;
    raw.hello().await;
    let ping = |id: u16| {
        let [high, low] = id.to_be_bytes();
        frame(&[b"\x82\xa6action\xaarepod.ping\xa2id\xcd", &[high, low][..]].concat())
    };
    for id in 0..20_000 {
        raw.write(&ping(id)).await;
    }
    sleep(Duration::from_millis(1)).await;
    let peer = world.server.peers().iter().next().unwrap();
    assert!(peer.queued_messages() < 10, "{} wait", peer.queued_messages());
    // The newest is answered all the same.
    while raw.next_value().await.expect("an open connection")["id"].as_u64() != Some(19_999) {}
    assert_eq!(peer.queued_messages(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_last_words_are_heard_also_when_many_others_say_goodbye() {
    let limits = Limits::server().admission(Admission { connections: 80, ..Admission::default() });
    let (mut world, network) = world(limits);
    let mut raw = RawPeer::over(dial(&mut world, &network, &Link::new()).await);
    raw.greeted().await;
    let mut others = Vec::new();
    for _ in 0..100 {
        let mut other = RawPeer::over(network.dial(&Link::new()).unwrap());
        other.greeted().await;
        // It is closed for that, and does not hang up.
        other.write(b"\0\0\0\x01\xc1").await;
        tokio::task::yield_now().await;
        others.push(other);
    }
    // Its handler answers so many times, and closes.
    raw.send(ToServer::Burst { count: 50 }).await;
    for number in 0..50 {
        assert_eq!(raw.receive::<ToClient>().await, ToClient::Number { number });
    }
    raw.ends().await;
}

#[tokio::test(start_paused = true)]
async fn a_silent_python_peer_is_kept() {
    let (mut world, network) = world(Limits::server());
    let ours = dial(&mut world, &network, &Link::new()).await;
    sleep(Duration::from_secs(3600)).await;
    assert_eq!(world.server.peers().len(), 1);
    drop(ours);
    world.expect("0 closes: the peer left").await;
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_reads_a_byte_a_second_is_slow() {
    let (mut world, network) = world(Limits::server());
    let mut ours = dial(&mut world, &network, &Link::with_capacity(64)).await;
    let reading = tokio::spawn(async move {
        loop {
            sleep(Duration::from_secs(1)).await;
            if ours.read_u8().await.is_err() {
                break;
            }
        }
    });
    let start = Instant::now();
    world.server.peers().send(ToClient::Data { bytes: "x".repeat(10_000) }).unwrap();
    world.expect("0 closes: slow consumer: the oldest message waits for 10 s, the limit").await;
    assert_eq!(start.elapsed().as_secs(), 10);
    reading.abort();
}

#[tokio::test(start_paused = true)]
async fn a_client_that_is_shut_out_learns_when_to_come_back() {
    let (mut world, network) = world(Limits::server());
    let mut connection = join(&mut world, &network).await;
    connection.send(say("hello")).unwrap();
    world.expect("0 says hello").await;
    expect_action!(connection, ToClient::Heard { .. });
    world.server.shutdown(Duration::from_secs(10)).await;
    let Some(Event::Closed(CloseReason::Farewell(farewell))) = connection.next().await else { panic!() };
    assert_eq!(farewell.code, FarewellCode::GoingAway);
    assert!(farewell.retry_after.is_some());
}

#[tokio::test(start_paused = true)]
async fn without_a_limit_a_peer_reads_as_slowly_as_it_likes() {
    let (mut world, network) = world(Limits::server().write_stall(Duration::MAX));
    let _lazy = dial(&mut world, &network, &Link::with_capacity(64)).await;
    world.server.peers().send(ToClient::Data { bytes: "x".repeat(10_000) }).unwrap();
    sleep(Duration::from_secs(3600)).await;
    assert_eq!(world.server.peers().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn those_who_leave_with_much_unread_cost_nobody_else_the_connection() {
    let (mut world, network) = world(Limits::server().max_buffered_total(100_000));
    let mut lazy = dial(&mut world, &network, &Link::with_capacity(1000)).await;
    for _ in 0..9 {
        world.server.peers().send(ToClient::Data { bytes: "x".repeat(10_000) }).unwrap();
    }
    lazy.shutdown().await.unwrap();
    world.expect("0 closes: the peer left").await;
    world.expect("0 leaves: the peer left").await;
    let mut eager = network.dial(&Link::with_capacity(64 * 1024)).unwrap();
    world.expect("1 joins").await;
    world.expect("1 connects").await;
    eager.read_u8().await.unwrap();
    let peer = world.server.peers().iter().next().unwrap();
    for _ in 0..3 {
        peer.send(ToClient::Data { bytes: "x".repeat(10_000) }).unwrap();
        peer.flushed().await;
    }
    assert!(peer.is_open());
}
