//! Servers: binding, refusing, shutting down.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use repod::proto::{Admission, FarewellCode, Limits};
use repod::testing::{self, Link, RawPeer};
use repod::{ConnectError, ConnectionError, Event, Listener, OnHandlerError, ServeError, prelude::*};
use tokio::net::TcpListener;

use crate::world::{Raw, Rules, ToClient, ToClientHandler, ToServer, World, within};

#[derive(Action)]
#[action(sync)]
enum Nothing {
    Nothing,
}

struct Player;

impl Client for Player {
    type Incoming = Nothing;
    type Outgoing = Nothing;
}

impl NothingHandler for Player {
    fn on_nothing(&mut self) -> repod::Result {
        Ok(())
    }
}

struct Empty;

struct Seat;

impl Server for Empty {
    type Channel = Seat;

    fn channel(self: &Arc<Self>, _peer: Peer<Nothing>) -> Seat {
        Seat
    }
}

impl Channel for Seat {
    type Incoming = Nothing;
    type Outgoing = Nothing;
}

impl NothingHandler for Seat {
    fn on_nothing(&mut self) -> repod::Result {
        Ok(())
    }
}

#[tokio::test]
async fn limits_as_large_as_can_be_are_none() {
    let unlimited = |limits: Limits| {
        let times = limits.handshake_timeout(Duration::MAX).frame_timeout(Duration::MAX).write_stall(Duration::MAX);
        times.heartbeat(Duration::MAX, Duration::MAX).in_queue(usize::MAX).out_queue(usize::MAX, usize::MAX)
    };
    let admission = Admission {
        connections: usize::MAX,
        per_address: usize::MAX,
        opened_per_second: u32::MAX,
        opened_at_once: u32::MAX,
    };
    let limits = unlimited(Limits::server()).admission(admission).max_buffered_total(usize::MAX);
    let server = repod::serve(Empty).limits(limits).bind("127.0.0.1:0").await.unwrap();
    let mut connection = repod::connect_with::<Player>(server.local_addr(), unlimited(Limits::client()));
    assert!(matches!(within(connection.next()).await, Some(Event::Connected)));
    assert_eq!(within(server.shutdown(Duration::MAX)).await, 0);
    assert!(matches!(within(connection.next()).await, Some(Event::Closed(_))));
}

#[tokio::test]
async fn a_refused_client_gets_the_message_and_is_never_a_peer() {
    let rules = Rules { seats: 1, ..Rules::default() };
    let mut world = World::with(rules, Limits::server()).await;
    let mut first = world.join(0).await;
    for _ in 0..3 {
        let mut refused = Raw::connect(world.addr()).await;
        // It says something right away, which must not keep it from reading the answer.
        refused.send(ToServer::Fail).await;
        refused.greeted().await;
        assert_eq!(refused.receive::<ToClient>().await, ToClient::Full);
        refused.ends().await;
        assert_eq!(world.server.peers().len(), 1);
    }
    first.says("alone").await;
    world.expect("0 says alone").await;
    drop(first);
    world.expect("0 closes: the peer left").await;
    world.expect("0 leaves: the peer left").await;
    // The seat is free again.
    let mut second = Raw::connect(world.addr()).await;
    second.greeted().await;
    assert!(world.next().await.ends_with("joins"));
}

/// Says hello as soon as it is connected, as most clients do.
#[derive(Default)]
struct Polite {
    heard: Vec<String>,
}

impl Client for Polite {
    type Incoming = ToClient;
    type Outgoing = ToServer;

    fn on_connect(&mut self, server: &Peer<ToServer>) -> repod::Result {
        server.send(ToServer::Say { text: "hello".into() })?;
        Ok(())
    }

    fn on_close(&mut self, _: CloseReason) {
        self.heard.push("the end".into());
    }

    fn on_error(&mut self, error: ConnectionError) {
        self.heard.push(error.to_string());
    }
}

impl ToClientHandler for Polite {
    fn on_heard(&mut self, _: String) -> repod::Result {
        Ok(())
    }

    fn on_number(&mut self, _: u32) -> repod::Result {
        Ok(())
    }

    fn on_full(&mut self) -> repod::Result {
        self.heard.push("full".into());
        Ok(())
    }

    fn on_data(&mut self, _: String) -> repod::Result {
        Ok(())
    }
}

