//! The helpers for tests: what they promise to those who test with them. That they suit their purpose is shown by the tests that use them.

use std::time::Duration;

use repod::proto::{CloseReason, FarewellCode, Limits};
use repod::testing::{self, Caller, End, Host, Link, RawPeer, Room, expect_action};
use repod::{Event, Value, prelude::*};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, sleep, timeout};

use crate::world::{App, Rules, ToClient, ToServer, World, bare, say, shout, within};

const MS: Duration = Duration::from_millis(1);

fn host() -> Host<App> {
    Host::new(World::app(Rules::default()).0)
}

async fn read(end: &mut End, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    within(end.read_exact(&mut bytes)).await.unwrap();
    bytes
}

#[tokio::test(start_paused = true)]
async fn a_link_delays_each_direction_and_lets_nothing_overtake() {
    let link = Link::new();
    let (mut ours, mut theirs) = link.open().unwrap();
    let start = Instant::now();
    link.delay(100 * MS);
    ours.write_all(b"slow").await.unwrap();
    sleep(10 * MS).await;
    link.delay(Duration::ZERO);
    ours.write_all(b"fast").await.unwrap();
    // The other direction has no part in this.
    theirs.write_all(b"back").await.unwrap();
    assert_eq!(read(&mut ours, 4).await, b"back");
    assert_eq!(start.elapsed(), 10 * MS);
    assert_eq!(read(&mut theirs, 8).await, b"slowfast");
    assert_eq!(start.elapsed(), 100 * MS);
    // The end has its time, too, and comes last.
    link.delay(50 * MS);
    ours.write_all(b"bye").await.unwrap();
    drop(ours);
    let mut rest = Vec::new();
    within(theirs.read_to_end(&mut rest)).await.unwrap();
    assert_eq!((rest, start.elapsed()), (b"bye".to_vec(), 150 * MS));
}

#[tokio::test(start_paused = true)]
async fn a_link_that_stalls_loses_nothing_and_takes_only_so_much() {
    let link = Link::with_capacity(8);
    let (mut ours, mut theirs) = link.open().unwrap();
    ours.write_all(b"1234").await.unwrap();
    link.stall();
    // Also what was under way already stays there.
    assert!(timeout(60_000 * MS, theirs.read_u8()).await.is_err());
    ours.write_all(b"5678").await.unwrap();
    assert!(timeout(60_000 * MS, ours.write_all(b"9")).await.is_err());
    link.resume();
    assert_eq!(read(&mut theirs, 8).await, b"12345678");
    ours.write_all(b"9").await.unwrap();
    assert_eq!(read(&mut theirs, 1).await, b"9");
}

