//! The crowd: clients that talk, come and go, and some that behave badly. Each place is taken again when it is left.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use repod::{Client, Event};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout_at};

use crate::protocol::{ToClient, ToClientHandler, ToServer};

/// What the crowd has done.
#[derive(Default)]
pub struct Deeds {
    pub said: AtomicU64,
    pub answered: AtomicU64,
    /// Answers that came twice, or in another order.
    pub wrong: AtomicU64,
    /// Connections of well-behaved clients that ended without their asking.
    pub thrown_out: AtomicU64,
    pub failed: AtomicU64,
    pub left: AtomicU64,
    pub reset: AtomicU64,
    pub half: AtomicU64,
    pub rubbish: AtomicU64,
    pub silent: AtomicU64,
    pub deaf: AtomicU64,
}

/// Keeps so many places taken until the end.
pub async fn gather(addr: SocketAddr, places: u64, end: Instant, deeds: Arc<Deeds>) {
    let mut all = Vec::new();
    for place in 0..places {
        let deeds = deeds.clone();
        all.push(tokio::spawn(async move {
            // They do not all come at once.
            sleep(Duration::from_millis(place * 4)).await;
            let mut random = Random(place + 1);
            while Instant::now() < end {
                visit(addr, end, &mut random, &deeds).await;
            }
        }));
    }
    for one in all {
        one.await.expect("a place");
    }
}

async fn visit(addr: SocketAddr, end: Instant, random: &mut Random, deeds: &Deeds) {
    // Five in a hundred leave in each second.
    let mut seconds = 1;
    while !random.chance(5) {
        seconds += 1;
    }
    let until = end.min(Instant::now() + Duration::from_millis(seconds * 1000 - random.below(1000)));
    let count = |counter: &AtomicU64| {
        counter.fetch_add(1, Ordering::Relaxed);
    };
    match random.below(100) {
        0..85 => talk(addr, until, deeds).await,
        85..89 => {
            count(&deeds.reset);
            let Some(mut stream) = bad(addr).await else { return };
            let _ = stream.write_all(&said(7)).await;
            stall(&mut stream, until).await;
            let _ = socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO));
        }
        89..92 => {
            count(&deeds.half);
            let Some(mut stream) = bad(addr).await else { return };
            let _ = stream.write_all(&said(7)[..20]).await;
            // Some leave at once, some let the server wait for the rest.
            stall(&mut stream, if random.chance(50) { until } else { Instant::now() }).await;
        }
        92..95 => {
            count(&deeds.rubbish);
            let Some(mut stream) = bad(addr).await else { return };
            let rubbish: Vec<u8> = (0..random.below(500)).map(|_| random.below(256) as u8).collect();
            let _ = stream.write_all(&rubbish).await;
            stall(&mut stream, until).await;
        }
        95..98 => {
            count(&deeds.silent);
            let Some(mut stream) = bad(addr).await else { return };
            stall(&mut stream, until).await;
        }
        _ => {
            count(&deeds.deaf);
            listen_to_nothing(addr, until).await;
        }
    }
}

/// Twenty messages a second, each of which is answered.
async fn talk(addr: SocketAddr, until: Instant, deeds: &Deeds) {
    let mut connection = repod::connect::<Game>(addr);
    let mut clock = interval(Duration::from_millis(50));
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut said, mut answered) = (0, 0);
    loop {
        tokio::select! {
            _ = clock.tick() => {
                if Instant::now() >= until {
                    break;
                }
                let text = "a line of chat, or where a player is".to_owned();
                if connection.send(ToServer::Say { number: said, text }).is_ok() {
                    said += 1;
                }
            }
            event = connection.next() => match event {
                Some(Event::Message(ToClient::Told { number, .. })) => {
                    deeds.wrong.fetch_add(u64::from(number != answered), Ordering::Relaxed);
                    answered = number + 1;
                }
                Some(Event::Failed(_)) => {
                    deeds.failed.fetch_add(1, Ordering::Relaxed);
                    sleep(Duration::from_millis(200)).await;
                    return;
                }
                Some(Event::Closed(_)) | None => {
                    deeds.thrown_out.fetch_add(1, Ordering::Relaxed);
                    return;
                }
                Some(_) => {}
            }
        }
    }
    deeds.left.fetch_add(1, Ordering::Relaxed);
    deeds.said.fetch_add(said, Ordering::Relaxed);
    deeds.answered.fetch_add(answered, Ordering::Relaxed);
    connection.close();
    while connection.next().await.is_some() {}
}

/// Asks for much and reads none of it.
async fn listen_to_nothing(addr: SocketAddr, until: Instant) {
    let Ok(socket) = TcpSocket::new_v4() else { return };
    let _ = socket.set_recv_buffer_size(4096);
    let Ok(mut stream) = socket.connect(addr).await else { return };
    let asked = repod::encode(&ToServer::Give { bytes: 32 * 1024 }).expect("it encodes");
    // Long enough to be closed for it.
    let until = until.max(Instant::now() + Duration::from_secs(20));
    while Instant::now() < until {
        if timeout_at(until, stream.write_all(&asked)).await.is_ok_and(|written| written.is_ok()) {
            sleep(Duration::from_millis(50)).await;
        } else {
            return;
        }
    }
}

async fn bad(addr: SocketAddr) -> Option<TcpStream> {
    TcpStream::connect(addr).await.ok()
}

/// Reads and forgets until then, or until the server has had enough.
async fn stall(stream: &mut TcpStream, until: Instant) {
    let mut space = [0; 1024];
    while let Ok(Ok(1..)) = timeout_at(until, stream.read(&mut space)).await {}
}

fn said(number: u64) -> Vec<u8> {
    repod::encode(&ToServer::Say { number, text: "twenty bytes at least".to_owned() }).expect("it encodes")
}

/// Events are taken one by one, so that its handlers are never called.
pub struct Game;

impl Client for Game {
    type Incoming = ToClient;
    type Outgoing = ToServer;
}

impl ToClientHandler for Game {
    fn on_told(&mut self, _: u64, _: String) -> repod::Result {
        Ok(())
    }

    fn on_load(&mut self, _: String) -> repod::Result {
        Ok(())
    }

    fn on_tick(&mut self, _: u64) -> repod::Result {
        Ok(())
    }
}

/// The generator "SplitMix64".
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end.max(1)
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}
