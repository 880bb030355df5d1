//! Sending: to one, to all, to some; and what `send` answers when it cannot.

use std::sync::atomic::{AtomicUsize, Ordering};

use repod::proto::{Backlog, CloseReason, Limits, WhenFull};
use repod::serde::{Serialize, Serializer};
use repod::{SendError, prelude::*};

use crate::world::{Raw, Rules, ToClient, ToClientHandler, World, say, within};

fn heard(text: &str) -> ToClient {
    ToClient::Heard { text: text.to_owned() }
}

fn data(len: usize) -> ToClient {
    ToClient::Data { bytes: "x".repeat(len) }
}

#[tokio::test]
async fn a_broadcast_reaches_all_or_all_but_some() {
    let mut world = World::start().await;
    let mut raws = Vec::new();
    for number in 0..3 {
        raws.push(world.join(number).await);
    }
    let peers = world.server.peers().clone();
    let ids: Vec<_> = peers.iter().map(|peer| peer.id()).collect();
    assert_eq!(peers.len(), 3);
    assert_eq!(peers.send(heard("all")).unwrap(), 3);
    assert_eq!(peers.send_except(ids[1], heard("not the second")).unwrap(), 2);
    assert_eq!(peers.send_if(heard("the second"), |id| id == ids[1]).unwrap(), 1);
    peers.find(ids[2]).unwrap().send(heard("the third")).unwrap();
    assert_eq!(peers.send(heard("end")).unwrap(), 3);
    for (raw, expected) in raws.iter_mut().zip([
        &["all", "not the second", "end"][..],
        &["all", "the second", "end"],
        &["all", "not the second", "the third", "end"],
    ]) {
        for text in expected {
            raw.hears(text).await;
        }
    }
}