#[tokio::test]
async fn a_client_that_is_refused_before_it_could_say_hello_hears_why() {
    let rules = Rules { seats: 1, ..Rules::default() };
    let mut world = World::with(rules, Limits::server()).await;
    let _first = world.join(0).await;
    let mut connection = repod::connect::<Polite>(world.addr());
    let server = connection.server().clone();
    // The game is slow: the server has closed before `on_connect` is called.
    within(async {
        while server.is_open() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
    let mut client = Polite::default();
    within(connection.run(&mut client)).await.unwrap();
    assert_eq!(client.heard, ["full", "the end"]);
}

#[tokio::test]
async fn a_full_server_says_so_in_its_greeting_and_frees_a_place_at_once() {
    let admission = Admission { connections: 2, ..Admission::default() };
    let mut world = World::with(Rules::default(), Limits::server().admission(admission)).await;
    let mut first = world.join(0).await;
    let mut second = world.join(1).await;
    // Both have said something, so that neither is evicted.
    first.says("one").await;
    second.says("two").await;
    let mut connection = repod::connect::<Player>(world.addr());
    let Some(Event::Failed(ConnectError::TurnedAway { farewell, .. })) = within(connection.next()).await else {
        panic!("it was let in");
    };
    assert_eq!(farewell.code, FarewellCode::Full);
    let retry_after = farewell.retry_after.unwrap();
    assert!((Duration::from_secs(1)..=Duration::from_secs(5)).contains(&retry_after), "{retry_after:?}");
    // A peer that knows nothing of this sees a greeting and the end.
    let mut raw = Raw::connect(world.addr()).await;
    raw.greeted().await;
    raw.ends().await;
    world.rest();
    drop(first);
    world.expect("0 closes: the peer left").await;
    world.expect("0 leaves: the peer left").await;
    let mut third = Raw::connect(world.addr()).await;
    third.greeted().await;
    third.says("three").await;
}

#[tokio::test]
async fn a_full_server_evicts_the_one_who_has_been_silent_for_longest() {
    let admission = Admission { connections: 3, ..Admission::default() };
    let mut world = World::with(Rules::default(), Limits::server().admission(admission)).await;
    let mut speaker = world.join(0).await;
    speaker.says("here").await;
    world.expect("0 says here").await;
    let mut silent = world.join(1).await;
    let _also_silent = world.join(2).await;
    let mut newcomer = Raw::connect(world.addr()).await;
    newcomer.greeted().await;
    newcomer.says("hello").await;
    silent.ends().await;
    let mut notes = world.rest();
    notes.sort();
    let reason = "the server was full and this peer had never said a word";
    assert!(notes.contains(&format!("1 leaves: {reason}")), "{notes:?}");
    speaker.says("still here").await;
    assert_eq!(world.server.peers().len(), 3);
}

#[tokio::test]
async fn a_failing_handler_closes_the_connection_where_that_is_wanted() {
    let (world, notes) = World::app(Rules::default());
    let server = repod::serve(world).on_handler_error(OnHandlerError::Close).bind("127.0.0.1:0").await.unwrap();
    let mut world = World::of(server, notes);
    let mut raw = world.join(0).await;
    raw.send(ToServer::Fail).await;
    raw.ends().await;
    world.expect("0 error: the handler of `fail` failed: no such luck").await;
    world.expect("0 closes: the handler of `fail` failed").await;
}

#[tokio::test]
async fn a_client_is_told_why_it_is_closed_and_when_to_come_back() {
    let mut world = World::start().await;
    let mut connection = repod::connect::<Player>(world.addr());
    assert!(matches!(within(connection.next()).await, Some(Event::Connected)));
    // Its hello goes before its first message.
    connection.send(Nothing::Nothing).unwrap();
    for note in ["joins", "connects", "unknown: nothing"] {
        world.expect(&format!("0 {note}")).await;
    }
    world.server.shutdown(Duration::from_secs(5)).await;
    let Some(Event::Closed(reason)) = within(connection.next()).await else { panic!() };
    assert!(matches!(&reason, CloseReason::Farewell(farewell) if farewell.code == FarewellCode::GoingAway), "{reason}");
    assert!(reason.may_retry() && reason.retry_after() >= Some(Duration::from_secs(1)));
}

#[tokio::test]
async fn a_port_in_use_is_told_with_what_to_do() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = taken.local_addr().unwrap();
    let error = repod::serve(Empty).bind(addr).await.unwrap_err();
    assert!(matches!(&error, ServeError::Bind { error, .. } if error.kind() == ErrorKind::AddrInUse));
    let text = error.to_string();
    assert!(text.starts_with(&format!("cannot listen on {addr}: ")) && text.contains("take another port"), "{text}");

    let error = tokio::task::spawn_blocking(move || Empty.spawn(addr)).await.unwrap().unwrap_err();
    assert!(matches!(error, ServeError::Bind { .. }));
    let error = tokio::task::spawn_blocking(move || Empty.launch(addr)).await.unwrap().unwrap_err();
    assert!(error.to_string().contains("take another port"));
    let error = repod::serve(Empty).bind("nonsense").await.unwrap_err().to_string();
    assert!(error.contains("host:port"), "{error}");
}

#[tokio::test]
async fn shutdown_frees_the_port_at_once_and_tells_everyone() {
    let mut world = World::start().await;
    let mut raw = world.join(0).await;
    let addr = world.addr();
    assert_eq!(world.server.shutdown(Duration::from_secs(5)).await, 0);
    let again = TcpListener::bind(addr).await;
    assert!(again.is_ok(), "{again:?}");
    raw.ends().await;
    world.expect("0 closes: this side is shutting down").await;
    world.expect("0 leaves: this side is shutting down").await;
    // Twice is as good as once, and then the server has ended.
    world.server.shutdown(Duration::from_secs(5)).await;
    within(world.server).await.unwrap();
}

#[tokio::test]
async fn shutdown_keeps_its_deadline_whatever_the_peers_do() {
    let mut world = World::start().await;
    let mut waiting = world.join(0).await;
    waiting.send(ToServer::Wait).await;
    world.expect("0 waits").await;
    let _silent = world.join(1).await;
    let start = Instant::now();
    let cut = world.server.shutdown(Duration::from_millis(500)).await;
    assert!(start.elapsed() < Duration::from_millis(900), "{:?}", start.elapsed());
    assert!(cut >= 1);
    // Also the one that was cut is told.
    let mut notes = world.rest();
    notes.sort();
    let reason = "this side is shutting down";
    let expected = ["0 closes: ", "0 leaves: ", "1 closes: ", "1 leaves: "].map(|note| format!("{note}{reason}"));
    assert_eq!(notes, expected);
    assert!(world.server.peers().is_empty());
}

#[tokio::test]
async fn nobody_joins_a_server_that_is_shutting_down() {
    let world = World::start().await;
    let peers = world.server.peers().clone();
    let addr = world.addr();
    let storm = tokio::spawn(async move {
        loop {
            // Those that come before the listener is closed are served, the others are refused by the system.
            let Ok(mut stream) = tokio::net::TcpStream::connect(addr).await else {
                break;
            };
            let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut [0; 64]).await;
        }
    });
    world.server.shutdown(Duration::from_secs(5)).await;
    assert!(peers.is_empty());
    within(storm).await.unwrap();
    assert!(peers.is_empty());
}

