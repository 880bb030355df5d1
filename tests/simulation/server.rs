//! The server of a run: a program that tells the [`Model`] all that happens to it, and a director that makes it talk.

use std::sync::Arc;
use std::time::Duration;

use repod::proto::CloseReason;
use repod::{Peers, Serving, prelude::*};
use tokio::time::{Instant, sleep};

use crate::model::{Model, Seat, Stage};
use crate::network::{Port, SERVER};
use crate::plan::Plan;
use crate::protocol::{KICK, SHUTDOWN, ToClient, ToServer, ToServerHandler, server_limits};
use crate::random::Random;

/// Serves until the plan says that it is over, and shuts down.
pub async fn serve(model: Model, plan: Arc<Plan>) -> turmoil::Result {
    let number = {
        let mut books = model.lock();
        books.servers += 1;
        books.servers
    };
    let mut random = Random::new(plan.seed, 1_000_000 + number);
    let app = App { model: model.clone(), number, slowness: random.within(0..1000) };
    let server = repod::serve(app).limits(server_limits(&mut random)).listen(Port::bind().await?)?;
    let directs = random.chance(50);
    let director = tokio::spawn(direct(model.clone(), server.peers().clone(), random));
    let elapsed = turmoil::sim_elapsed().unwrap_or_default();
    sleep(plan.end.saturating_sub(elapsed)).await;
    if directs {
        director.abort();
    }
    shut_down(&model, server, number).await;
    director.abort();
    Ok(())
}

async fn shut_down(model: &Model, mut server: Serving<App>, number: u64) {
    let start = Instant::now();
    let cut = server.shutdown(SHUTDOWN).await;
    let took = start.elapsed();
    model.note(format!("server {number} shut down in {took:?}, {cut} cut"));
    model.check(took <= SHUTDOWN + Duration::from_millis(2), || format!("the shutdown took {took:?}"));
    model.check(server.peers().is_empty(), || format!("{:?} after the shutdown", server.peers()));
    let streams = turmoil::established_tcp_stream_count_on(SERVER);
    model.check(streams == 0, || format!("{streams} streams are open after the shutdown, {cut} were cut"));
    {
        let mut books = model.lock();
        let here = books.seats.iter().filter(|(_, seat)| seat.server == number);
        let left: Vec<_> = here.filter(|(_, seat)| seat.stage != Stage::Left).map(|(peer, _)| *peer).collect();
        if !left.is_empty() {
            books.wrong.push(format!("peers {left:?} have not left after the shutdown"));
        }
        books.cut += cut as u64;
        // Who was cut at the end may have said something that waited for its turn, and there was none any more.
        let cut = books.seats.values_mut().filter(|seat| seat.closed.is_some_and(|closed| closed >= start + took));
        cut.for_each(|seat| seat.is_stopped = true);
    }
    let again = server.shutdown(Duration::ZERO).await;
    model.check(again == 0, || format!("a second shutdown cut {again}"));
    let ended = (&mut server).await;
    model.check(ended.is_ok(), || format!("the server ended with {ended:?}"));
}

/// Makes the server talk, and kick.
async fn direct(model: Model, peers: Peers<ToClient>, mut random: Random) {
    let mut tick = 0;
    loop {
        sleep(Duration::from_millis(random.within(5..90))).await;
        tick += 1;
        let all: Vec<_> = peers.iter().collect();
        if all.is_empty() {
            continue;
        }
        let one = &all[random.within(0..all.len() as u64) as usize];
        match random.within(0..100) {
            0..50 => tell_all(&model, &peers, random.one_of(&[0, 10, 600, 1500])),
            50..70 => {
                for peer in &all {
                    let sent = peer.send_latest("position", ToClient::Position { tick });
                    if sent.is_ok()
                        && let Some(seat) = model.lock().seats.get_mut(&number(peer.id()))
                    {
                        seat.position = tick;
                    }
                }
            }
            70..90 => tell(&model, one, random.within(0..100) as usize),
            90..94 => {
                for _ in 0..random.within(5..60) {
                    tell(&model, one, 100);
                }
            }
            94..96 => one.close(KICK),
            96..98 => {
                tell(&model, one, 0);
                one.close(KICK);
            }
            _ => one.flushed().await,
        }
    }
}

/// Tells one peer something that is told once in the whole run.
fn tell(model: &Model, peer: &Peer<ToClient>, pad: usize) {
    let told = model.lock().next_told();
    let sent = peer.send(ToClient::Told { number: told, pad: "x".repeat(pad) });
    if sent.is_ok()
        && let Some(seat) = model.lock().seats.get_mut(&number(peer.id()))
    {
        seat.sent.push(told);
    }
}

fn tell_all(model: &Model, peers: &Peers<ToClient>, pad: usize) {
    let told = model.lock().next_told();
    let before: Vec<_> = peers.iter().collect();
    let count = peers.send(ToClient::Told { number: told, pad: "x".repeat(pad) }).expect("it fits");
    // Nothing else runs meanwhile: who is still open was sent it.
    let receivers: Vec<_> = before.into_iter().filter(Peer::is_open).collect();
    model.check(count == receivers.len(), || format!("a broadcast went to {count} of {} peers", receivers.len()));
    let mut books = model.lock();
    for peer in receivers {
        if let Some(seat) = books.seats.get_mut(&number(peer.id())) {
            seat.sent.push(told);
        }
    }
}

