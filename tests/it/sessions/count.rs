//! Two sides that count: each message of either side says its number, so that one which is lost, doubled or out of order is seen at once.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::prelude::*;
use repod::proto::Limits;
use repod::{CloseReason, Connection, Event, Reconnect, Resumption, Serving, Sessions, prelude::*};
use tokio::time::timeout;

use super::net::{Door, Net, net};

#[derive(Action, Debug, Clone, PartialEq)]
#[action(sync)]
pub enum Count {
    Count { number: u32, filler: String },
}

/// What happened on a server.
#[derive(Default)]
pub struct Tally {
    pub lines: Mutex<Vec<String>>,
    /// How many channels there were, and how many there are.
    pub opened: AtomicU32,
    pub open: AtomicU32,
    pub faults: AtomicUsize,
    /// The longest filler of an answer.
    pub filler: AtomicUsize,
}

impl Tally {
    pub fn note(&self, line: String) {
        self.lines.lock().unwrap().push(line);
    }

    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }
}

pub struct Counting(pub Arc<Tally>);

pub struct Counter {
    tally: Arc<Tally>,
    pub peer: Peer<Count>,
    expected: u32,
    sent: u32,
}

impl Server for Counting {
    type Channel = Counter;

    fn channel(self: &Arc<Self>, peer: Peer<Count>) -> Counter {
        Counter { tally: self.0.clone(), peer, expected: 0, sent: 0 }
    }
}

impl Counter {
    fn say(&mut self) -> repod::Result {
        let longest = self.tally.filler.load(Ordering::Relaxed);
        let filler = "x".repeat(self.sent as usize * 37 % (longest + 1));
        self.peer.send(Count::Count { number: self.sent, filler })?;
        self.sent += 1;
        Ok(())
    }
}

impl Channel for Counter {
    type Incoming = Count;
    type Outgoing = Count;

    async fn on_connect(&mut self) -> repod::Result {
        self.tally.opened.fetch_add(1, Ordering::SeqCst);
        self.tally.open.fetch_add(1, Ordering::SeqCst);
        for _ in 0..GREETINGS {
            self.say()?;
        }
        Ok(())
    }

    async fn on_suspend(&mut self, reason: CloseReason) -> repod::Result {
        assert!(self.peer.is_open());
        self.tally.note(format!("suspended: {reason}"));
        Ok(())
    }

    async fn on_resume(&mut self, how: Resumption) -> repod::Result {
        self.tally.note(format!("{how:?}"));
        if let Resumption::Gap { lost, .. } = how {
            self.expected += lost as u32;
        }
        Ok(())
    }

    async fn on_close(&mut self, reason: CloseReason) {
        self.tally.open.fetch_sub(1, Ordering::SeqCst);
        self.tally.note(format!("closed: {reason}"));
    }

    async fn on_error(&mut self, error: repod::ConnectionError) {
        self.tally.faults.fetch_add(1, Ordering::SeqCst);
        self.tally.note(format!("error: {error}"));
    }
}

impl CountHandler for Counter {
    fn on_count(&mut self, number: u32, _: String) -> repod::Result {
        if number != self.expected {
            return Err(format!("{number} came, and {} was expected", self.expected).into());
        }
        self.expected += 1;
        self.say()
    }
}

/// The other side: it sends so many numbers, some of them under way at a time, and checks those that come back.
pub struct Player {
    pub connection: Connection<Game>,
    pub sent: u32,
    pub expected: u32,
    /// How often it was greeted as a new one, and how often it came back.
    pub connected: u32,
    pub resumed: u32,
    pub gaps: u32,
    pub filler: usize,
}

pub struct Game;

impl Client for Game {
    type Incoming = Count;
    type Outgoing = Count;
}

impl CountHandler for Game {
    fn on_count(&mut self, _: u32, _: String) -> repod::Result {
        Ok(())
    }
}

impl Player {
    pub fn of(connection: Connection<Game>) -> Self {
        Self { connection, sent: 0, expected: 0, connected: 0, resumed: 0, gaps: 0, filler: 0 }
    }

    pub fn join(net: &Net, policy: Reconnect) -> Self {
        let net = net.clone();
        let connection = repod::connect_by(move || net.clone().dial(), Limits::client());
        Self::of(connection.reconnect(policy))
    }

    pub fn say(&mut self) {
        let filler = "y".repeat(self.sent as usize * 53 % (self.filler + 1));
        self.connection.send(Count::Count { number: self.sent, filler }).unwrap();
        self.sent += 1;
    }

