//! C: what a client learns from the end of its connection: whether to come back, and when; and what becomes of messages that it sent early.
//! Coming back by itself is tested in `it::reconnect`.

use std::net::TcpListener;
use std::time::Duration;

use repod::proto::{Backlog, FarewellCode, Limits, WhenFull};
use repod::{CloseReason, ConnectError, Connection, Event, SendError};

use crate::fixture::protocol::ToServer;
use crate::fixture::{Attacker, Case, Command, Setup, eventually};
use crate::network::Idle;

/// How a connection ended: it was not opened, or it was closed.
#[derive(Debug)]
enum End {
    Failed(ConnectError),
    Closed(CloseReason),
}

fn end(connection: &mut Connection<Idle>) -> End {
    let mut end = None;
    eventually("the end", || {
        match connection.poll() {
            Some(Event::Failed(error)) => end = Some(End::Failed(error)),
            Some(Event::Closed(reason)) => end = Some(End::Closed(reason)),
            _ => {}
        }
        end.is_some()
    });
    // Nothing comes after it.
    eventually("silence", || connection.poll().is_none() && !connection.is_open());
    end.expect("it ended")
}

fn closed(connection: &mut Connection<Idle>) -> CloseReason {
    match end(connection) {
        End::Closed(reason) => reason,
        End::Failed(error) => panic!("{error}"),
    }
}

/// Why a connection was not opened.
pub fn failed(connection: &mut Connection<Idle>) -> ConnectError {
    match end(connection) {
        End::Failed(error) => error,
        End::Closed(reason) => panic!("{reason}"),
    }
}

fn opened(case: &Case) -> Connection<Idle> {
    let mut connection = repod::connect(case.addr());
    eventually("the greeting", || matches!(connection.poll(), Some(Event::Connected)));
    connection
}

/// The client was told why in a farewell.
#[track_caller]
fn check(reason: &CloseReason, code: FarewellCode, text: &str, may_retry: bool) {
    let CloseReason::Farewell(farewell) = reason else {
        panic!("no farewell: {reason}");
    };
    assert_eq!(farewell.code, code, "{reason}");
    assert!(farewell.text.contains(text), "{reason}");
    assert_eq!(reason.may_retry(), may_retry, "{reason}");
}

#[test]
fn c3_who_was_kicked_is_told_why_and_stays_away() {
    let mut case = Case::of("c3 kicked");
    let mut connection = opened(&case);
    connection.send(ToServer::Burst { count: 1 }).expect("an open connection");
    check(&closed(&mut connection), FarewellCode::Kicked, "burst is over", false);
    case.expect_close(1, "burst is over");
    case.finish();
}

#[test]
fn c3_who_breaks_the_protocol_is_told_how_and_stays_away() {
    let mut case = Case::with("c3 protocol", Setup { max_frame_in: Some(1_000), ..Setup::default() });
    let mut connection = opened(&case);
    connection.send(ToServer::Text { text: "x".repeat(2_000) }).expect("the client's own limit is higher");
    check(&closed(&mut connection), FarewellCode::ProtocolError, "exceeds the limit of 1000", false);
    case.expect_close(1, "exceeds the limit of 1000");
    let mut connection = opened(&case);
    for _ in 0..40 {
        let _ = connection.send(ToServer::Fail);
    }
    check(&closed(&mut connection), FarewellCode::ProtocolError, "violations", false);
    case.expect_close(1, "more than 32 violations");
    case.finish();
}

#[test]
fn c3_who_is_refused_hears_the_last_message_and_one_end() {
    let mut case = Case::with("c3 refused", Setup { refuses: true, ..Setup::default() });
    let mut connection: Connection<Idle> = repod::connect(case.addr());
    let mut idle = Idle::default();
    eventually("the end", || !connection.pump(&mut idle).is_open());
    assert_eq!((idle.numbers.as_slice(), idle.closes.len()), (&[0][..], 1));
    assert_eq!(case.counts().connects, 0, "on_connect ran for one that was refused");
    case.finish();
}

#[test]
fn c3_who_is_refused_is_told_why_and_stays_away() {
    let case = Case::with("c3 refused", Setup { refuses: true, ..Setup::default() });
    check(&closed(&mut repod::connect(case.addr())), FarewellCode::Kicked, "refused", false);
    case.finish();
}

#[test]
fn c3_who_finds_the_server_full_is_told_when_to_come_back() {
    let mut case = Case::with("c3 full", Setup { connections: Some(4), ..Setup::default() });
    // Whoever has spoken is not evicted, and the first witness has not said hello but talks.
    let mut last = Attacker::negotiated(case.addr());
    assert!(last.is_served(1));
    let error = failed(&mut repod::connect(case.addr()));
    let ConnectError::TurnedAway { farewell, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(farewell.code, FarewellCode::Full);
    assert!(farewell.code.may_retry());
    let wait = farewell.retry_after.expect("a time");
    assert!((Duration::from_secs(1)..=Duration::from_secs(5)).contains(&wait), "{wait:?}");
    assert_eq!(case.counts().open(), 4);
    drop(last);
    case.finish();
}

#[test]
fn c3_who_loses_its_server_may_come_back() {
    // The server goes away on purpose: it says when to come back.
    let mut case = Case::with("c3 away", Setup { is_unwitnessed: true, ..Setup::default() });
    let mut connection = opened(&case);
    case.ask(&Command::Shutdown { deadline: 2_000 });
    let reason = closed(&mut connection);
    check(&reason, FarewellCode::GoingAway, "", true);
    assert!(reason.retry_after().is_some_and(|wait| wait >= Duration::from_secs(1)), "{reason}");
    // Nothing listens there any more.
    let error = failed(&mut repod::connect(case.addr()));
    assert!(matches!(error, ConnectError::Refused { .. }), "{error}");
    // A handler that fails is the server's own fault.
    let setup = Setup { close_on_handler_error: true, ..Setup::default() };
    let mut case = Case::with("c3 failed", setup);
    let mut connection = opened(&case);
    connection.send(ToServer::Fail).expect("an open connection");
    check(&closed(&mut connection), FarewellCode::InternalError, "", true);
    case.expect_close(1, "the handler of `fail` failed");
    // It dies, and says nothing.
    let mut connection = opened(&case);
    case.server.signal("KILL");
    let reason = closed(&mut connection);
    assert!(matches!(reason, CloseReason::Lost(_) | CloseReason::PeerLeft) && reason.may_retry(), "{reason}");
}

#[test]
fn c3_what_is_no_repod_server_is_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let addr = listener.local_addr().expect("an address");
    let other = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("the client");
        std::io::Write::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n").expect("the client reads");
        stream
    });
    let error = failed(&mut repod::connect(addr));
    let ConnectError::NoGreeting { reason, .. } = &error else {
        panic!("{error}");
    };
    assert!(!reason.may_retry(), "{reason}");
    assert!(error.to_string().contains("is not a repod server"), "{error}");
    drop(other.join());
}

