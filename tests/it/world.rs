//! The world of these tests: a server that tells everything that happens to it, and a peer that speaks the wire by hand.

use std::net::SocketAddr;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use repod::proto::{CloseReason, Limits};
use repod::testing::RawPeer;
use repod::{ConnectionError, Serving, Unknown, prelude::*};
use tokio::net::TcpStream;
use tokio::sync::{Notify, mpsc};
use tokio::time::timeout;

/// What peers say to the server.
#[derive(Action, Debug, Clone, PartialEq)]
pub enum ToServer {
    /// Is noted and answered with `Heard`.
    Say { text: String },
    /// Is noted and told to everyone as `Heard`.
    Shout { text: String },
    /// The handler fails.
    Fail,
    /// The handler panics.
    Panic,
    /// The handler waits until the test opens the gate.
    Wait,
    /// Is noted. More than a hundred coins are refused.
    Bet {
        #[action(range = 1..=100)]
        coins: u32,
    },
    /// So many `Number`s come back, and then the server closes the connection.
    Burst { count: u32 },
}

/// What the server says.
#[derive(Action, Debug, Clone, PartialEq)]
#[action(sync)]
pub enum ToClient {
    Heard { text: String },
    Number { number: u32 },
    Full,
    Data { bytes: String },
}

/// How a server of this world behaves.
#[derive(Default)]
pub struct Rules {
    /// How many peers it takes; 0 is any number.
    pub seats: usize,
    /// The callbacks that panic.
    pub panics: Vec<&'static str>,
    /// The callbacks that fail.
    pub fails: Vec<&'static str>,
    /// Whether peers are told about errors.
    pub replies: bool,
    /// Whether `on_connect` waits for the gate.
    pub slow_connect: bool,
}

/// The server program.
pub struct App {
    log: mpsc::UnboundedSender<String>,
    pub gate: Arc<Notify>,
    rules: Rules,
    seen: Mutex<Vec<PeerId>>,
}

impl App {
    /// Notes a line, with the peer's number: the first one that was noted is 0.
    fn note(&self, peer: &Peer<ToClient>, what: &str) {
        let mut seen = self.seen.lock().unwrap();
        let number = seen.iter().position(|id| *id == peer.id()).unwrap_or_else(|| {
            seen.push(peer.id());
            seen.len() - 1
        });
        let _ = self.log.send(format!("{number} {what}"));
    }

    fn check(&self, callback: &'static str) -> repod::Result {
        assert!(!self.rules.panics.contains(&callback), "{callback} panics");
        if self.rules.fails.contains(&callback) {
            return Err(format!("{callback} fails").into());
        }
        Ok(())
    }
}

impl Server for App {
    type Channel = Seat;

    fn channel(self: &Arc<Self>, peer: Peer<ToClient>) -> Seat {
        Seat { app: self.clone(), peer }
    }

    fn accept(self: &Arc<Self>, peer: Peer<ToClient>) -> Result<Seat, Refuse<ToClient>> {
        self.check("accept").map_err(|_| Refuse::silently())?;
        if self.rules.seats > 0 && peer.peers().len() >= self.rules.seats {
            return Err(Refuse::with(ToClient::Full));
        }
        Ok(self.channel(peer))
    }

    fn on_connect(&self, peer: &Peer<ToClient>) {
        self.note(peer, "joins");
        self.check("joins").unwrap();
    }

    fn on_disconnect(&self, peer: &Peer<ToClient>, reason: &CloseReason) {
        self.note(peer, &format!("leaves: {reason}"));
        self.check("leaves").unwrap();
    }
}

/// The channel of one peer.
pub struct Seat {
    app: Arc<App>,
    peer: Peer<ToClient>,
}

impl Seat {
    fn note(&self, what: &str) {
        self.app.note(&self.peer, what);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        // A refused peer has no seat that could be dropped.
        if !std::thread::panicking() {
            self.app.check("drop").unwrap();
        }
    }
}

impl Channel for Seat {
    type Incoming = ToServer;
    type Outgoing = ToClient;

    async fn on_connect(&mut self) -> repod::Result {
        self.note("connects");
        if self.app.rules.slow_connect {
            self.app.gate.notified().await;
            self.note("connected");
        }
        self.app.check("on_connect")
    }

    async fn on_close(&mut self, reason: CloseReason) {
        self.note(&format!("closes: {reason}"));
        self.app.check("on_close").unwrap();
    }

    async fn on_error(&mut self, error: ConnectionError) {
        self.note(&format!("error: {error}"));
        self.app.check("on_error").unwrap();
    }

    fn error_reply(&self, error: &ConnectionError) -> Option<ToClient> {
        self.app.check("error_reply").unwrap();
        self.app.rules.replies.then(|| ToClient::Heard { text: error.public_text().to_owned() })
    }

