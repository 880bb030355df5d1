//! What becomes of a session while its client is away, and when it ends.

use std::sync::atomic::Ordering;
use std::time::Duration;

use repod::proto::{CloseReason, FarewellCode, Limits};
use repod::{Event, Interruption, Reconnect, Resumption, SendError, Sessions};
use tokio::time::{Instant, sleep};

use super::count::{Count, GREETINGS, Player, hasty, serve};
use super::net::net;

/// A client that does not come back by itself before this test lets it.
fn patient() -> Reconnect {
    Reconnect::default().base(Duration::from_secs(3600)).cap(Duration::from_secs(3600))
}

/// A player who has counted to ten, and whose every message is known to have come.
async fn settled(net: &super::net::Net, policy: Reconnect) -> Player {
    let mut player = Player::join(net, policy);
    player.count(10, 10).await;
    // Acknowledged with the heartbeat.
    sleep(Duration::from_secs(20)).await;
    player
}

async fn reconnecting(player: &mut Player) -> CloseReason {
    match player.step().await {
        Some(Event::Reconnecting { reason: Interruption::Closed(reason), .. }) => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_stays_away_is_closed_when_its_window_ends() {
    let (net, door) = net();
    let (server, tally) = serve(door, Sessions::default().resume_window(Duration::from_secs(30)));
    let mut player = settled(&net, patient()).await;
    let peer = server.peers().iter().next().unwrap();
    assert!(!peer.is_suspended());
    let start = Instant::now();
    net.cut();
    player.say();
    reconnecting(&mut player).await;
    // Everybody else sees a player who stands still.
    while !peer.is_suspended() {
        sleep(Duration::from_millis(10)).await;
    }
    assert!(peer.is_open() && server.peers().len() == 1);
    assert!(start.elapsed() < Duration::from_secs(16), "{:?}", start.elapsed());
    let start = Instant::now();
    while peer.is_open() {
        sleep(Duration::from_millis(10)).await;
    }
    assert!(start.elapsed().abs_diff(Duration::from_secs(30)) < Duration::from_millis(110), "{:?}", start.elapsed());
    sleep(Duration::from_millis(10)).await;
    let lines = tally.lines();
    // The reason is that of the loss.
    let lost = lines[lines.len() - 2].strip_prefix("suspended: ").unwrap().to_owned();
    assert_eq!(lines.last().unwrap(), &format!("closed: {lost}"));
    assert!(server.peers().is_empty());
    // Whoever comes too late is told that it is a new one, and nothing of the old conversation comes.
    player.connection.reconnect_now();
    assert!(matches!(player.step().await, Some(Event::Connected)));
    player.count(5, 5).await;
    assert_eq!((player.connected, player.resumed), (2, 0));
    assert_eq!(tally.faults.load(Ordering::SeqCst), 0, "{:?}", tally.lines());
}

#[tokio::test(start_paused = true)]
async fn what_is_said_meanwhile_comes_when_the_client_is_back() {
    let (net, door) = net();
    let (server, tally) = serve(door, Sessions::default());
    let mut player = settled(&net, patient()).await;
    let old = player.connection.server().clone();
    net.cut();
    for _ in 0..5 {
        player.say();
    }
    reconnecting(&mut player).await;
    assert!(old.is_suspended() && old.is_open());
    for _ in 0..5 {
        player.say();
    }
    let peer = server.peers().iter().next().unwrap();
    while !peer.is_suspended() {
        sleep(Duration::from_millis(10)).await;
    }
    // A broadcast reaches those that are away, too.
    for number in 0..3 {
        let number = 10 + GREETINGS + number;
        assert_eq!(server.peers().send(Count::Count { number, filler: String::new() }).unwrap(), 1);
    }
    player.connection.reconnect_now();
    assert!(matches!(player.step().await, Some(Event::Resumed(Resumption::Resumed { replayed: 5 }))));
    assert_eq!(player.connection.server(), &old);
    assert!(!old.is_suspended());
    for _ in 0..3 {
        assert!(matches!(player.step().await, Some(Event::Message(_))));
    }
    sleep(Duration::from_secs(1)).await;
    assert!(!peer.is_suspended());
    assert_eq!(tally.faults.load(Ordering::SeqCst), 0, "{:?}", tally.lines());
    assert_eq!(tally.opened.load(Ordering::SeqCst), 1);
    assert_eq!(tally.lines().last().unwrap(), "Resumed { replayed: 0 }");
}

/// C7: sends while offline are bounded as ever, and nothing comes twice.
#[tokio::test(start_paused = true)]
async fn c7_a_queue_that_overflows_meanwhile_ends_the_session() {
    let (net, door) = net();
    let (_server, tally) = serve(door, Sessions::default());
    let mut player = settled(&net, patient()).await;
    net.cut();
    player.say();
    reconnecting(&mut player).await;
    let max = Limits::client().out_queue_messages;
    for _ in 0..max {
        player.say();
    }
    let number = player.sent;
    let one_too_many = player.connection.send(Count::Count { number, filler: String::new() });
    assert!(matches!(one_too_many, Err(SendError::QueueFull(_))), "{one_too_many:?}");
    assert!(matches!(player.connection.next().await, Some(Event::Closed(CloseReason::Slow(_)))));
    assert!(player.connection.next().await.is_none());
    assert_eq!(tally.faults.load(Ordering::SeqCst), 0);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_or_is_kicked_has_no_session_any_more() {
    // It leaves.
    let (net, door) = net();
    let (server, tally) = serve(door, Sessions::default());
    let mut player = settled(&net, hasty()).await;
    player.connection.close();
    while player.connection.next().await.is_some() {}
    sleep(Duration::from_millis(10)).await;
    assert_eq!(tally.lines(), ["closed: the peer left"]);
    // It is dropped, which is the same.
    drop(settled(&net, hasty()).await);
    sleep(Duration::from_millis(10)).await;
    assert_eq!(tally.lines(), ["closed: the peer left"; 2]);
    // It is kicked while it is here.
    let mut player = settled(&net, hasty()).await;
    server.peers().iter().next().unwrap().close("cheating");
    let Some(Event::Closed(CloseReason::Farewell(farewell))) = player.connection.next().await else { panic!() };
    assert_eq!(farewell.code, FarewellCode::Kicked);
    assert!(player.connection.next().await.is_none());
    assert_eq!(tally.lines().last().unwrap(), "closed: closed by this side: cheating");
    // It is kicked while it is away.
    let mut player = settled(&net, patient()).await;
    let peer = server.peers().iter().next().unwrap();
    net.cut();
    player.say();
    reconnecting(&mut player).await;
    while !peer.is_suspended() {
        sleep(Duration::from_millis(10)).await;
    }
    peer.close("cheating");
    assert!(server.peers().is_empty());
    sleep(Duration::from_millis(10)).await;
    assert_eq!(tally.lines().last().unwrap(), "closed: closed by this side: cheating");
    player.connection.reconnect_now();
    assert!(matches!(player.step().await, Some(Event::Connected)));
    assert_eq!((player.connected, player.resumed), (2, 0));
}

/// A server that is restarted knows no sessions, and says so.
#[tokio::test(start_paused = true)]
async fn a_restarted_server_takes_the_client_for_a_new_one() {
    let (net, door) = net();
    let (server, tally) = serve(door, Sessions::default());
    let mut player = settled(&net, Reconnect::default()).await;
    let other = net.replace();
    server.shutdown(Duration::from_secs(5)).await;
    assert_eq!(tally.lines(), ["closed: this side is shutting down"]);
    let (_server, tally) = serve(other, Sessions::default());
    assert!(matches!(reconnecting(&mut player).await, CloseReason::Farewell(_)));
    assert!(matches!(player.step().await, Some(Event::Connected)));
    player.count(5, 5).await;
    assert_eq!((player.connected, player.resumed), (2, 0));
    assert_eq!(tally.opened.load(Ordering::SeqCst), 1);
}

/// As that, but the client does not hear the farewell, and shows its token to the new server.
#[tokio::test(start_paused = true)]
async fn a_token_of_an_earlier_server_opens_nothing() {
    let (net, door) = net();
    let (server, _) = serve(door, Sessions::default());
    let mut player = settled(&net, patient()).await;
    net.cut();
    player.say();
    reconnecting(&mut player).await;
    let old = player.connection.server().clone();
    let (_server, tally) = serve(net.replace(), Sessions::default());
    drop(server);
    player.connection.reconnect_now();
    assert!(matches!(player.step().await, Some(Event::Connected)));
    // What was queued for the old session is gone with it, and whoever still holds the old server is told.
    assert!(!old.is_open());
    assert_eq!(old.send(Count::Count { number: 0, filler: String::new() }), Err(SendError::Closed));
    player.count(5, 5).await;
    assert_eq!(tally.faults.load(Ordering::SeqCst), 0, "{:?}", tally.lines());
}

/// More is under way than is kept: both sides learn how much is lost, and go on behind it.
#[tokio::test(start_paused = true)]
async fn what_is_not_kept_is_a_gap_of_which_both_sides_know_the_size() {
    let (mut net, door) = net();
    net.room = 1024 * 1024;
    let (server, tally) = serve(door, Sessions::default().ring(2_000));
    let mut player = settled(&net, patient().ring(1_000)).await;
    // Written to the cable, and cut before the other side reads.
    for _ in 0..200 {
        player.say();
    }
    let peer = server.peers().iter().next().unwrap();
    for number in 0..300 {
        let number = 10 + GREETINGS + number;
        peer.send(Count::Count { number, filler: String::new() }).unwrap();
    }
    net.stop_reading();
    player.connection.server().flushed().await;
    peer.flushed().await;
    net.cut();
    player.say();
    reconnecting(&mut player).await;
    player.connection.reconnect_now();
    let Some(Event::Resumed(Resumption::Gap { lost, undelivered })) = player.step().await else { panic!() };
    assert!(lost > 200 && lost < 300, "{lost}");
    assert!(undelivered > 150 && undelivered < 201, "{undelivered}");
    // The rest comes, and the numbers of both sides go on.
    while player.expected < 10 + GREETINGS + 300 {
        player.step().await;
    }
    sleep(Duration::from_millis(10)).await;
    let told = format!("Gap {{ lost: {undelivered}, undelivered: {lost} }}");
    assert!(tally.lines().contains(&told), "{:?}", tally.lines());
    assert_eq!(tally.faults.load(Ordering::SeqCst), 0, "{:?}", tally.lines());
}

/// What is kept for a client that never says that it has something is bounded.
#[tokio::test(start_paused = true)]
async fn a_server_without_sessions_and_a_client_that_does_not_reconnect_are_as_ever() {
    let (net, door) = net();
    let (server, tally) = serve(door, Sessions::default());
    let dialled = net.clone();
    let plain = repod::connect_by(move || dialled.clone().dial(), Limits::client());
    let mut player = Player::of(plain);
    player.count(10, 10).await;
    net.cut();
    player.say();
    assert!(matches!(player.connection.next().await, Some(Event::Closed(CloseReason::Lost(_)))));
    while !server.peers().is_empty() {
        sleep(Duration::from_millis(10)).await;
    }
    sleep(Duration::from_millis(10)).await;
    assert!(tally.lines().last().unwrap().starts_with("closed: "), "{:?}", tally.lines());
    assert_eq!(tally.lines().len(), 1);
}

/// Handlers that wait delay no comeback, and what came before the loss is told before it.
#[tokio::test(start_paused = true)]
async fn reasons_that_are_no_loss_end_a_session_at_once() {
    let (net, door) = net();
    let (server, tally) = serve(door, Sessions::default());
    let player = settled(&net, hasty()).await;
    for peer in server.peers().iter() {
        peer.close(CloseReason::Shutdown);
    }
    sleep(Duration::from_millis(10)).await;
    assert_eq!(tally.lines(), ["closed: this side is shutting down"]);
    drop(player);
}
