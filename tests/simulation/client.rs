//! The clients of a run: most use the library and note what it tells them, some speak the wire by hand and badly.

use std::time::Duration;

use repod::proto::CloseReason;
use repod::{Client, Connection, Event};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::model::{End, Line, Model};
use crate::network::dial;
use crate::protocol::{SHUTDOWN, ToClient, ToClientHandler, ToServer, client_limits};
use crate::random::Random;

/// Connects, talks and leaves, again and again, until the plan says that it is over.
pub async fn live(model: Model, seed: u64, client: u64, end: Duration) -> turmoil::Result {
    let mut random = {
        let mut books = model.lock();
        books.lives += 1;
        Random::new(seed, 1000 * (client + 1) + books.lives)
    };
    sleep(Duration::from_millis(random.within(0..200))).await;
    // Letting go of a connection leaves it a second to send what is queued; these have all the time they need.
    let mut ended = Vec::new();
    while now() < end + SHUTDOWN / 4 {
        if random.chance(20) {
            misbehave(&model, &mut random).await;
        } else {
            let mut visit = Visit::start(&model, client);
            visit.talk(&mut random, end + SHUTDOWN / 2).await;
            if !model.lock().lines[visit.line as usize].is_gone {
                ended.push(visit);
            }
        }
        sleep(Duration::from_millis(random.within(1..150))).await;
    }
    Ok(())
}

fn now() -> Duration {
    turmoil::sim_elapsed().unwrap_or_default()
}

/// The client program: events are taken one by one, so that its handlers are never called.
struct Game;

impl Client for Game {
    type Incoming = ToClient;
    type Outgoing = ToServer;
}

impl ToClientHandler for Game {
    fn on_welcome(&mut self, _: u64) -> repod::Result {
        unreachable!("nobody pumps")
    }

    fn on_told(&mut self, _: u64, _: String) -> repod::Result {
        unreachable!("nobody pumps")
    }

    fn on_position(&mut self, _: u64) -> repod::Result {
        unreachable!("nobody pumps")
    }
}

/// One connection from its beginning to its end.
struct Visit<'a> {
    model: &'a Model,
    line: u64,
    connection: Connection<Game>,
}

impl<'a> Visit<'a> {
    fn start(model: &'a Model, client: u64) -> Self {
        let line = {
            let mut books = model.lock();
            books.lines.push(Line { client, ..Line::default() });
            books.lines.len() as u64 - 1
        };
        Self { model, line, connection: repod::connect_over(dial(), client_limits()) }
    }

    fn wrong(&self, what: &str) {
        self.model.check(false, || format!("line {}: {what}", self.line));
    }

    fn with<T>(&self, change: impl FnOnce(&mut Line) -> T) -> T {
        change(&mut self.model.lock().lines[self.line as usize])
    }

    async fn talk(&mut self, random: &mut Random, end: Duration) {
        // Most are up before they say something; some queue it first.
        let mut next = Instant::now() + Duration::from_millis(random.one_of(&[0, 30, 300]));
        let mut deaf_until = None;
        let pace = random.one_of(&[3, 20, 60]);
        loop {
            tokio::select! {
                biased;
                () = sleep_until(next) => {
                    next = Instant::now() + Duration::from_millis(random.within(1..2 * pace));
                    if now() >= end {
                        break;
                    }
                    match random.within(0..1000) {
                        0..850 => self.say(random),
                        850..900 => deaf_until = Some(Instant::now() + Duration::from_millis(random.within(50..1200))),
                        900..908 => break,
                        // Much at once, and then perhaps no more.
                        908..930 => {
                            for _ in 0..random.within(5..60) {
                                self.say(random);
                            }
                            if random.chance(50) {
                                break;
                            }
                        }
                        930..934 => {
                            // It lets go, and never hears how it ended.
                            self.with(|line| line.is_gone = true);
                            return;
                        }
                        _ => {}
                    }
                    deaf_until = deaf_until.filter(|until| *until > Instant::now());
                }
                event = self.connection.next(), if deaf_until.is_none() => {
                    if !self.took(event) {
                        return;
                    }
                }
            }
        }
        self.connection.close();
        self.with(|line| line.has_closed = true);
        self.model
            .check(self.connection.send(self.message(0)).is_err(), || format!("line {} sends after close", self.line));
        self.wait_for_end().await;
    }

    /// A connection that was closed comes to its end soon.
    async fn wait_for_end(&mut self) {
        let patience = Instant::now() + Duration::from_millis(1500);
        loop {
            let next = tokio::time::timeout_at(patience, self.connection.next()).await;
            match next {
                Ok(event) => {
                    if !self.took(event) {
                        return;
                    }
                }
                Err(_) => return self.wrong("it was closed, and did not end"),
            }
        }
    }