fn number(id: PeerId) -> u64 {
    id.to_string().parse().expect("a peer's number")
}

/// The server program.
pub struct App {
    model: Model,
    number: u64,
    slowness: u64,
}

impl Server for App {
    type Channel = Attendant;

    fn channel(self: &Arc<Self>, peer: Peer<ToClient>) -> Attendant {
        Attendant { app: self.clone(), number: number(peer.id()), peer, is_thinking: false }
    }

    fn on_connect(&self, peer: &Peer<ToClient>) {
        let id = number(peer.id());
        {
            let mut books = self.model.lock();
            let seat = Seat { server: self.number, ..Seat::default() };
            if books.seats.insert(id, seat).is_some() {
                books.wrong.push(format!("peer {id} joined twice"));
            }
            books.note(format!("peer {id} joins"));
        }
        let _ = peer.send(ToClient::Welcome { peer: id });
    }

    fn on_disconnect(&self, peer: &Peer<ToClient>, reason: &CloseReason) {
        let id = number(peer.id());
        let mut books = self.model.lock();
        books.step(id, Stage::Closed, Stage::Left);
        books.note(format!("peer {id} leaves: {reason}"));
        let told = books.seats.get(&id).and_then(|seat| seat.reason.clone());
        if told.as_ref() != Some(reason) {
            books.wrong.push(format!("peer {id}: on_close was told {told:?}, on_disconnect {reason:?}"));
        }
    }
}

/// The channel of one peer.
pub struct Attendant {
    app: Arc<App>,
    peer: Peer<ToClient>,
    number: u64,
    /// A handler waits, or was dropped while it did.
    is_thinking: bool,
}

impl Attendant {
    /// Notes a message. They must come one after the other, on an open connection, without a gap.
    fn heard(&self, line: u64, message: u64) {
        let mut books = self.app.model.lock();
        let id = self.number;
        books.step(id, Stage::Open, Stage::Open);
        let Some(seat) = books.seats.get_mut(&id) else { return };
        let (got, known) = (seat.got, *seat.line.get_or_insert(line));
        seat.got += 1;
        if seat.is_stopped {
            books.wrong.push(format!("peer {id} heard message {message} of line {line} after it was kicked"));
        } else if got != message || known != line {
            books.wrong.push(format!("peer {id} heard message {message} of line {line} after {got} of line {known}"));
        }
    }
}

impl Channel for Attendant {
    type Incoming = ToServer;
    type Outgoing = ToClient;

    async fn on_connect(&mut self) -> repod::Result {
        // Some take their time, and some longer than it takes to leave.
        let millis = (self.number * 7919 + self.app.slowness) % 1000;
        if millis < 200 {
            sleep(Duration::from_millis(millis * 3)).await;
        }
        self.app.model.lock().step(self.number, Stage::Joined, Stage::Open);
        Ok(())
    }

    async fn on_close(&mut self, reason: CloseReason) {
        // A shutdown that cuts may leave `on_connect` at its await.
        let is_cut = reason == CloseReason::Shutdown;
        let found = self.peer.peers().find(self.peer.id()).is_some();
        let model = &self.app.model;
        model.check(!found && !self.peer.is_open(), || format!("peer {} is closed and open", self.number));
        let sent = self.peer.send(ToClient::Position { tick: u64::MAX });
        model.check(sent.is_err(), || format!("peer {} was sent to in on_close", self.number));
        let mut books = model.lock();
        if let Some(seat) = books.seats.get_mut(&self.number) {
            if is_cut && seat.stage == Stage::Joined {
                seat.stage = Stage::Open;
            }
            seat.reason = Some(reason);
            seat.is_stopped |= self.is_thinking;
            seat.closed = Some(Instant::now());
        }
        books.step(self.number, Stage::Open, Stage::Closed);
    }
}

impl ToServerHandler for Attendant {
    async fn on_say(&mut self, line: u64, number: u64, pad: String) -> repod::Result {
        drop(pad);
        self.heard(line, number);
        Ok(())
    }

    async fn on_think(&mut self, line: u64, number: u64, millis: u64) -> repod::Result {
        self.heard(line, number);
        self.is_thinking = true;
        sleep(Duration::from_millis(millis)).await;
        self.is_thinking = false;
        tell(&self.app.model, &self.peer, 1);
        Ok(())
    }

    async fn on_dare(&mut self, line: u64, number: u64) -> repod::Result {
        self.heard(line, number);
        tell(&self.app.model, &self.peer, 1);
        tell(&self.app.model, &self.peer, 900);
        if let Some(seat) = self.app.model.lock().seats.get_mut(&self.number) {
            seat.is_stopped = true;
        }
        self.peer.close(KICK);
        Ok(())
    }
}
