//! Reconnecting: when a client tries again, when it does not, and what becomes of messages meanwhile.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use repod::proto::{CloseReason, FarewellCode, Limits};
use repod::testing::Link;
use repod::{ConnectError, Connection, ConnectionError, Event, Interruption, Reconnect, SendError, prelude::*};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::time::{Instant, sleep};

use crate::world::{ToClient, ToClientHandler, ToServer, World, bare, frame, say, within};

/// Counts what it is told.
#[derive(Default)]
struct Player {
    lines: Vec<String>,
}

impl Client for Player {
    type Incoming = ToClient;
    type Outgoing = ToServer;

    fn on_connect(&mut self, server: &Peer<ToServer>) -> repod::Result {
        self.lines.push("connected".to_owned());
        server.send(say("Ada"))?;
        Ok(())
    }

    fn on_reconnecting(&mut self, attempt: u32, _: Duration, reason: &Interruption) {
        self.lines.push(format!("attempt {attempt}: {reason}"));
    }

    fn on_close(&mut self, reason: CloseReason) {
        self.lines.push(format!("closed: {reason}"));
    }

    fn on_error(&mut self, error: ConnectionError) {
        self.lines.push(format!("error: {error}"));
    }
}

impl ToClientHandler for Player {
    fn on_heard(&mut self, text: String) -> repod::Result {
        self.lines.push(format!("heard {text}"));
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

/// What a server does with one attempt.
enum Answer {
    /// It is not there.
    Refuses,
    /// It says this and leaves at once.
    Says(Vec<u8>),
    /// It greets, and leaves after a time.
    LeavesAfter(Duration),
    /// It greets and stays.
    Stays,
    /// It takes the connection, and says nothing.
    Hangs,
}

/// A server of few words, in memory; when it has nothing more to say it is not there.
#[derive(Default)]
struct Script {
    answers: VecDeque<Answer>,
    attempts: Vec<Instant>,
    open: Vec<DuplexStream>,
}

fn script(answers: impl IntoIterator<Item = Answer>) -> Arc<Mutex<Script>> {
    Arc::new(Mutex::new(Script { answers: answers.into_iter().collect(), ..Script::default() }))
}

fn dialled(script: &Arc<Mutex<Script>>) -> Connection<Player> {
    let script = script.clone();
    let dial = move || {
        let script = script.clone();
        async move {
            let (ours, mut theirs) = tokio::io::duplex(64 * 1024);
            let answer = {
                let mut script = script.lock().unwrap();
                script.attempts.push(Instant::now());
                script.answers.pop_front().unwrap_or(Answer::Refuses)
            };
            match answer {
                Answer::Refuses => return Err(io::ErrorKind::ConnectionRefused.into()),
                Answer::Says(bytes) => theirs.write_all(&bytes).await?,
                Answer::LeavesAfter(time) => {
                    theirs.write_all(&bare("connected")).await?;
                    tokio::spawn(async move {
                        sleep(time).await;
                        drop(theirs);
                    });
                }
                Answer::Hangs => script.lock().unwrap().open.push(theirs),
                Answer::Stays => {
                    theirs.write_all(&bare("connected")).await?;
                    script.lock().unwrap().open.push(theirs);
                }
            }
            Ok(ours)
        }
    };
    repod::connect_by(dial, Limits::client())
}

fn connect(script: &Arc<Mutex<Script>>, policy: Reconnect) -> Connection<Player> {
    dialled(script).reconnect(policy)
}

/// A greeting that turns the client away.
fn turned_away(code: &str, retry_after: Option<u64>) -> Vec<u8> {
    let refused = serde_json::json!({ "code": code, "retry_after": retry_after });
    let greeting = serde_json::json!({ "action": "connected", "repod": { "version": 1, "refused": refused } });
    frame(&rmp_serde::to_vec_named(&greeting).unwrap())
}

/// Waits for the announcement of the next attempt.
async fn announced(connection: &mut Connection<Player>) -> (u32, Duration, Interruption) {
    match connection.next().await {
        Some(Event::Reconnecting { attempt, delay, reason }) => (attempt, delay, reason),
        other => panic!("{other:?}"),
    }
}

/// The times from one attempt to the next.
fn gaps(script: &Arc<Mutex<Script>>) -> Vec<Duration> {
    script.lock().unwrap().attempts.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

const BASE: Duration = Duration::from_millis(500);
const CAP: Duration = Duration::from_secs(10);

#[tokio::test(start_paused = true)]
async fn attempts_are_made_when_they_are_announced_and_spread_over_growing_times() {
    let mut longest = [Duration::ZERO; 8];
    for _ in 0..50 {
        let script = script([]);
        let mut connection = connect(&script, Reconnect::default().attempts(8));
        let mut delays = Vec::new();
        for number in 1..=8 {
            let (attempt, delay, reason) = announced(&mut connection).await;
            assert_eq!(attempt, number);
            assert!(matches!(reason, Interruption::Failed(ConnectError::Refused { .. })), "{reason}");
            let span = (BASE * 2_u32.pow(attempt - 1)).min(CAP);
            assert!(delay >= BASE && delay <= (BASE + span).min(CAP), "attempt {attempt} after {delay:?}");
            delays.push(delay);
        }
        assert!(matches!(connection.next().await, Some(Event::Failed(ConnectError::Refused { .. }))));
        assert!(connection.next().await.is_none());
        for (gap, delay) in gaps(&script).into_iter().zip(&delays) {
            assert!(gap >= *delay && gap - *delay < Duration::from_millis(2), "{gap:?}, not {delay:?}");
        }
        for (longest, delay) in longest.iter_mut().zip(delays) {
            *longest = delay.max(*longest);
        }
    }
    // They do grow, and use their whole spread.
    assert!(longest[0] > Duration::from_millis(900) && longest[3] > Duration::from_millis(3_500), "{longest:?}");
    assert!(longest[7] > Duration::from_secs(9), "{longest:?}");
}

/// C2: a server that is away for hours. Delays are capped, and time between attempts costs nothing: a paused clock jumps over it.
#[tokio::test(start_paused = true)]
async fn c2_a_server_that_is_away_for_hours() {
    let script = script([]);
    let mut connection = connect(&script, Reconnect::default());
    let start = Instant::now();
    for number in 1..=2_000 {
        let (attempt, delay, _) = announced(&mut connection).await;
        assert_eq!(attempt, number);
        assert!(delay <= CAP, "{delay:?}");
    }
    assert!(start.elapsed() > Duration::from_secs(2 * 60 * 60), "{:?}", start.elapsed());
    script.lock().unwrap().answers.push_back(Answer::Stays);
    assert!(matches!(connection.next().await, Some(Event::Connected)));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_says_when_to_come_back_is_obeyed() {
    let forever = Some(u64::MAX);
    let answers = [("full", Some(7_000)), ("going_away", Some(25_000)), ("full", Some(1)), ("full", forever)];
    let script = script(answers.map(|(code, retry_after)| Answer::Says(turned_away(code, retry_after))));
    let mut connection = connect(&script, Reconnect::default());
    for expected in [Duration::from_secs(7), Duration::from_secs(25), BASE, Reconnect::LONGEST_WAIT] {
        let (_, delay, reason) = announced(&mut connection).await;
        assert!(matches!(reason, Interruption::Failed(ConnectError::TurnedAway { .. })), "{reason}");
        assert_eq!(delay, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn only_a_connection_that_lasted_has_attempts_counted_anew() {
    let script = script([
        Answer::LeavesAfter(Duration::from_secs(29)),
        Answer::LeavesAfter(Duration::from_secs(1)),
        Answer::Refuses,
        Answer::LeavesAfter(Duration::from_secs(31)),
        Answer::Stays,
    ]);
    let mut connection = connect(&script, Reconnect::default());
    // The refused attempt is number 2; only the last connection stood for more than 30 s.
    for (is_up, expected) in [(true, 1), (true, 2), (false, 3), (true, 1)] {
        if is_up {
            assert!(matches!(connection.next().await, Some(Event::Connected)), "before attempt {expected}");
        }
        let (attempt, _, reason) = announced(&mut connection).await;
        assert_eq!(
            (attempt, matches!(reason, Interruption::Closed(CloseReason::PeerLeft))),
            (expected, is_up),
            "{reason}"
        );
    }
    assert!(matches!(connection.next().await, Some(Event::Connected)));
}

#[tokio::test(start_paused = true)]
async fn giving_up_ends_the_waiting_at_once() {
    let script = script([Answer::LeavesAfter(Duration::ZERO)]);
    let mut connection = connect(&script, Reconnect::default());
    assert!(matches!(connection.next().await, Some(Event::Connected)));
    announced(&mut connection).await;
    let (_, _, reason) = announced(&mut connection).await;
    assert!(matches!(reason, Interruption::Failed(_)));
    let start = Instant::now();
    connection.give_up();
    // It was connected once: the end is that of the connection that it had.
    assert!(matches!(connection.next().await, Some(Event::Closed(CloseReason::PeerLeft))));
    assert!(connection.next().await.is_none() && !connection.is_open());
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(script.lock().unwrap().attempts.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn giving_up_ends_an_attempt_that_is_under_way() {
    let script = script([Answer::LeavesAfter(Duration::ZERO), Answer::Hangs]);
    let mut connection = connect(&script, Reconnect::default());
    assert!(matches!(connection.next().await, Some(Event::Connected)));
    announced(&mut connection).await;
    connection.reconnect_now();
    sleep(Duration::from_secs(1)).await;
    assert_eq!(script.lock().unwrap().attempts.len(), 2);
    let start = Instant::now();
    connection.give_up();
    assert!(matches!(connection.next().await, Some(Event::Closed(CloseReason::PeerLeft))));
    assert!(connection.next().await.is_none() && !connection.is_open());
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn closing_ends_the_waiting_at_once() {
    let script = script([Answer::LeavesAfter(Duration::ZERO)]);
    let mut connection = connect(&script, Reconnect::default());
    assert!(matches!(connection.next().await, Some(Event::Connected)));
    announced(&mut connection).await;
    let start = Instant::now();
    connection.close();
    assert!(matches!(connection.next().await, Some(Event::Closed(CloseReason::Requested(_)))));
    assert!(connection.next().await.is_none());
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_can_be_made_at_once_but_only_the_one_that_is_waited_for() {
    let script = script([]);
    let mut connection = connect(&script, Reconnect::default());
    connection.reconnect_now(); // nothing is being waited for
    announced(&mut connection).await;
    let start = Instant::now();
    connection.reconnect_now();
    let (attempt, delay, _) = announced(&mut connection).await;
    assert_eq!(attempt, 2);
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(announced(&mut connection).await.0, 3);
    assert!(start.elapsed() >= delay);
}

/// C3, C1: reasons for which there is no other attempt, and those for which there is.
#[tokio::test(start_paused = true)]
async fn c3_only_reasons_that_may_pass_are_tried_again() {
    let not_ours = bare("welcome");
    let check = async |bytes: Vec<u8>, is_tried_again: bool| {
        let script = script([Answer::Says(bytes)]);
        let mut connection = connect(&script, Reconnect::default());
        let event = connection.next().await;
        assert_eq!(matches!(event, Some(Event::Reconnecting { .. })), is_tried_again, "{event:?}");
        assert_eq!(matches!(event, Some(Event::Failed(_))), !is_tried_again, "{event:?}");
    };
    check(turned_away("full", None), true).await;
    check(turned_away("too_many_attempts", None), true).await;
    check(turned_away("going_away", Some(10)), true).await;
    check(turned_away("kicked", Some(10)), false).await;
    check(turned_away("protocol_error", None), false).await;
    check(turned_away("a kind of tomorrow", None), false).await;
    check(not_ours, false).await;
    check(
        b"HTTP/1.1 400 Bad Request

"
        .to_vec(),
        false,
    )
    .await;
    check(Vec::new(), true).await;
    check(bare("connected")[..9].to_vec(), true).await;
}

/// A server that is stopped accepts, and says nothing.
#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_greet_is_tried_again() {
    let dial = || async {
        let (ours, theirs) = tokio::io::duplex(64);
        tokio::spawn(async move {
            sleep(Duration::from_secs(60)).await;
            drop(theirs);
        });
        Ok(ours)
    };
    let start = Instant::now();
    let mut connection: Connection<Player> = repod::connect_by(dial, Limits::client()).reconnect(Reconnect::default());
    let (_, _, reason) = announced(&mut connection).await;
    assert!(matches!(reason, Interruption::Failed(ConnectError::NoGreeting { .. })), "{reason}");
    assert_eq!(start.elapsed(), Limits::client().handshake_timeout);
}

/// C7: what is sent while there is no connection is refused, and nothing meant for one connection comes on another.
#[tokio::test(start_paused = true)]
async fn c7_messages_of_a_lost_connection_are_not_sent_on_the_next() {
    let script = script([Answer::Refuses, Answer::Stays]);
    let mut connection = connect(&script, Reconnect::default());
    announced(&mut connection).await;
    // Nothing was lost yet, and this waits for the first connection through all attempts.
    connection.send(say("early")).unwrap();
    assert!(matches!(connection.next().await, Some(Event::Connected)));
    let first = connection.server().clone();
    let mut theirs = script.lock().unwrap().open.pop().unwrap();
    let mut bytes = vec![0; 64];
    let count = theirs.read(&mut bytes).await.unwrap();
    assert_eq!(bytes[..count], repod::encode(&say("early")).unwrap());
    // The server's side stops reading, so that something is left unsent, and is gone then.
    for number in 0..1_000 {
        connection.send(say(&format!("{number:0100}"))).unwrap();
    }
    drop(theirs);
    announced(&mut connection).await;
    assert!(!first.is_open());
    assert_eq!(first.queued_messages(), 0);
    assert_eq!(connection.send(say("offline")), Err(SendError::Closed));
    script.lock().unwrap().answers.push_back(Answer::Stays);
    assert!(matches!(connection.next().await, Some(Event::Connected)));
    assert_eq!(first.send(say("to the old one")), Err(SendError::Closed));
    connection.send(say("anew")).unwrap();
    let mut theirs = script.lock().unwrap().open.pop().unwrap();
    let count = theirs.read(&mut bytes).await.unwrap();
    assert_eq!(bytes[..count], repod::encode(&say("anew")).unwrap());
}

/// C6: the next connection begins with an empty decoder.
#[tokio::test(start_paused = true)]
async fn c6_half_a_frame_does_not_spoil_the_next_connection() {
    let heard = repod::encode(&ToClient::Heard { text: "whole".into() }).unwrap();
    let cut = [&bare("connected")[..], &heard[..heard.len() - 3]].concat();
    let whole = [&bare("connected")[..], &heard].concat();
    let script = script([Answer::Says(cut), Answer::Says(whole)]);
    let mut connection = connect(&script, Reconnect::default());
    assert!(matches!(connection.next().await, Some(Event::Connected)));
    let (_, _, reason) = announced(&mut connection).await;
    assert!(matches!(reason, Interruption::Closed(CloseReason::Truncated(_))), "{reason}");
    assert!(matches!(connection.next().await, Some(Event::Connected)));
    assert!(matches!(connection.next().await, Some(Event::Message(ToClient::Heard { .. }))));
}

#[tokio::test(start_paused = true)]
async fn without_a_policy_the_first_end_is_the_last() {
    for answers in [vec![], vec![Answer::LeavesAfter(Duration::ZERO)]] {
        let script = script(answers);
        let mut connection = dialled(&script);
        // The end happens before anybody asks, when reconnecting could still be asked for.
        sleep(Duration::from_secs(100)).await;
        let mut events = Vec::new();
        while let Some(event) = connection.poll() {
            events.push(event);
        }
        assert!(matches!(events.last(), Some(Event::Failed(_) | Event::Closed(_))), "{events:?}");
        assert!(!connection.is_open());
        sleep(Duration::from_secs(100)).await;
        assert_eq!(script.lock().unwrap().attempts.len(), 1);
    }
}

/// However late the policy comes, an end that nobody has seen yet is not the end.
#[tokio::test(start_paused = true)]
async fn a_policy_that_comes_after_the_first_end_still_counts() {
    let script = script([Answer::Refuses, Answer::Stays]);
    let connection = dialled(&script);
    sleep(Duration::from_secs(100)).await;
    let mut connection = connection.reconnect(Reconnect::default());
    assert_eq!(announced(&mut connection).await.0, 1);
    assert!(matches!(connection.next().await, Some(Event::Connected)));
}

/// The trait's face, and real sockets: a server that restarts.
#[tokio::test(flavor = "multi_thread")]
async fn a_game_goes_on_when_its_server_restarts() {
    let world = World::start().await;
    let addr = world.addr();
    let (heard, mut is_heard) = tokio::sync::mpsc::unbounded_channel();
    let playing = tokio::task::spawn_blocking(move || {
        let policy = Reconnect::default().base(Duration::from_millis(10)).cap(Duration::from_millis(50));
        let mut connection = repod::connect::<Player>(addr).reconnect(policy);
        let mut player = Player::default();
        let start = std::time::Instant::now();
        while player.lines.iter().filter(|line| *line == "heard Ada").count() < 2 {
            assert!(connection.pump(&mut player).is_open(), "{:?}", player.lines);
            if player.lines.iter().any(|line| line == "heard Ada") {
                let _ = heard.send(());
            }
            assert!(start.elapsed() < Duration::from_secs(20), "{:?}", player.lines);
            std::thread::yield_now();
        }
        connection.close();
        while connection.pump(&mut player).is_open() {
            std::thread::yield_now();
        }
        player.lines
    });
    let mut world = world;
    world.expect("0 joins").await;
    world.expect("0 connects").await;
    world.expect("0 says Ada").await;
    within(is_heard.recv()).await.unwrap();
    // Dropped, it tells nobody when to come back, so that this test need not wait for that.
    drop(world);
    let (app, log) = World::app(crate::world::Rules::default());
    let server = within(async {
        loop {
            if let Ok(listener) = tokio::net::TcpListener::bind(addr).await {
                return listener;
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
    let mut world = World::of(repod::serve(app).listen(server).unwrap(), log);
    world.expect("0 joins").await;
    let lines = within(playing).await.unwrap();
    assert_eq!(lines[..2], ["connected", "heard Ada"]);
    assert!(lines[2].starts_with("attempt 1: "), "{lines:?}");
    assert_eq!(lines[lines.len() - 3..], ["connected", "heard Ada", "closed: closed by this side: the client left"]);
    assert!(!lines.iter().any(|line| line.starts_with("error")), "{lines:?}");
}

/// A planned restart, whose farewell says when to come back.
#[tokio::test(start_paused = true)]
async fn a_farewell_says_when_to_come_back() {
    let (mut world, network) = crate::memory::world(Limits::server());
    let mut connection: Connection<Player> = network.connect(&Link::new()).reconnect(Reconnect::default().attempts(1));
    assert!(matches!(connection.next().await, Some(Event::Connected)));
    // Then its hello has come, too.
    connection.send(say("hello")).unwrap();
    world.expect("0 joins").await;
    world.expect("0 connects").await;
    world.expect("0 says hello").await;
    world.server.shutdown(Duration::from_secs(10)).await;
    drop(world);
    assert!(matches!(connection.next().await, Some(Event::Message(_))));
    let (_, delay, reason) = announced(&mut connection).await;
    let Interruption::Closed(CloseReason::Farewell(farewell)) = reason else { panic!("{reason}") };
    assert_eq!(farewell.code, FarewellCode::GoingAway);
    assert_eq!(Some(delay), farewell.retry_after);
    // The server does not come back.
    assert!(matches!(connection.next().await, Some(Event::Error(ConnectionError::Connect(_)))));
    assert!(matches!(connection.next().await, Some(Event::Closed(CloseReason::Farewell(_)))));
    assert!(connection.next().await.is_none());
}

/// The farewell lies behind messages that nobody has taken yet, and the end of the stream is seen before them: whoever was kicked stays away.
#[tokio::test(start_paused = true)]
async fn a_farewell_behind_messages_that_wait_is_heard() {
    let (mut world, network) = crate::memory::world(Limits::server());
    let dial = move || {
        let dialled = network.dial(&Link::new());
        async move { dialled }
    };
    let mut connection: Connection<Player> =
        repod::connect_by(dial, Limits::client().in_queue(20)).reconnect(Reconnect::default());
    assert!(matches!(connection.next().await, Some(Event::Connected)));
    connection.send(ToServer::Burst { count: 32 }).unwrap();
    for line in ["0 joins", "0 connects", "0 closes: closed by this side: burst is over"] {
        world.expect(line).await;
    }
    sleep(Duration::from_secs(5)).await;
    for _ in 0..32 {
        assert!(matches!(connection.next().await, Some(Event::Message(ToClient::Number { .. }))));
    }
    let end = connection.next().await;
    let Some(Event::Closed(CloseReason::Farewell(farewell))) = end else { panic!("{end:?}") };
    assert_eq!(farewell.code, FarewellCode::Kicked);
    assert!(connection.next().await.is_none());
}