    /// Notes an event; says whether more may come.
    fn took(&mut self, event: Option<Event<ToClient>>) -> bool {
        match event {
            None => {
                let may_be_silent = self.with(|line| {
                    line.end = Some(End::Silent);
                    line.has_closed && !line.is_connected
                });
                if !may_be_silent {
                    self.wrong("it ended without a word");
                }
                return self.is_over();
            }
            Some(Event::Connected) => {
                if self.with(|line| std::mem::replace(&mut line.is_connected, true)) {
                    self.wrong("it connected twice");
                }
            }
            Some(Event::Message(message)) => self.heard(message),
            Some(Event::Failed(error)) => {
                self.model.note(format!("line {} failed: {error}", self.line));
                if self.with(|line| line.end.replace(End::Failed).is_some() || line.is_connected) {
                    self.wrong("it failed after it was up");
                }
                return self.is_over();
            }
            Some(Event::Closed(reason)) => {
                self.model.note(format!("line {} closed: {reason}", self.line));
                let known = [CloseReason::ConnectFailed, CloseReason::Panicked, CloseReason::Shutdown];
                if known.contains(&reason) || !self.with(|line| line.is_connected) {
                    self.wrong(&format!("it was closed as {reason}"));
                }
                self.with(|line| line.end = Some(End::Closed(reason)));
                return self.is_over();
            }
            Some(other) => self.wrong(&format!("{other:?}")),
        }
        true
    }

    /// Nothing comes after the end. Says that nothing more may come.
    fn is_over(&mut self) -> bool {
        if let Some(event) = self.connection.poll() {
            self.wrong(&format!("{event:?} after the end"));
        }
        if self.connection.is_open() || self.connection.server().is_open() {
            self.wrong("it is open after the end");
        }
        false
    }

    fn heard(&mut self, message: ToClient) {
        let fault = self.with(|line| {
            if !line.is_connected || line.has_closed || line.end.is_some() {
                return Some(format!("{message:?} out of turn"));
            }
            match message {
                ToClient::Welcome { peer } => {
                    if !line.got.is_empty() || line.position > 0 || line.peer.replace(peer).is_some() {
                        return Some("a late welcome".to_owned());
                    }
                }
                ToClient::Told { number, .. } => line.got.push(number),
                ToClient::Position { tick } => {
                    if tick <= line.position {
                        return Some(format!("position {tick} after {}", line.position));
                    }
                    line.position = tick;
                }
            }
            line.peer.is_none().then(|| "a message before the welcome".to_owned())
        });
        if let Some(fault) = fault {
            self.wrong(&fault);
        }
    }

    fn message(&self, kind: u64) -> ToServer {
        let line = self.line;
        let number = self.with(|line| line.sent);
        match kind {
            0..94 => ToServer::Say { line, number, pad: "y".repeat(kind as usize * 10) },
            94..98 => ToServer::Think { line, number, millis: (kind - 93) * 60 },
            98 => ToServer::Think { line, number, millis: 2500 },
            _ => ToServer::Dare { line, number },
        }
    }

    fn say(&self, random: &mut Random) {
        if self.connection.send(self.message(random.within(0..100))).is_ok() {
            self.with(|line| line.sent += 1);
        }
    }
}

/// A peer that speaks the wire by hand, and not as it should.
async fn misbehave(model: &Model, random: &mut Random) {
    let Ok(Ok(mut stream)) = timeout(Duration::from_millis(400), dial()).await else { return };
    let hello = b"\0\0\0\x24\x82\xa6action\xabrepod.hello\xa5repod\x81\xa7version\x01";
    let half = b"\0\0\0\x20\x82\xa6action";
    let kind = random.within(0..8);
    model.note(format!("a bad peer of kind {kind}"));
    let first: &[u8] = match kind {
        0 => half,
        1 => b"GET / HTTP/1.1\r\n\r\n",
        2 => b"\xff\xff\xff\xff",
        3 => b"\0\0\0\x03\xc1\xc1\xc1",
        4 => &[0, 0, 0, 1, 0xc0].repeat(40),
        5 => b"",
        _ => hello,
    };
    if stream.write_all(first).await.is_err() {
        return;
    }
    let patience = Duration::from_millis(random.within(0..1500));
    match kind {
        // Leaves in the middle of a frame, or without having read the greeting, which is a reset.
        6 => {
            let _ = stream.write_all(half).await;
            sleep(patience / 20).await;
        }
        7 => sleep(patience).await,
        _ => {
            let mut space = [0; 512];
            let end = Instant::now() + patience;
            while let Ok(Ok(1..)) = tokio::time::timeout_at(end, stream.read(&mut space)).await {}
        }
    }
}
