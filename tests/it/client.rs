//! Clients: connecting, the three faces of a connection, and its end.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, Instant};

use repod::proto::CloseReason;
use repod::{Budget, ConnectError, Connection, ConnectionError, Event, Unknown, prelude::*};

use crate::world::{Raw, ToClient, ToClientHandler, ToServer, World, bare, say, within};

/// Notes what it is told.
#[derive(Default)]
struct Notes {
    lines: Vec<String>,
    hello: Option<&'static str>,
}

impl Client for Notes {
    type Incoming = ToClient;
    type Outgoing = ToServer;

    fn on_connect(&mut self, server: &Peer<ToServer>) -> repod::Result {
        self.lines.push("connected".to_owned());
        assert_ne!(server.addr().port(), 0);
        if let Some(text) = self.hello {
            server.send(say(text))?;
        }
        Ok(())
    }

    fn on_close(&mut self, reason: CloseReason) {
        self.lines.push(format!("closed: {reason}"));
    }

    fn on_error(&mut self, error: ConnectionError) {
        self.lines.push(format!("error: {error}"));
    }

    fn on_unknown(&mut self, message: Unknown) -> repod::Result {
        self.lines.push(format!("unknown: {}", message.name()));
        Ok(())
    }
}

impl ToClientHandler for Notes {
    fn on_heard(&mut self, text: String) -> repod::Result {
        if text == "fail" {
            return Err("no such luck".into());
        }
        self.lines.push(format!("heard {text}"));
        Ok(())
    }

    fn on_number(&mut self, number: u32) -> repod::Result {
        self.lines.push(format!("number {number}"));
        Ok(())
    }

    fn on_full(&mut self) -> repod::Result {
        self.lines.push("full".to_owned());
        Ok(())
    }

    fn on_data(&mut self, bytes: String) -> repod::Result {
        self.lines.push(format!("data {}", bytes.len()));
        Ok(())
    }
}

const BURST: &str = "closed: closed by the peer: kicked (burst is over)";

/// Pumps as a game does until `is_done`, or the connection is over.
fn play(connection: &mut Connection<Notes>, notes: &mut Notes, is_done: impl Fn(&Notes) -> bool) {
    let start = Instant::now();
    while !is_done(notes) && connection.pump(notes).is_open() {
        assert!(start.elapsed() < Duration::from_secs(20), "waited twenty seconds: {:?}", notes.lines);
        std::thread::yield_now();
    }
}

fn until_over(connection: &mut Connection<Notes>) -> Vec<String> {
    let mut notes = Notes::default();
    play(connection, &mut notes, |_| false);
    notes.lines
}