#[tokio::test]
async fn dropping_the_handle_ends_everything() {
    let mut world = World::start().await;
    let addr = world.addr();
    let mut raw = world.join(0).await;
    let World { server, .. } = world;
    drop(server);
    raw.ends().await;
    within(async {
        while TcpListener::bind(addr).await.is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[test]
fn dropping_the_runtime_drops_the_server_with_it() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (world, raw) = runtime.block_on(async {
        let mut world = World::start().await;
        let raw = world.join(0).await;
        (world, raw)
    });
    let peers = world.server.peers().clone();
    drop(runtime);
    drop(raw);
    let World { server, .. } = world;
    drop(server);
    assert!(peers.is_empty());
}

/// A listener of somebody's own, with a fault.
struct Faulty;

impl Listener for Faulty {
    type Stream = tokio::io::DuplexStream;

    async fn accept(&mut self) -> io::Result<(Self::Stream, SocketAddr)> {
        panic!("out of cables")
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(([127, 0, 0, 1], 5071).into())
    }
}

#[tokio::test]
async fn a_listener_that_panics_ends_the_server_with_an_error() {
    let server = repod::serve(Empty).listen(Faulty).unwrap();
    let error = within(server).await.unwrap_err();
    assert!(matches!(error, ServeError::Listener(_)), "{error:?}");
    assert!(error.to_string().contains("out of cables"), "{error}");
}

/// Its `on_close` waits for ever, and panics when it is dropped.
struct Stubborn;

impl Channel for Stubborn {
    type Incoming = Nothing;
    type Outgoing = Nothing;

    async fn on_close(&mut self, _: CloseReason) {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("dropped");
            }
        }
        let _bomb = Bomb;
        std::future::pending().await
    }
}

impl NothingHandler for Stubborn {
    fn on_nothing(&mut self) -> repod::Result {
        Ok(())
    }
}

#[derive(Default)]
struct Counted {
    connected: AtomicUsize,
    disconnected: AtomicUsize,
}

impl Server for Counted {
    type Channel = Stubborn;

    fn channel(self: &Arc<Self>, _peer: Peer<Nothing>) -> Stubborn {
        self.connected.fetch_add(1, Ordering::SeqCst);
        Stubborn
    }

    fn on_disconnect(&self, _: &Peer<Nothing>, _: &CloseReason) {
        self.disconnected.fetch_add(1, Ordering::SeqCst);
    }
}

#[tokio::test(start_paused = true)]
async fn a_callback_that_panics_when_it_is_cut_is_followed_by_on_disconnect() {
    let (network, listener) = testing::network();
    let server = repod::serve(Counted::default()).listen(listener).unwrap();
    let mut raw = RawPeer::over(network.dial(&Link::new()).unwrap());
    raw.greeted().await;
    assert_eq!(server.shutdown(Duration::from_secs(1)).await, 1);
    let app = server.app();
    assert_eq!((app.connected.load(Ordering::SeqCst), app.disconnected.load(Ordering::SeqCst)), (1, 1));
}

#[test]
fn a_server_in_the_background_answers_until_it_is_shut_down() {
    let server = Empty.spawn("127.0.0.1:0").unwrap();
    let addr = server.local_addr();
    assert_ne!(addr.port(), 0);
    let stream = std::net::TcpStream::connect(addr).unwrap();
    let start = Instant::now();
    server.shutdown(Duration::from_secs(5)).unwrap();
    assert!(start.elapsed() < Duration::from_secs(4));
    assert!(std::net::TcpStream::connect(addr).is_err());
    drop(stream);
}
