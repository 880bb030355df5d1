//! Tokens: who shows one, and what it gets.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use repod::proto::{CloseReason, FarewellCode, FrameDecoder, Limits};
use repod::{Event, Resumption, Serving, Sessions};
use rmpv::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, sleep};

use super::count::{Counting, GREETINGS, Player, Tally, hasty, serve};
use super::net::{Cable, Net, net};
use crate::world::{frame, within};

/// A client that speaks the wire by hand.
struct Raw {
    cable: Cable,
    decoder: FrameDecoder,
}

/// What a server answers to a claim.
#[derive(Debug, Clone, PartialEq)]
struct Answer {
    token: Vec<u8>,
    resumed: bool,
    received: u64,
    kept: u64,
}

impl Raw {
    async fn dial(net: &Net) -> Self {
        let cable = net.clone().dial().await.unwrap();
        let mut raw = Self { cable, decoder: FrameDecoder::new(Limits::FRAME_CEILING) };
        let greeting = raw.next().await.unwrap();
        assert_eq!(text(&greeting, "action"), "connected");
        let offer = field(&greeting, "repod").unwrap();
        assert_eq!(field(&offer, "resume").unwrap().as_u64(), Some(30_000));
        raw
    }

    async fn send(&mut self, message: &Value) {
        let mut payload = Vec::new();
        rmpv::encode::write_value(&mut payload, message).unwrap();
        let _ = self.cable.write_all(&frame(&payload)).await;
    }

    /// The next message, or `None` at the end.
    async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some(mut payload) = self.decoder.next_frame().unwrap() {
                return Some(rmpv::decode::read_value(&mut payload).unwrap());
            }
            let mut bytes = [0; 4096];
            match within(self.cable.read(&mut bytes)).await {
                Ok(0) | Err(_) => return None,
                Ok(count) => self.decoder.push(&bytes[..count]),
            }
        }
    }

    /// Says hello with a token, or asks for a new session.
    async fn claim(&mut self, token: Option<&[u8]>, received: u64) -> Option<Answer> {
        self.hello(token, received).await;
        let answer = self.next().await?;
        assert_eq!(text(&answer, "action"), "repod.session", "{answer}");
        assert_eq!(field(&answer, "window").unwrap().as_u64(), Some(30_000));
        Some(Answer {
            token: field(&answer, "token").unwrap().as_slice().unwrap().to_vec(),
            resumed: field(&answer, "resumed").unwrap().as_bool().unwrap(),
            received: field(&answer, "received").unwrap().as_u64().unwrap(),
            kept: field(&answer, "kept").unwrap().as_u64().unwrap(),
        })
    }

    async fn hello(&mut self, token: Option<&[u8]>, received: u64) {
        let mut claim = vec![pair("received", received.into()), pair("kept", 0.into())];
        claim.extend(token.map(|token| pair("token", Value::Binary(token.to_vec()))));
        let extra = Value::Map(vec![pair("version", 1.into()), pair("session", Value::Map(claim))]);
        self.send(&Value::Map(vec![pair("action", "repod.hello".into()), pair("repod", extra)])).await;
    }

    /// Tells how many messages have come, and so that the answer has.
    async fn confirm(&mut self, received: u64) {
        self.send(&Value::Map(vec![pair("action", "repod.ack".into()), pair("received", received.into())])).await;
        settle().await;
    }

    async fn count(&mut self, number: u32) {
        let fields = [pair("action", "count".into()), pair("number", number.into()), pair("filler", "".into())];
        self.send(&Value::Map(fields.to_vec())).await;
    }

    /// The numbers that come until nothing does.
    async fn numbers(&mut self) -> Vec<u64> {
        let mut numbers = Vec::new();
        while let Ok(Some(message)) = tokio::time::timeout(Duration::from_millis(100), self.next()).await {
            if text(&message, "action") == "count" {
                numbers.push(field(&message, "number").unwrap().as_u64().unwrap());
            }
        }
        numbers
    }
}

fn pair(key: &str, value: Value) -> (Value, Value) {
    (key.into(), value)
}

fn field(message: &Value, key: &str) -> Option<Value> {
    message.as_map()?.iter().find(|(name, _)| name.as_str() == Some(key)).map(|(_, value)| value.clone())
}