/// A server that writes these bytes to the first client, keeps what that one sent until it closes, and ends.
fn scripted(bytes: Vec<u8>) -> (SocketAddr, std::thread::JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(&bytes).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut received = Vec::new();
        let _ = stream.read_to_end(&mut received);
        received
    });
    (addr, thread)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_game_loop_pumps_a_conversation() {
    let mut world = World::start().await;
    let addr = world.addr();
    let lines = tokio::task::spawn_blocking(move || {
        let mut connection = repod::connect::<Notes>(addr);
        let mut notes = Notes { hello: Some("Ada"), ..Notes::default() };
        play(&mut connection, &mut notes, |notes| notes.lines.len() == 2);
        connection.send(ToServer::Burst { count: 3 }).unwrap();
        play(&mut connection, &mut notes, |_| false);
        notes.lines
    });
    let lines = within(lines).await.unwrap();
    assert_eq!(lines, ["connected", "heard Ada", "number 0", "number 1", "number 2", BURST]);
    world.expect("0 joins").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_can_be_polled() {
    let world = World::start().await;
    let mut connection = repod::connect::<Notes>(world.addr());
    connection.send(ToServer::Burst { count: 1 }).unwrap();
    let mut seen = Vec::new();
    within(async {
        while connection.is_open() {
            while let Some(event) = connection.poll() {
                seen.push(match event {
                    Event::Connected => "connected".to_owned(),
                    Event::Message(message) => format!("{message:?}"),
                    Event::Unknown(message) => message.name().to_owned(),
                    Event::Error(error) => error.to_string(),
                    Event::Failed(error) => error.to_string(),
                    Event::Resumed(how) => format!("{how:?}"),
                    Event::Reconnecting { reason, .. } => reason.to_string(),
                    Event::Closed(reason) => reason.to_string(),
                });
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(seen, ["connected", "Number { number: 0 }", "closed by the peer: kicked (burst is over)"]);
    assert!(connection.poll().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_runs_inside_tokio() {
    let world = World::start().await;
    let mut notes = Notes::default();
    let mut connection = repod::connect::<Notes>(world.addr());
    connection.send(ToServer::Burst { count: 2 }).unwrap();
    let reason = within(connection.run(&mut notes)).await.unwrap();
    assert!(matches!(reason, CloseReason::Farewell(_)), "{reason}");
    assert_eq!(notes.lines, ["connected", "number 0", "number 1", BURST]);
    assert!(!connection.is_open());
}

#[tokio::test]
async fn a_connection_runs_on_the_current_thread_runtime_too() {
    let world = World::start().await;
    let mut connection = repod::connect::<Notes>(world.addr());
    connection.send(ToServer::Burst { count: 0 }).unwrap();
    let reason = within(connection.run(&mut Notes::default())).await.unwrap();
    assert!(matches!(reason, CloseReason::Farewell(_)), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_before_the_connection_is_up_arrives_in_order() {
    let mut world = World::start().await;
    let connection = repod::connect::<Notes>(world.addr());
    for text in ["one", "two", "three"] {
        connection.send(say(text)).unwrap();
    }
    for note in ["joins", "connects", "says one", "says two", "says three"] {
        world.expect(&format!("0 {note}")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_before_close_arrives() {
    let mut world = World::start().await;
    let mut connection = repod::connect::<Notes>(world.addr());
    assert!(matches!(within(connection.next()).await, Some(Event::Connected)));
    for number in 0..50 {
        connection.send(say(&number.to_string())).unwrap();
    }
    connection.close();
    world.expect("0 joins").await;
    world.expect("0 connects").await;
    for number in 0..50 {
        world.expect_amid_failed_answers(&format!("0 says {number}")).await;
    }
    let last = world.next().await;
    assert!(last.starts_with("0 closes: ") || last.starts_with("0 error: "), "{last}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_and_closed_before_the_connection_is_up_arrives() {
    let mut world = World::start().await;
    let mut connection = repod::connect::<Notes>(world.addr());
    for text in ["one", "two"] {
        connection.send(say(text)).unwrap();
    }
    connection.close();
    let mut notes = Notes::default();
    within(connection.run(&mut notes)).await.unwrap();
    for note in ["joins", "connects", "says one", "says two"] {
        world.expect_amid_failed_answers(&format!("0 {note}")).await;
    }
    assert_eq!(notes.lines, ["connected", "closed: closed by this side: the client left"]);
}

#[test]
fn dropping_a_connection_sends_what_is_queued_and_ends_its_thread() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut world = runtime.block_on(World::start());
    let mut connection = repod::connect::<Notes>(world.addr());
    let mut notes = Notes::default();
    play(&mut connection, &mut notes, |notes| !notes.lines.is_empty());
    connection.send(say("goodbye")).unwrap();
    let start = Instant::now();
    drop(connection);
    assert!(start.elapsed() < Duration::from_millis(1500), "{:?}", start.elapsed());
    runtime.block_on(async {
        for note in ["joins", "connects", "says goodbye"] {
            world.expect(&format!("0 {note}")).await;
        }
        // The answer to it may find the connection gone.
        while !world.next().await.starts_with("0 leaves") {}
    });
}

#[test]
fn a_connection_whose_runtime_is_dropped_says_that_it_is_over() {
    let servers = tokio::runtime::Runtime::new().unwrap();
    let world = servers.block_on(World::start());
    for is_up in [true, false] {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        // Nobody answers at the other address.
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = if is_up { world.addr() } else { silent.local_addr().unwrap() };
        let mut connection = runtime.block_on(async { repod::connect::<Notes>(addr) });
        if is_up {
            assert!(matches!(runtime.block_on(within(connection.next())), Some(Event::Connected)));
        }
        drop(runtime);
        match connection.poll() {
            Some(Event::Closed(_)) => assert!(is_up),
            Some(Event::Failed(error)) => {
                assert!(!is_up && error.to_string().contains("its runtime has ended"), "{error}")
            }
            _ => panic!("it ends without a word"),
        }
        assert!(connection.poll().is_none() && !connection.is_open());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_connections_are_two_peers() {
    let mut world = World::start().await;
    let mut first = repod::connect::<Notes>(world.addr());
    world.expect("0 joins").await;
    world.expect("0 connects").await;
    assert!(matches!(within(first.next()).await, Some(Event::Connected)));
    let mut second = repod::connect::<Notes>(world.addr());
    world.expect("1 joins").await;
    world.expect("1 connects").await;
    assert_ne!(first.server().id(), second.server().id());
    drop(first);
    world.expect("0 closes: the peer left").await;
    world.expect("0 leaves: the peer left").await;
    second.send(say("still here")).unwrap();
    world.expect("1 says still here").await;
    assert!(matches!(within(second.next()).await, Some(Event::Connected)));
}

#[test]
fn a_server_that_is_not_there_is_an_error_fit_for_a_player() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let check = |addr: String, expected: fn(&ConnectError) -> bool, text: &str| {
        let mut connection = repod::connect::<Notes>(&addr);
        let start = Instant::now();
        let error = loop {
            match connection.poll() {
                Some(Event::Failed(error)) => break error,
                Some(event) => panic!("{event:?}"),
                None => assert!(connection.is_open() && start.elapsed() < Duration::from_secs(20), "{addr}"),
            }
            std::thread::yield_now();
        };
        assert!(expected(&error), "{error:?}");
        assert!(error.to_string().contains(text), "{error}");
        assert!(!connection.is_open());
        // And the trait's way.
        let lines = until_over(&mut repod::connect(&addr));
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].starts_with("error: ") && lines[0].contains(text), "{lines:?}");
    };
    check(free.to_string(), |error| matches!(error, ConnectError::Refused { .. }), "the server is not running");
    check(
        "nowhere.invalid:5071".to_owned(),
        |error| matches!(error, ConnectError::NameNotFound { .. }),
        "no server of that name",
    );
    check("localhost".to_owned(), |error| matches!(error, ConnectError::Other { .. }), "host:port");
}

#[test]
fn what_is_not_a_repod_server_is_told() {
    let check = |bytes: &[u8], reason: &CloseReason| {
        let (addr, thread) = scripted(bytes.to_vec());
        let mut connection = repod::connect::<Notes>(addr);
        let start = Instant::now();
        let error = loop {
            match connection.poll() {
                Some(Event::Failed(error)) => break error,
                Some(event) => panic!("{event:?}"),
                None => assert!(start.elapsed() < Duration::from_secs(20)),
            }
            std::thread::yield_now();
        };
        assert!(matches!(&error, ConnectError::NoGreeting { reason: found, .. } if found == reason), "{error:?}");
        drop(connection);
        assert!(thread.join().unwrap().is_empty(), "something was sent before the greeting");
    };
    check(&bare("hello"), &CloseReason::NoGreeting);
    check(b"\0\0\0\x01\xc0", &CloseReason::NoGreeting);
    check(b"", &CloseReason::PeerLeft);
    let http = u32::from_be_bytes(*b"HTTP") as usize;
    let too_large = repod::proto::FrameTooLarge { len: http, max: 1024 * 1024 };
    check(b"HTTP/1.1 400 Bad Request\r\n\r\n", &CloseReason::FrameTooLarge(too_large));
}

#[test]
fn only_the_first_connected_is_the_greeting() {
    let frames = [bare("connected"), bare("connected"), bare("disconnected"), bare("error"), bare("full")];
    let (addr, thread) = scripted(frames.concat());
    let lines = until_over(&mut repod::connect(addr));
    assert_eq!(
        lines,
        ["connected", "unknown: connected", "unknown: disconnected", "unknown: error", "full", "closed: the peer left"]
    );
    thread.join().unwrap();
}

#[test]
fn a_failing_handler_and_a_bad_message_reach_on_error_and_the_connection_goes_on() {
    let heard = |text: &str| repod::encode(&ToClient::Heard { text: text.to_owned() }).unwrap();
    let frames = [bare("connected"), heard("fail"), bare("heard"), heard("well")];
    let (addr, thread) = scripted(frames.concat());
    let lines = until_over(&mut repod::connect(addr));
    let missing = "action `heard`, field `text`: expected a string, but it is missing";
    assert_eq!(
        lines,
        [
            "connected".to_owned(),
            "error: the handler of `heard` failed: no such luck".to_owned(),
            format!("error: refused a message: {missing}"),
            "heard well".to_owned(),
            "closed: the peer left".to_owned(),
        ]
    );
    thread.join().unwrap();
}

#[test]
fn nothing_is_handled_after_the_client_has_closed() {
    let number = |number: u32| repod::encode(&ToClient::Number { number }).unwrap();
    let frames: Vec<_> = std::iter::once(bare("connected")).chain((0..5).map(number)).collect();
    let (addr, thread) = scripted(frames.concat());
    let mut connection = repod::connect::<Notes>(addr);
    let start = Instant::now();
    while connection.pump_within(&mut Notes::default(), Budget { events: 0, time: Duration::ZERO }).left() < 6 {
        assert!(start.elapsed() < Duration::from_secs(20));
        std::thread::yield_now();
    }
    let mut notes = Notes::default();
    let two = Budget { events: 2, time: Duration::MAX };
    assert_eq!(connection.pump_within(&mut notes, two).handled(), 2);
    connection.close();
    play(&mut connection, &mut notes, |_| false);
    // The server had left already; whichever reason came first is told, and nothing else.
    assert_eq!(notes.lines[..2], ["connected", "number 0"]);
    assert_eq!(notes.lines.len(), 3, "{:?}", notes.lines);
    assert!(notes.lines[2].starts_with("closed: "), "{:?}", notes.lines);
    thread.join().unwrap();
}

#[test]
fn a_pump_keeps_its_budget_and_says_what_is_left() {
    let number = |number: u32| repod::encode(&ToClient::Number { number }).unwrap();
    let frames: Vec<_> = std::iter::once(bare("connected")).chain((0..2000).map(number)).collect();
    let (addr, thread) = scripted(frames.concat());
    let mut connection = repod::connect::<Notes>(addr);
    let mut notes = Notes::default();
    let budget = Budget { events: 10, time: Duration::MAX };
    let start = Instant::now();
    loop {
        assert!(start.elapsed() < Duration::from_secs(20));
        let before = notes.lines.len();
        let pumped = connection.pump_within(&mut notes, budget);
        assert!(pumped.handled() <= 10);
        assert_eq!(notes.lines.len() - before, pumped.handled());
        if !pumped.is_open() {
            break;
        }
    }
    assert_eq!(notes.lines.len(), 2002);
    assert!(notes.lines[1..2001].iter().enumerate().all(|(index, line)| *line == format!("number {index}")));
    let nothing = Budget { events: 0, time: Duration::MAX };
    assert_eq!(connection.pump_within(&mut notes, nothing).handled(), 0);
    thread.join().unwrap();
}

#[test]
fn a_pump_stops_when_its_time_is_over() {
    let number = |number: u32| repod::encode(&ToClient::Number { number }).unwrap();
    let frames: Vec<_> = std::iter::once(bare("connected")).chain((0..100).map(number)).collect();
    let (addr, thread) = scripted(frames.concat());
    let mut connection = repod::connect::<Notes>(addr);
    let mut notes = Notes::default();
    // No time at all: one event each, and never none while there are some.
    let budget = Budget { events: usize::MAX, time: Duration::ZERO };
    let start = Instant::now();
    while connection.is_open() {
        assert!(start.elapsed() < Duration::from_secs(20));
        assert!(connection.pump_within(&mut notes, budget).handled() <= 1);
    }
    assert_eq!(notes.lines.len(), 102);
    thread.join().unwrap();
}

#[test]
fn a_half_frame_does_not_spoil_the_next_connection() {
    let whole = repod::encode(&ToClient::Heard { text: "half".to_owned() }).unwrap();
    let (addr, thread) = scripted([bare("connected"), whole[..9].to_vec()].concat());
    let lines = until_over(&mut repod::connect(addr));
    assert!(lines[1].contains("within a frame"), "{lines:?}");
    thread.join().unwrap();
    let (addr, thread) = scripted([bare("connected"), whole].concat());
    let lines = until_over(&mut repod::connect(addr));
    assert_eq!(lines[1], "heard half");
    thread.join().unwrap();
}

#[test]
fn closing_while_connecting_ends_without_an_event() {
    // It accepts, and never greets.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut connection = repod::connect::<Notes>(listener.local_addr().unwrap());
    let (mut stream, _) = listener.accept().unwrap();
    connection.close();
    assert!(until_over(&mut connection).is_empty());
    assert_eq!(stream.read(&mut [0; 8]).unwrap(), 0);
}

#[tokio::test]
async fn dropping_a_connection_at_any_moment_leaves_nothing_behind() {
    let mut world = World::start().await;
    for _ in 0..50 {
        drop(repod::connect::<Notes>(world.addr()));
    }
    // Whoever joined has left, and the server is well.
    let mut raw = Raw::connect(world.addr()).await;
    raw.greeted().await;
    raw.says("well").await;
    let (mut joined, mut left) = (0, 0);
    while joined < 1 || left + 1 < joined {
        let note = world.next().await;
        joined += usize::from(note.ends_with("joins"));
        left += usize::from(note.contains("leaves"));
    }
    assert_eq!(world.server.peers().len(), 1);
}