    /// Takes one event.
    pub async fn step(&mut self) -> Option<Event<Count>> {
        let event = timeout(Duration::from_secs(60), self.connection.next()).await.expect("nothing happens")?;
        match &event {
            Event::Connected => {
                self.connected += 1;
                (self.sent, self.expected) = (0, 0);
            }
            Event::Resumed(how) => {
                self.resumed += 1;
                if let Resumption::Gap { lost, .. } = how {
                    self.gaps += 1;
                    self.expected += *lost as u32;
                }
            }
            Event::Message(Count::Count { number, .. }) => {
                assert_eq!(*number, self.expected, "after {} returns", self.resumed);
                self.expected += 1;
            }
            Event::Reconnecting { .. } => {}
            other => panic!("{other:?}"),
        }
        Some(event)
    }

    /// Counts to `count` with so many messages under way.
    pub async fn count(&mut self, count: u32, under_way: u32) {
        while self.expected < count + GREETINGS {
            while self.connected > 0
                && self.sent < count
                && self.sent + GREETINGS < self.expected + under_way + GREETINGS
            {
                self.say();
            }
            self.step().await.expect("it is over");
        }
    }
}

/// How many numbers a channel sends by itself.
pub const GREETINGS: u32 = 3;

pub fn serve(door: Door, sessions: Sessions) -> (Serving<Counting>, Arc<Tally>) {
    let tally = Arc::new(Tally::default());
    let server = repod::serve(Counting(tally.clone())).limits(Limits::server().rate(None)).sessions(sessions);
    (server.listen(door).unwrap(), tally)
}

pub fn hasty() -> Reconnect {
    Reconnect::default().base(Duration::from_millis(1)).cap(Duration::from_millis(5))
}

/// A conversation whose connections last so many bytes; says how many each of them used.
async fn converse(budgets: Vec<usize>, count: u32, under_way: u32, filler: usize) {
    let (net, door) = net();
    net.budgets.lock().unwrap().extend(budgets.iter().copied());
    let (server, tally) = serve(door, Sessions::default());
    tally.filler.store(filler, Ordering::Relaxed);
    let mut player = Player::join(&net, hasty());
    player.filler = filler;
    player.count(count, under_way).await;
    // Once it has got its session it never loses it.
    assert_eq!((player.connected, player.gaps), (1, 0), "{budgets:?}: {:#?}", tally.lines());
    assert_eq!(tally.opened.load(Ordering::SeqCst), 1, "{budgets:?}: {:#?}", tally.lines());
    assert_eq!(tally.faults.load(Ordering::SeqCst), 0, "{budgets:?}: {:#?}", tally.lines());
    assert_eq!(tally.open.load(Ordering::SeqCst), 1, "{budgets:?}: {:#?}", tally.lines());
    player.connection.close();
    while player.connection.next().await.is_some() {}
    server.shutdown(Duration::from_secs(5)).await;
    assert_eq!(tally.open.load(Ordering::SeqCst), 0);
    // Its last word may have been cut, too.
    let is_cut = net.made.lock().unwrap().last().unwrap().load(Ordering::SeqCst) == 0;
    let last = tally.lines().pop().unwrap();
    let is_right = last == "closed: the peer left" || (is_cut && last == "closed: this side is shutting down");
    assert!(is_right, "{budgets:?}: {:#?}", tally.lines());
}

/// How many bytes a whole conversation takes in both directions.
const WHOLE: usize = 1_200;

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_cut_at_any_byte_goes_on() {
    for budget in 0..WHOLE {
        converse(vec![budget], 12, 4, 0).await;
    }
}

/// Also the answer to a comeback can be cut, at every byte of it: then the client shows its token again.
#[tokio::test(start_paused = true)]
async fn a_comeback_that_is_cut_at_any_byte_goes_on() {
    for budget in 0..600 {
        converse(vec![600, budget], 12, 4, 0).await;
        converse(vec![600, budget, budget / 2, budget], 12, 4, 0).await;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn however_often_a_connection_is_cut_each_number_comes_once_and_in_order(
        budgets in prop::collection::vec(0_usize..6_000, 0..40),
        under_way in 1_u32..80,
        filler in prop::sample::select(vec![0_usize, 10, 3_000]),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(converse(budgets, 200, under_way, filler));
    }
}