fn text(message: &Value, key: &str) -> String {
    field(message, key).and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Lets everybody come to rest.
async fn settle() {
    sleep(Duration::from_millis(10)).await;
}

/// A session, with the number of greetings that came, and the client lost.
async fn lost_session(net: &Net) -> Vec<u8> {
    let mut raw = Raw::dial(net).await;
    let answer = raw.claim(None, 0).await.unwrap();
    assert!(!answer.resumed && answer.token.len() == 32);
    raw.confirm(0).await;
    assert_eq!(raw.numbers().await, [0, 1, 2]);
    drop(raw);
    settle().await;
    answer.token
}

async fn started() -> (Net, Serving<Counting>, Arc<Tally>) {
    let (net, door) = net();
    let (server, tally) = serve(door, Sessions::default());
    (net, server, tally)
}

#[tokio::test(start_paused = true)]
async fn a_token_brings_back_what_was_not_received() {
    let (net, server, tally) = started().await;
    let token = lost_session(&net).await;
    assert!(server.peers().iter().next().unwrap().is_suspended());
    let mut raw = Raw::dial(&net).await;
    let answer = raw.claim(Some(&token), 1).await.unwrap();
    assert!(answer.resumed);
    assert_ne!(answer.token, token);
    assert_eq!((answer.received, answer.kept), (0, 1));
    assert_eq!(raw.numbers().await, [1, 2]);
    raw.count(0).await;
    assert_eq!(raw.numbers().await, [u64::from(GREETINGS)]);
    assert_eq!(tally.lines()[1], "Resumed { replayed: 2 }");
    assert_eq!(server.peers().len(), 1);
}

/// What comes with the hello would be queued past every limit, and an honest client does not say anything before it knows that it is back.
#[tokio::test(start_paused = true)]
async fn what_is_said_before_the_answer_is_not_heard() {
    let (net, _server, tally) = started().await;
    let mut token = lost_session(&net).await;
    for _ in 0..10 {
        let mut raw = Raw::dial(&net).await;
        raw.hello(Some(&token), 3).await;
        for number in 0..100 {
            raw.count(number).await;
        }
        let answer = raw.next().await.unwrap();
        token = field(&answer, "token").unwrap().as_slice().unwrap().to_vec();
        assert_eq!(field(&answer, "received").unwrap().as_u64(), Some(0));
    }
    settle().await;
    assert_eq!(tally.faults.load(Ordering::SeqCst), 0);
    let mut raw = Raw::dial(&net).await;
    assert_eq!(raw.claim(Some(&token), 3).await.unwrap().received, 0);
    raw.count(0).await;
    assert_eq!(raw.numbers().await, [u64::from(GREETINGS)]);
}

/// It has asked for a session and left: the session waits for it, and its socket does not.
#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_before_it_is_a_player_holds_no_socket() {
    let (net, _server, tally) = started().await;
    let mut raw = Raw::dial(&net).await;
    let answer = raw.claim(None, 0).await.unwrap();
    let start = Instant::now();
    raw.cable.shutdown().await.unwrap();
    assert_eq!(raw.next().await, None);
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    assert_eq!(tally.opened.load(Ordering::SeqCst), 0);
    let mut raw = Raw::dial(&net).await;
    assert!(raw.claim(Some(&answer.token), 0).await.unwrap().resumed);
}

/// C4, S9: a token that is guessed, expired, used, somebody else's that is gone, empty, cut or far too long: the same answer, a new session.
#[tokio::test(start_paused = true)]
async fn c4_whatever_is_no_valid_token_gets_a_new_session() {
    let (net, server, tally) = started().await;
    // Expired.
    let expired = lost_session(&net).await;
    sleep(Duration::from_secs(31)).await;
    assert_eq!(tally.open.load(Ordering::SeqCst), 0);
    // Used, and the next one confirmed.
    let used = lost_session(&net).await;
    let mut owner = Raw::dial(&net).await;
    let answer = owner.claim(Some(&used), 3).await.unwrap();
    assert!(answer.resumed);
    owner.confirm(3).await;
    let near = [&answer.token[..31], &[answer.token[31] ^ 1]].concat();
    let prefix = answer.token[..16].to_vec();
    let (mut looks, mut many) = (Vec::new(), 0);
    for wrong in [expired, used, vec![7; 32], Vec::new(), near, prefix, vec![7; 60_000]] {
        *net.from.lock().unwrap() = SocketAddr::from(([10, 0, 1, many], 1));
        many += 1;
        let mut raw = Raw::dial(&net).await;
        let answer = raw.claim(Some(&wrong), 1).await.unwrap();
        assert!(!answer.resumed);
        raw.confirm(0).await;
        looks.push((answer.token.len(), answer.received, answer.kept, raw.numbers().await));
    }
    assert!(looks.iter().all(|look| *look == (32, 0, 0, vec![0, 1, 2])), "{looks:?}");
    // And the owner has noticed nothing.
    owner.count(0).await;
    assert_eq!(owner.numbers().await, [3]);
    // One that does not fit a frame is refused on its header, whatever it is.
    let mut raw = Raw::dial(&net).await;
    raw.hello(Some(&vec![7; 1 << 20]), 1).await;
    assert_eq!(raw.numbers().await, [0, 1, 2]);
    assert_eq!(raw.next().await, None);
    let last = tally.lines().pop().unwrap();
    assert!(last.starts_with("closed: a frame of 10486") && last.ends_with("exceeds the limit of 65536"), "{last}");
    drop(server);
}