#[tokio::test]
async fn a_broadcast_is_encoded_once_whatever_the_number_of_peers() {
    static ENCODED: AtomicUsize = AtomicUsize::new(0);
    fn counted<S: Serializer>(text: &String, serializer: S) -> Result<S::Ok, S::Error> {
        ENCODED.fetch_add(1, Ordering::SeqCst);
        text.serialize(serializer)
    }
    #[derive(Action)]
    enum Counted {
        Text {
            #[serde(serialize_with = "counted")]
            text: String,
        },
    }
    #[derive(Action)]
    enum Nothing {
        Nothing,
    }
    struct App;
    struct Seat;
    impl Server for App {
        type Channel = Seat;
        fn channel(self: &std::sync::Arc<Self>, _: Peer<Counted>) -> Seat {
            Seat
        }
    }
    impl Channel for Seat {
        type Incoming = Nothing;
        type Outgoing = Counted;
    }
    impl NothingHandler for Seat {
        async fn on_nothing(&mut self) -> repod::Result {
            Ok(())
        }
    }

    let server = repod::serve(App).bind("127.0.0.1:0").await.unwrap();
    let mut raws = Vec::new();
    for joined in 1..=5 {
        raws.push(Raw::connect(server.local_addr()).await);
        within(async {
            while server.peers().len() < joined {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
    // Small and large: the one is copied, the other shared.
    for text in ["small".to_owned(), "large".repeat(1000)] {
        let before = ENCODED.load(Ordering::SeqCst);
        assert_eq!(server.peers().send(Counted::Text { text: text.clone() }).unwrap(), 5);
        assert_eq!(ENCODED.load(Ordering::SeqCst), before + 1);
        for raw in &mut raws {
            if text == "small" {
                raw.greeted().await;
            }
            let payload = raw.next_payload().await.unwrap();
            assert!(payload.ends_with(text.as_bytes()));
        }
    }
}

#[tokio::test]
async fn a_message_beyond_the_limit_is_an_error_at_the_sender() {
    let mut world = World::with(Rules::default(), Limits::server().max_frame_out(1000)).await;
    let mut raw = world.join(0).await;
    let peers = world.server.peers();
    let peer = peers.iter().next().unwrap();
    let len = repod::encode(&data(1000)).unwrap().len() - 4;
    let too_large = SendError::TooLarge { len, max: 1000 };
    assert_eq!(peer.send(data(1000)), Err(too_large.clone()));
    assert_eq!(peers.send(data(1000)), Err(too_large));
    // It was not sent in part, and the connection is as before.
    raw.says("hello").await;
}

#[tokio::test]
async fn a_closed_peer_takes_nothing() {
    let mut world = World::start().await;
    let mut raw = world.join(0).await;
    let peer = world.server.peers().iter().next().unwrap();
    assert!(peer.is_open());
    peer.send(heard("last")).unwrap();
    peer.close("enough");
    peer.close("too late");
    assert!(!peer.is_open());
    assert_eq!(peer.send(heard("never")), Err(SendError::Closed));
    assert!(world.server.peers().is_empty());
    raw.hears("last").await;
    raw.ends().await;
    world.expect("0 closes: closed by this side: enough").await;
    world.expect("0 leaves: closed by this side: enough").await;
}

#[tokio::test]
async fn a_peer_that_does_not_read_is_closed_as_slow_and_others_do_not_notice() {
    let limits = Limits::server().out_queue(64 * 1024, 1024);
    let mut world = World::with(Rules::default(), limits).await;
    let stuck = world.join(0).await;
    let mut other = world.join(1).await;
    let peers = world.server.peers().clone();
    let stuck_peer = peers.iter().next().unwrap();
    // The kernel takes some megabytes before the queue begins to fill.
    let mut sent = 0;
    while peers.len() == 2 {
        assert!(sent < 10_000, "nothing bounds the queue");
        peers.send(data(16 * 1024)).unwrap();
        sent += 1;
        assert!(stuck_peer.queued_bytes() <= 64 * 1024);
        // The other one reads as fast as it comes.
        assert_eq!(other.receive::<ToClient>().await, data(16 * 1024));
    }
    let note = world.next().await;
    assert!(note.starts_with("0 closes: slow consumer: ") && note.ends_with("the limit is 65536"), "{note}");
    other.says("fine").await;
    drop(stuck);
}

#[tokio::test]
async fn the_queue_is_bounded_in_messages_too_and_says_so() {
    let limits = Limits::server().out_queue(1024 * 1024, 10);
    let mut world = World::with(Rules::default(), limits).await;
    let _raw = world.join(0).await;
    let peer = world.server.peers().iter().next().unwrap();
    // No await in between: the connection's task cannot run on this thread.
    for _ in 0..10 {
        peer.send(heard("x")).unwrap();
    }
    assert_eq!(peer.queued_messages(), 10);
    let backlog = Backlog::Messages { queued: 10, max: 10 };
    assert_eq!(peer.send(heard("x")), Err(SendError::QueueFull(backlog)));
    assert_eq!(peer.send(heard("x")), Err(SendError::Closed));
    let slow = CloseReason::Slow(backlog);
    world.expect(&format!("0 closes: {slow}")).await;
}

#[tokio::test]
async fn the_latest_message_replaces_the_one_that_still_waits() {
    let mut world = World::start().await;
    let mut raw = world.join(0).await;
    let peer = world.server.peers().iter().next().unwrap();
    // No await in between: nothing is written before the last one is queued.
    peer.send(heard("first")).unwrap();
    for number in 0..100 {
        peer.send_latest("position", ToClient::Number { number }).unwrap();
        peer.send_latest(("other", 7), ToClient::Number { number: 1000 + number }).unwrap();
    }
    peer.send(heard("last")).unwrap();
    assert_eq!(peer.queued_messages(), 4);
    raw.hears("first").await;
    assert_eq!(raw.receive::<ToClient>().await, ToClient::Number { number: 99 });
    assert_eq!(raw.receive::<ToClient>().await, ToClient::Number { number: 1099 });
    raw.hears("last").await;
    // What is out is not replaced.
    assert_eq!(world.server.peers().send_latest("position", ToClient::Number { number: 5 }).unwrap(), 1);
    assert_eq!(raw.receive::<ToClient>().await, ToClient::Number { number: 5 });
}

#[tokio::test]
async fn a_full_queue_drops_the_newest_or_the_oldest_if_that_is_wanted() {
    let limits = Limits::server().out_queue(1024 * 1024, 10).when_full(WhenFull::DropNewest);
    let mut world = World::with(Rules::default(), limits).await;
    let mut raw = world.join(0).await;
    let peer = world.server.peers().iter().next().unwrap();
    let number = |number| ToClient::Number { number };
    for index in 0..20 {
        assert_eq!(peer.send(number(index)).is_ok(), index < 10);
    }
    for index in 0..10 {
        assert_eq!(raw.receive::<ToClient>().await, number(index));
    }
    assert!(peer.is_open());

    within(peer.flushed()).await;
    peer.when_full(WhenFull::DropOldest);
    for index in 0..20 {
        peer.send(number(index)).unwrap();
    }
    for index in 10..20 {
        assert_eq!(raw.receive::<ToClient>().await, number(index));
    }
    raw.says("still here").await;
}

#[tokio::test]
async fn the_largest_queue_gives_way_when_all_together_hold_too_much() {
    let limits = Limits::server().max_buffered_total(100_000);
    let mut world = World::with(Rules::default(), limits).await;
    let (mut small, _large) = (world.join(0).await, world.join(1).await);
    let peers: Vec<_> = world.server.peers().iter().collect();
    peers[0].send(data(30_000)).unwrap();
    peers[1].send(data(60_000)).unwrap();
    assert_eq!(world.server.peers().len(), 2);
    peers[0].send(data(20_000)).unwrap();
    assert!(peers[0].is_open() && !peers[1].is_open());
    assert_eq!(small.receive::<ToClient>().await, data(30_000));
    assert_eq!(small.receive::<ToClient>().await, data(20_000));
    let note = world.next().await;
    assert!(note.starts_with("1 closes: slow consumer: 60"), "{note}");
    // There is room again.
    within(peers[0].flushed()).await;
    peers[0].send(data(90_000)).unwrap();
    assert!(peers[0].is_open());
}

#[derive(Action, Debug, PartialEq)]
#[action(sync)]
enum Told {
    Joined { player: PeerId },
}

#[tokio::test]
async fn a_peer_is_an_integer_in_a_message() {
    let mut world = World::start().await;
    let _raw = world.join(0).await;
    let player = world.server.peers().iter().next().unwrap().id();
    let payload = repod::encode(&Told::Joined { player }).unwrap().split_off(4);
    let value = rmpv::decode::read_value(&mut &payload[..]).unwrap();
    assert_eq!(value["player"].as_u64(), player.to_string().parse().ok());
    assert_eq!(repod::decode::<Told>(&payload).unwrap(), Told::Joined { player });
}

#[tokio::test]
async fn a_large_broadcast_counts_once_however_many_wait_for_it() {
    let limits = Limits::server().max_buffered_total(100_000);
    let mut world = World::with(Rules::default(), limits).await;
    let mut raws = Vec::new();
    for number in 0..10 {
        raws.push(world.join(number).await);
    }
    let peers = world.server.peers().clone();
    let first = peers.iter().next().unwrap();
    assert_eq!(peers.send(data(60_000)).unwrap(), 10);
    assert!(peers.iter().all(|peer| peer.queued_bytes() > 60_000));
    assert_eq!(peers.len(), 10);
    // What one has for itself still counts, and there is room for it.
    first.send(data(30_000)).unwrap();
    assert_eq!(peers.len(), 10);
    for raw in &mut raws {
        assert_eq!(raw.receive::<ToClient>().await, data(60_000));
    }
    assert_eq!(raws[0].receive::<ToClient>().await, data(30_000));
    for peer in peers.iter() {
        within(peer.flushed()).await;
    }
    // All have it, so that it does not count any more.
    assert_eq!(peers.send(data(60_000)).unwrap(), 10);
    assert_eq!(peers.len(), 10);
    // Another one is too much: the one who has most gives way, and not everybody.
    first.send(data(30_000)).unwrap();
    assert_eq!(peers.send(data(60_000)).unwrap(), 10);
    assert!(!first.is_open());
    assert_eq!(peers.len(), 9);
}

#[tokio::test]
async fn who_holds_most_for_itself_gives_way_before_those_who_share() {
    let limits = Limits::server().max_buffered_total(100_000);
    let mut world = World::with(Rules::default(), limits).await;
    let mut raws = Vec::new();
    for number in 0..4 {
        raws.push(world.join(number).await);
    }
    let peers = world.server.peers().clone();
    let hog = peers.iter().next().unwrap();
    assert_eq!(peers.send_except(hog.id(), data(60_000)).unwrap(), 3);
    hog.send(data(30_000)).unwrap();
    assert_eq!(peers.len(), 4);
    hog.send(data(20_000)).unwrap();
    assert!(!hog.is_open());
    assert_eq!(peers.len(), 3);
    // What nobody gets does not count either.
    assert_eq!(peers.send_if(data(60_000), |_| false).unwrap(), 0);
    assert_eq!(peers.len(), 3);
}

#[tokio::test]
async fn something_large_is_sent_in_parts_as_fast_as_it_is_read() {
    let limits = Limits::server().out_queue(20_000, 1024);
    let mut world = World::with(Rules::default(), limits).await;
    let mut raw = world.join(0).await;
    let peer = world.server.peers().iter().next().unwrap();
    let sending = tokio::spawn(async move {
        for _ in 0..500 {
            peer.flushed().await;
            peer.send(data(16_000)).unwrap();
        }
    });
    for _ in 0..500 {
        assert_eq!(raw.receive::<ToClient>().await, data(16_000));
    }
    within(sending).await.unwrap();
}

#[tokio::test]
async fn a_large_message_passes_whole() {
    let mut world = World::start().await;
    let mut raw = world.join(0).await;
    world.server.peers().send(data(1_000_000)).unwrap();
    assert_eq!(raw.receive::<ToClient>().await, data(1_000_000));
    raw.send(say("thanks")).await;
    raw.hears("thanks").await;
}

/// A room whose members hear each other, but not themselves, and are given ten numbers when they come.
struct Hall;

struct Member {
    peer: Peer<ToClient>,
}

impl Server for Hall {
    type Channel = Member;
    fn channel(self: &std::sync::Arc<Self>, peer: Peer<ToClient>) -> Member {
        Member { peer }
    }
}

impl Channel for Member {
    type Incoming = ToClient;
    type Outgoing = ToClient;
    async fn on_connect(&mut self) -> repod::Result {
        for number in 0..10 {
            self.peer.send(ToClient::Number { number })?;
        }
        Ok(())
    }
}

impl ToClientHandler for Member {
    fn on_heard(&mut self, text: String) -> repod::Result {
        self.peer.peers().send_except(self.peer.id(), heard(&text))?;
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

#[tokio::test]
async fn the_greeting_is_not_dropped_for_what_comes_behind_it() {
    let limits = Limits::server().out_queue(1024, 5).when_full(WhenFull::DropOldest);
    let server = repod::serve(Hall).limits(limits).bind("127.0.0.1:0").await.unwrap();
    let mut raw = Raw::connect(server.local_addr()).await;
    raw.greeted().await;
    for number in 6..10 {
        assert_eq!(raw.receive::<ToClient>().await, ToClient::Number { number });
    }
}

#[tokio::test]
async fn a_replacement_obeys_the_limit_of_the_queue() {
    let limits = Limits::server().out_queue(10_000, 100).when_full(WhenFull::DropOldest);
    let mut world = World::with(Rules::default(), limits).await;
    let mut raw = world.join(0).await;
    let peer = world.server.peers().iter().next().unwrap();
    // No await in between: nothing is written before the last one is queued.
    for number in 0..10 {
        peer.send_latest(number, ToClient::Number { number }).unwrap();
    }
    for key in 0..10 {
        peer.send_latest(key, data(3000)).unwrap();
        assert!(peer.queued_bytes() <= 10_000, "{}", peer.queued_bytes());
    }
    peer.send_latest(9, heard("last")).unwrap();
    for _ in 7..9 {
        assert_eq!(raw.receive::<ToClient>().await, data(3000));
    }
    raw.hears("last").await;
    peer.when_full(WhenFull::Close);
    peer.send_latest("first", data(6000)).unwrap();
    peer.send_latest("second", heard("small")).unwrap();
    assert!(matches!(peer.send_latest("second", data(6000)), Err(SendError::QueueFull(Backlog::Bytes { .. }))));
    assert!(!peer.is_open());
}

#[tokio::test]
async fn a_peer_that_reads_is_not_slow_because_another_one_says_much_at_once() {
    let limits = Limits::server().out_queue(1024 * 1024, 64);
    let server = repod::serve(Hall).limits(limits).bind("127.0.0.1:0").await.unwrap();
    let mut reader = Raw::connect(server.local_addr()).await;
    let mut talker = Raw::connect(server.local_addr()).await;
    for raw in [&mut reader, &mut talker] {
        raw.greeted().await;
        for number in 0..10 {
            assert_eq!(raw.receive::<ToClient>().await, ToClient::Number { number });
        }
    }
    let frames: Vec<u8> = (0..1000).flat_map(|number| repod::encode(&heard(&number.to_string())).unwrap()).collect();
    talker.write(&frames).await;
    for number in 0..1000 {
        reader.hears(&number.to_string()).await;
    }
}