    async fn on_unknown(&mut self, message: Unknown) -> repod::Result {
        self.note(&format!("unknown: {}", message.name()));
        Ok(())
    }
}

impl ToServerHandler for Seat {
    async fn on_say(&mut self, text: String) -> repod::Result {
        self.note(&format!("says {text}"));
        self.peer.send(ToClient::Heard { text })?;
        Ok(())
    }

    async fn on_shout(&mut self, text: String) -> repod::Result {
        self.note(&format!("shouts {text}"));
        self.peer.peers().send(ToClient::Heard { text })?;
        Ok(())
    }

    async fn on_fail(&mut self) -> repod::Result {
        Err("no such luck".into())
    }

    async fn on_panic(&mut self) -> repod::Result {
        panic!("oh no");
    }

    async fn on_wait(&mut self) -> repod::Result {
        self.note("waits");
        self.app.gate.notified().await;
        self.note("waited");
        Ok(())
    }

    async fn on_bet(&mut self, coins: u32) -> repod::Result {
        self.note(&format!("bets {coins}"));
        Ok(())
    }

    async fn on_burst(&mut self, count: u32) -> repod::Result {
        for number in 0..count {
            self.peer.send(ToClient::Number { number })?;
        }
        self.peer.close("burst is over");
        Ok(())
    }
}

/// A server at work and what it noted.
pub struct World {
    pub server: Serving<App>,
    log: mpsc::UnboundedReceiver<String>,
}

impl World {
    pub async fn start() -> Self {
        Self::with(Rules::default(), Limits::server()).await
    }

    pub async fn with(rules: Rules, limits: Limits) -> Self {
        let (app, log) = Self::app(rules);
        let server = repod::serve(app).limits(limits).bind("127.0.0.1:0").await.unwrap();
        Self::of(server, log)
    }

    /// The program, to be served by the test itself.
    pub fn app(rules: Rules) -> (App, mpsc::UnboundedReceiver<String>) {
        let (sender, log) = mpsc::unbounded_channel();
        let app = App { log: sender, gate: Arc::default(), rules, seen: Mutex::default() };
        (app, log)
    }

    pub fn of(server: Serving<App>, log: mpsc::UnboundedReceiver<String>) -> Self {
        Self { server, log }
    }

    pub fn addr(&self) -> SocketAddr {
        self.server.local_addr()
    }

    /// Waits for the next note and checks it.
    pub async fn expect(&mut self, note: &str) {
        assert_eq!(self.next().await, note);
    }

    /// As [`expect`](Self::expect), where the peer may be gone already, so that answers to it fail.
    pub async fn expect_amid_failed_answers(&mut self, note: &str) {
        loop {
            let next = self.next().await;
            if !next.contains("error: the handler of `say` failed: the connection is closed") {
                assert_eq!(next, note);
                return;
            }
        }
    }

    pub async fn next(&mut self) -> String {
        within(self.log.recv()).await.expect("the server is gone")
    }

    /// Everything that was noted and not yet looked at.
    pub fn rest(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.log.try_recv().ok()).collect()
    }

    /// A peer that has been greeted and is noted as number `number`.
    pub async fn join(&mut self, number: usize) -> Raw {
        let mut raw = Raw::connect(self.addr()).await;
        raw.greeted().await;
        self.expect(&format!("{number} joins")).await;
        self.expect(&format!("{number} connects")).await;
        raw
    }
}

/// A peer that speaks the wire by hand, over TCP.
pub struct Raw(RawPeer<TcpStream>);

impl Raw {
    pub async fn connect(addr: SocketAddr) -> Self {
        let stream = within(TcpStream::connect(addr)).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self(RawPeer::over(stream))
    }

    pub async fn hears(&mut self, text: &str) {
        assert_eq!(self.receive::<ToClient>().await, ToClient::Heard { text: text.to_owned() });
    }

    /// Says something and waits for the answer: then all that was sent before has been handled.
    pub async fn says(&mut self, text: &str) {
        self.send(say(text)).await;
        self.hears(text).await;
    }
}

impl Deref for Raw {
    type Target = RawPeer<TcpStream>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Raw {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

pub fn say(text: &str) -> ToServer {
    ToServer::Say { text: text.to_owned() }
}

pub fn shout(text: &str) -> ToServer {
    ToServer::Shout { text: text.to_owned() }
}

/// A frame with this payload.
pub fn frame(payload: &[u8]) -> Vec<u8> {
    [&(payload.len() as u32).to_be_bytes()[..], payload].concat()
}

/// A frame with an action and nothing else.
pub fn bare(action: &str) -> Vec<u8> {
    frame(&[b"\x81\xa6action", &[0xa0 | action.len() as u8][..], action.as_bytes()].concat())
}

/// What takes longer than this is broken.
pub async fn within<F: Future>(future: F) -> F::Output {
    timeout(Duration::from_secs(20), future).await.expect("waited twenty seconds")
}