/// Both ends wait for the other when the link is cut.
#[tokio::test(start_paused = true)]
async fn a_link_that_is_cut_resets_both_ends_for_good() {
    let link = Link::with_capacity(4);
    let (mut ours, mut theirs) = link.open().unwrap();
    ours.write_all(b"lost").await.unwrap();
    let cutter = link.clone();
    let cutting = tokio::spawn(async move {
        sleep(MS).await;
        cutter.cut();
    });
    let reading = async {
        sleep(2 * MS).await;
        theirs.read_u8().await
    };
    let (written, read) = within(async { tokio::join!(ours.write_all(b"more"), reading) }).await;
    cutting.await.unwrap();
    assert_eq!(written.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
    assert_eq!(read.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
    assert!(link.open().is_err());
    link.resume();
    assert!(ours.read_u8().await.is_err());
    let (mut ours, mut theirs) = link.open().unwrap();
    let waiting = tokio::spawn(async move { theirs.read_u8().await.map_err(|error| error.kind()) });
    sleep(MS).await;
    link.cut();
    assert_eq!(within(waiting).await.unwrap(), Err(std::io::ErrorKind::ConnectionReset));
    assert!(ours.write_u8(1).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn callers_share_a_server_and_stay_as_long_as_they_like() {
    let host = host();
    let (mut ada, mut bob) = (host.join().await, host.join().await);
    sleep(Duration::from_secs(3600)).await;
    ada.send(shout("Hello!")).unwrap();
    for caller in [&mut ada, &mut bob] {
        expect_action!(*caller, ToClient::Heard { text } if text == "Hello!");
    }
    assert!(ada.poll().is_none());
    ada.send(ToServer::Burst { count: 1 }).unwrap();
    ada.send(say("too late")).unwrap();
    let number = expect_action!(ada, ToClient::Number { number } => number);
    assert_eq!(number, 0);
    let CloseReason::Farewell(farewell) = ada.closed().await else { panic!() };
    assert_eq!((farewell.code, &*farewell.text), (FarewellCode::Kicked, "burst is over"));
    assert!(within(ada.next()).await.is_none());
    assert!(ada.send(say("is anybody there?")).is_err());
}

#[tokio::test(start_paused = true)]
async fn what_a_caller_sends_before_it_closes_arrives() {
    let (app, log) = World::app(Rules::default());
    let host = Host::new(app);
    let mut ada = host.join().await;
    for number in 0..100 {
        ada.send(say(&number.to_string())).unwrap();
    }
    ada.close();
    assert_eq!(ada.closed().await.to_string(), "closed by this side: the client left");
    let mut notes = log;
    let mut said = 0;
    while let Some(note) = within(notes.recv()).await {
        said += usize::from(note.starts_with("0 says"));
        if note.starts_with("0 leaves") {
            break;
        }
    }
    assert_eq!(said, 100);
}

#[tokio::test(start_paused = true)]
async fn a_pulled_cable_is_noticed_on_both_sides() {
    let host = host();
    let link = Link::new();
    let mut ada = host.join_over(&link).await;
    let start = Instant::now();
    link.stall();
    assert!(matches!(ada.closed().await, CloseReason::Timeout(_)));
    sleep(Duration::from_secs(5)).await;
    assert!(host.server().peers().is_empty());
    assert!(start.elapsed() < Duration::from_secs(30));
}

/// The text with which a test fails.
async fn failure(test: impl Future<Output = ()> + Send + 'static) -> String {
    let panic = tokio::spawn(test).await.unwrap_err().into_panic();
    *panic.downcast::<String>().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_failed_expectation_says_what_was_expected_what_came_and_what_else_there_is() {
    let text = failure(async {
        let host = host();
        let mut ada = host.join().await;
        for text in ["one", "two", "three"] {
            ada.send(say(text)).unwrap();
        }
        ada.send(ToServer::Burst { count: 1 }).unwrap();
        sleep(MS).await;
        expect_action!(ada, ToClient::Heard { text } if text == "one");
        expect_action!(ada, ToClient::Heard { text } if text == "2");
    })
    .await;
    assert_eq!(
        text,
        "expected `ToClient::Heard { text } if text == \"2\"`\n but got Heard { text: \"two\" }\n \
         and then Heard { text: \"three\" }\n and then Number { number: 0 }\n \
         and then the connection ended: closed by the peer: kicked (burst is over)"
    );

    let nothing = failure(async {
        let host = host();
        let mut ada = host.join().await;
        expect_action!(ada, ToClient::Full);
    });
    assert_eq!(nothing.await, "expected `ToClient::Full`\n but nothing came for 20 s");

    let nothing_sent = failure(async {
        let (_peer, mut sent) = testing::peer::<ToClient>();
        expect_action!(sent, ToClient::Full);
    });
    assert_eq!(nothing_sent.await, "expected `ToClient::Full`\n but nothing was sent");

    let unknown = failure(async {
        let (ours, theirs) = Link::new().open().unwrap();
        let (mut client, mut server) = (RawPeer::over(ours), RawPeer::over(theirs));
        server.write(&[bare("dance"), bare("full")].concat()).await;
        expect_action!(client, ToClient::Number { number: 1..=5 });
    });
    assert_eq!(
        unknown.await,
        "expected `ToClient::Number { number: 1..=5 }`\n \
         but a message came that the enum does not declare: {\"action\": \"dance\"}\n and then Full"
    );
}

#[tokio::test]
async fn a_raw_peer_says_what_it_is_told_and_nothing_else() {
    let (ours, theirs) = Link::new().open().unwrap();
    let (mut client, mut server) = (RawPeer::over(ours), RawPeer::over(theirs));
    server.greet().await;
    client.greeted().await;
    client.hello().await;
    let hello = server.next_value().await.unwrap();
    assert_eq!(hello["action"].as_str(), Some("repod.hello"));
    client.send(say("as an action")).await;
    client.send_value(&Value::Map(vec![("text".into(), "as a value".into()), ("action".into(), "say".into())])).await;
    client.send_payload(b"\x82\xa6action\xa3say\xa4text\xa8as bytes").await;
    for expected in ["as an action", "as a value", "as bytes"] {
        assert_eq!(server.receive::<ToServer>().await, say(expected));
    }
    client.stream().shutdown().await.unwrap();
    server.ends().await;
}

/// A peer that has said hello is pinged, and answers while it waits for an action.
#[tokio::test(start_paused = true)]
async fn a_raw_peer_that_said_hello_answers_pings_while_it_waits() {
    let host = host();
    let mut rust = host.raw();
    rust.greeted().await;
    rust.hello().await;
    for _ in 0..10 {
        let waits = timeout(Duration::from_secs(9), rust.receive::<ToClient>());
        assert!(waits.await.is_err());
    }
    rust.send(say("still here")).await;
    expect_action!(rust, ToClient::Heard { .. });
    // Without anybody who reads, nobody answers.
    sleep(Duration::from_secs(30)).await;
    assert!(host.server().peers().is_empty());
}

#[tokio::test]
async fn a_room_has_peers_as_a_server_has() {
    let room = Room::with(Limits::server().out_queue(1024, 2));
    let (ada, mut ada_hears) = room.join();
    let (bob, mut bob_hears) = room.join();
    assert_ne!(ada.addr(), bob.addr());
    ada.peers().send(ToClient::Full).unwrap();
    ada.send_latest("number", ToClient::Number { number: 1 }).unwrap();
    ada.send_latest("number", ToClient::Number { number: 2 }).unwrap();
    assert_eq!(ada_hears.all(), [ToClient::Full, ToClient::Number { number: 2 }]);
    // What was taken makes room, as what was written does.
    for number in 0..2 {
        ada.send(ToClient::Number { number }).unwrap();
    }
    assert!(ada.send(ToClient::Full).is_err());
    assert_eq!(ada_hears.closed().unwrap().to_string(), "slow consumer: 2 messages are queued, the limit is 2");
    assert!(ada_hears.is_empty(), "one that does not read gets nothing more");
    assert_eq!(room.peers().iter().collect::<Vec<_>>(), [bob]);
    expect_action!(bob_hears, ToClient::Full);
    assert!(bob_hears.is_empty());
    assert!(bob_hears.closed().is_none());
}

/// A channel of the world, without a server and a network.
#[tokio::test]
async fn a_channel_is_tested_with_a_peer_and_nothing_else() {
    let (app, mut log) = World::app(Rules::default());
    let (peer, mut sent) = testing::peer();
    let mut seat = std::sync::Arc::new(app).channel(peer);
    seat.on_connect().await.unwrap();
    repod::Dispatch::dispatch(ToServer::Burst { count: 2 }, &mut seat).await.unwrap();
    expect_action!(sent, ToClient::Number { number: 0 });
    expect_action!(sent, ToClient::Number { number: 1 });
    assert_eq!(sent.closed().unwrap().to_string(), "closed by this side: burst is over");
    assert!(crate::world::ToServerHandler::on_fail(&mut seat).await.is_err());
    assert_eq!(log.recv().await.unwrap(), "0 connects");
}

#[tokio::test(start_paused = true)]
async fn a_host_that_is_full_or_gone_says_so_in_the_failure() {
    let full = failure(async {
        let mut limits = Limits::server();
        limits.admission.connections = 1;
        let host = Host::of(repod::serve(World::app(Rules::default()).0).limits(limits));
        let _ada: Caller<_, _> = host.join().await;
        sleep(MS).await;
        host.join().await;
    });
    assert!(full.await.starts_with("the server did not let this client in: "));
    let host = host();
    let mut ada = host.join().await;
    let network = host.network().clone();
    drop(host);
    assert!(matches!(within(ada.next()).await, Some(Event::Closed(_))));
    assert!(network.dial(&Link::new()).is_err());
}