/// The server does not answer yet, and the game sends: so many messages wait, the next ones are an error, and none is delivered twice.
#[test]
fn c7_messages_sent_before_the_connection_is_up() {
    let most = 100;
    let case = Case::of("c7").round_trip(Duration::from_secs(4));
    case.server.signal("STOP");
    let limits = Limits::client().out_queue(64 * 1024, most).when_full(WhenFull::DropNewest);
    let mut connection: Connection<Idle> = repod::connect_with(case.addr(), limits);
    let mut taken = 0;
    for seq in 0..1_000 {
        match connection.send(ToServer::Echo { id: 7, seq }) {
            Ok(()) => taken += 1,
            Err(SendError::QueueFull(Backlog::Messages { queued, max })) => assert_eq!((queued, max), (most, most)),
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(taken, most);
    assert!(connection.poll().is_none(), "it cannot be up yet");
    case.server.signal("CONT");
    let mut heard = Vec::new();
    eventually("the answers", || {
        if let Some(Event::Message(crate::fixture::protocol::ToClient::Echoed { id: 7, seq })) = connection.poll() {
            heard.push(seq);
        }
        heard.len() >= most
    });
    // One more, and all that came before it has come.
    connection.send(ToServer::Echo { id: 7, seq: 1_000 }).expect("there is room again");
    eventually("the last answer", || {
        if let Some(Event::Message(crate::fixture::protocol::ToClient::Echoed { id: 7, seq })) = connection.poll() {
            heard.push(seq);
        }
        heard.last() == Some(&1_000)
    });
    let expected: Vec<u64> = (0..most as u64).chain([1_000]).collect();
    assert_eq!(heard, expected);
    drop(connection);
    case.finish();
}

/// As `c7`, where nothing may be left out: then the connection is given up, and nothing at all is delivered.
#[test]
fn c7_more_messages_than_may_wait_before_the_connection_is_up() {
    let mut case = Case::of("c7 close").round_trip(Duration::from_secs(4));
    case.server.signal("STOP");
    let mut connection: Connection<Idle> = repod::connect_with(case.addr(), Limits::client().out_queue(64 * 1024, 100));
    let results: Vec<_> = (0..102).map(|_| connection.send(ToServer::Kick)).collect();
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 100);
    assert!(matches!(results[100], Err(SendError::QueueFull(_))), "{:?}", results[100]);
    assert_eq!(results[101], Err(SendError::Closed));
    case.server.signal("CONT");
    // That send is what told the game; there was no connection whose end could be told.
    eventually("the end", || connection.poll().is_none() && !connection.is_open());
    assert_eq!(case.handled("kick"), 0);
    case.finish();
}

/// A planned restart: those who are told to come back do not come at once.
#[test]
fn c1_a_shutdown_spreads_those_who_come_back() {
    let count = 1_000;
    let mut case = Case::heavy("c1", Setup { is_unwitnessed: true, ..Setup::default() });
    let mut clients: Vec<_> = (0..count).map(|_| Attacker::negotiated(case.addr())).collect();
    for (seq, client) in (0..).zip(&mut clients) {
        assert!(client.is_served(seq));
    }
    case.ask(&Command::Shutdown { deadline: 5_000 });
    let mut waits: Vec<u64> = clients.iter_mut().map(retry_after).collect();
    waits.sort_unstable();
    let in_a_window = |start: u64| waits.iter().filter(|wait| (start..start + 100).contains(wait)).count();
    let most = waits.iter().map(|wait| in_a_window(*wait)).max().unwrap_or_default();
    println!("c1: {count} come back in {} to {} ms, {most} of them within 100 ms", waits[0], waits[count - 1]);
    assert!(waits[0] >= 1_000, "{} ms", waits[0]);
    assert!(most * 100 <= count * 4, "{most} of {count} come within 100 ms");
}

/// When this one is told to come back, in milliseconds.
fn retry_after(client: &mut Attacker) -> u64 {
    let frame = client.hears("repod.close").expect("a farewell");
    let farewell: rmpv::Value = rmpv::decode::read_value(&mut frame.as_slice()).expect("a farewell");
    assert_eq!(farewell["code"].as_str(), Some("going_away"), "{farewell}");
    farewell["retry_after"].as_u64().unwrap_or_else(|| panic!("no time in {farewell}"))
}