/// C4: an address that shows too many wrong ones is turned away for a while, with right ones, too.
#[tokio::test(start_paused = true)]
async fn c4_tokens_cannot_be_tried_without_end() {
    let (net, _server, tally) = started().await;
    let token = lost_session(&net).await;
    for _ in 0..5 {
        let mut raw = Raw::dial(&net).await;
        assert!(!raw.claim(Some(&[7; 32]), 0).await.unwrap().resumed);
    }
    let mut raw = Raw::dial(&net).await;
    raw.hello(Some(&token), 3).await;
    let farewell = raw.next().await.unwrap();
    assert_eq!(text(&farewell, "code"), "too_many_attempts", "{farewell}");
    assert!(field(&farewell, "retry_after").unwrap().as_u64().unwrap() >= 1_000);
    assert_eq!(raw.next().await, None);
    // It was not spent by that: it opens its session as soon as it may be shown.
    sleep(Duration::from_secs(2)).await;
    let mut raw = Raw::dial(&net).await;
    assert!(raw.claim(Some(&token), 3).await.unwrap().resumed);
    assert_eq!(tally.faults.load(Ordering::SeqCst), 0);
}

/// C5: two show one token together: the later wins, the other is told, and there is one player.
#[tokio::test(start_paused = true)]
async fn c5_two_sockets_with_one_token() {
    let (net, server, tally) = started().await;
    let token = lost_session(&net).await;
    let (mut first, mut second) = (Raw::dial(&net).await, Raw::dial(&net).await);
    assert!(first.claim(Some(&token), 3).await.unwrap().resumed);
    let answer = second.claim(Some(&token), 3).await.unwrap();
    assert!(answer.resumed);
    let farewell = first.next().await.unwrap();
    assert_eq!((text(&farewell, "action"), text(&farewell, "code")), ("repod.close".into(), "replaced".into()));
    assert_eq!(first.next().await, None);
    assert_eq!((server.peers().len(), tally.open.load(Ordering::SeqCst)), (1, 1));
    second.count(0).await;
    assert_eq!(second.numbers().await, [3]);
    assert_eq!(tally.faults.load(Ordering::SeqCst), 0, "{:?}", tally.lines());
}

/// The answer with the next token is lost, again and again: the one that the client has stays valid.
#[tokio::test(start_paused = true)]
async fn a_token_is_valid_until_the_next_one_has_come() {
    let (net, _server, _tally) = started().await;
    let token = lost_session(&net).await;
    for _ in 0..4 {
        let mut raw = Raw::dial(&net).await;
        assert!(raw.claim(Some(&token), 3).await.unwrap().resumed);
        // It never comes to its client.
        drop(raw);
        settle().await;
    }
    let mut raw = Raw::dial(&net).await;
    let next = raw.claim(Some(&token), 3).await.unwrap();
    raw.confirm(3).await;
    drop(raw);
    settle().await;
    assert!(!Raw::dial(&net).await.claim(Some(&token), 3).await.unwrap().resumed);
    assert!(Raw::dial(&net).await.claim(Some(&next.token), 3).await.unwrap().resumed);
}

/// N9: the client has another address now, and its old connection is still open as far as the server knows.
#[tokio::test(start_paused = true)]
async fn n9_a_client_whose_address_changes_resumes_at_once() {
    let (net, server, tally) = started().await;
    let mut player = Player::join(&net, hasty());
    player.count(10, 10).await;
    let peer = server.peers().iter().next().unwrap();
    assert_eq!(peer.addr(), *net.from.lock().unwrap());
    let there: SocketAddr = ([10, 9, 9, 9], 9).into();
    *net.from.lock().unwrap() = there;
    // The client's side of the cable is gone, and the server's has not noticed.
    net.cut();
    player.say();
    let start = Instant::now();
    loop {
        if let Some(Event::Resumed(Resumption::Resumed { .. })) = player.step().await {
            break;
        }
    }
    assert!(start.elapsed() < Duration::from_millis(100), "{:?}", start.elapsed());
    assert_eq!(peer.addr(), there);
    player.count(20, 10).await;
    assert_eq!((server.peers().len(), tally.opened.load(Ordering::SeqCst)), (1, 1));
    assert_eq!((player.connected, player.resumed), (1, 1));
}

/// The client that was replaced does not come back: two programs with one token do not chase each other for ever.
#[tokio::test(start_paused = true)]
async fn who_is_replaced_stays_away() {
    let (net, _server, tally) = started().await;
    let mut player = Player::join(&net, hasty());
    player.count(10, 10).await;
    // Somebody has copied its token: here, by looking at the wire of a comeback.
    let token = net.last_token();
    let mut thief = Raw::dial(&net).await;
    assert!(thief.claim(Some(&token), 13).await.unwrap().resumed);
    let end = player.connection.next().await;
    let Some(Event::Closed(CloseReason::Farewell(farewell))) = end else { panic!("{end:?}") };
    assert_eq!(farewell.code, FarewellCode::Replaced);
    assert!(player.connection.next().await.is_none());
    assert_eq!(tally.open.load(Ordering::SeqCst), 1);
}

/// A client that says nothing, as a Python one, is a player all the same; one that comes and goes is none.
#[tokio::test(start_paused = true)]
async fn clients_without_hello_are_served_after_a_moment() {
    let (net, server, tally) = started().await;
    let start = Instant::now();
    let mut silent = Raw::dial(&net).await;
    assert_eq!(within(silent.next()).await.map(|message| text(&message, "action")).as_deref(), Some("count"));
    assert!(start.elapsed().abs_diff(Duration::from_secs(1)) < Duration::from_millis(10), "{:?}", start.elapsed());
    drop(silent);
    settle().await;
    assert_eq!(tally.lines(), ["closed: the peer left"]);
    let start = Instant::now();
    let mut talkative = Raw::dial(&net).await;
    talkative.count(0).await;
    assert_eq!(talkative.numbers().await, [0, 1, 2, 3]);
    assert!(start.elapsed() < Duration::from_millis(200));
    drop(Raw::dial(&net).await);
    settle().await;
    assert_eq!(tally.opened.load(Ordering::SeqCst), 2);
    drop(server);
}

/// One that takes everything and never says that it has: what is kept for it is bounded, and it is served on.
#[tokio::test(start_paused = true)]
async fn what_is_kept_for_a_client_that_acknowledges_nothing_is_bounded() {
    let (net, server, _tally) = started().await;
    let mut raw = Raw::dial(&net).await;
    raw.claim(None, 0).await.unwrap();
    raw.confirm(0).await;
    let peer = server.peers().iter().next().unwrap();
    let mut most = 0;
    for number in 3..3_000 {
        peer.send(super::count::Count::Count { number, filler: "x".repeat(number as usize % 700) }).unwrap();
        peer.flushed().await;
        most = most.max(peer.kept_bytes());
        if number % 20 == 0 {
            while let Ok(Some(_)) = tokio::time::timeout(Duration::ZERO, raw.next()).await {}
        }
    }
    assert!(most > 250 * 1024 && most <= 256 * 1024, "{most}");
    assert!(peer.is_open());
}

/// S9: answers to wrong tokens take the same time, however wrong they are: Welch's t over ten thousand samples of each kind. The kinds take
/// turns, so that whatever the machine does meanwhile happens to all of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes a minute; .ci/hostile-long runs it"]
async fn s9_all_wrong_tokens_take_the_same_time() {
    let (net, _server, tally) = started().await;
    *net.from.lock().unwrap() = ([127, 0, 0, 1], 1).into();
    let mut owner = Raw::dial(&net).await;
    let token = owner.claim(None, 0).await.unwrap().token;
    owner.confirm(0).await;
    let near = [&token[..31], &[token[31] ^ 1]].concat();
    let kinds = [vec![7; 32], Vec::new(), near, token[..16].to_vec()];
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); kinds.len()];
    for round in 0..10_000 {
        for turn in 0..kinds.len() {
            let kind = (round + turn) % kinds.len();
            let mut raw = Raw::dial(&net).await;
            let start = std::time::Instant::now();
            let answer = raw.claim(Some(&kinds[kind]), 0).await.unwrap();
            times[kind].push(start.elapsed().as_secs_f64());
            assert!(!answer.resumed);
        }
    }
    // What the machine did to a few of them says nothing of the server.
    let cut = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times.truncate(times.len() * 9 / 10);
        let count = times.len() as f64;
        let mean = times.iter().sum::<f64>() / count;
        let variance = times.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / (count - 1.0);
        (mean, variance / count)
    };
    let looks: Vec<(f64, f64)> = times.iter_mut().map(cut).collect();
    for (one, other) in looks.iter().flat_map(|one| looks.iter().map(move |other| (one, other))) {
        let t = (one.0 - other.0) / (one.1 + other.1).sqrt();
        println!("{:.2} us and {:.2} us: t = {t:.2}", one.0 * 1e6, other.0 * 1e6);
        assert!(t.abs() < 4.5, "{t}");
    }
    assert_eq!(tally.faults.load(Ordering::SeqCst), 0);
}
