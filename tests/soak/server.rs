//! The server under soak, in a process of its own with default limits. It does what it is told on standard input and counts.

use std::collections::BTreeMap;
use std::io::BufRead;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use repod::proto::CloseReason;
use repod::{ConnectionError, prelude::*};
use tokio::runtime::Handle;

use crate::protocol::{ToClient, ToServer, ToServerHandler};

/// Serves until standard input ends. Each line that is read is answered with the counts.
pub fn run() -> repod::Result {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(serve())
}

async fn serve() -> repod::Result {
    let server = repod::serve(App::default()).bind("127.0.0.1:0").await?;
    println!("{}", server.local_addr());
    let peers = server.peers().clone();
    let ticks = tokio::spawn(async move {
        for number in 0.. {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let _ = peers.send(ToClient::Tick { number });
        }
    });
    let (app, runtime) = (server.app().clone(), Handle::current());
    tokio::task::spawn_blocking(move || {
        for _ in std::io::stdin().lock().lines() {
            println!("{}", app.counts(runtime.metrics().num_alive_tasks()));
        }
    })
    .await?;
    ticks.abort();
    let start = Instant::now();
    let cut = server.shutdown(Duration::from_secs(10)).await;
    println!("{} {cut}", start.elapsed().as_millis());
    Ok(())
}

#[derive(Default)]
struct App {
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    connects: u64,
    messages: u64,
    disconnects: BTreeMap<&'static str, u64>,
}

impl App {
    fn counts(&self, tasks: usize) -> String {
        let counts = self.lock();
        let mut line = format!("tasks={tasks} connects={} messages={}", counts.connects, counts.messages);
        for (reason, count) in &counts.disconnects {
            line += &format!(" left:{reason}={count}");
        }
        line
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Server for App {
    type Channel = Attendant;

    fn channel(self: &Arc<Self>, peer: Peer<ToClient>) -> Attendant {
        Attendant { app: self.clone(), peer }
    }

    fn on_connect(&self, _: &Peer<ToClient>) {
        self.lock().connects += 1;
    }

    fn on_disconnect(&self, _: &Peer<ToClient>, reason: &CloseReason) {
        *self.lock().disconnects.entry(name(reason)).or_default() += 1;
    }
}

struct Attendant {
    app: Arc<App>,
    peer: Peer<ToClient>,
}

impl Channel for Attendant {
    type Incoming = ToServer;
    type Outgoing = ToClient;

    async fn on_error(&mut self, _: ConnectionError) {}
}

impl ToServerHandler for Attendant {
    async fn on_say(&mut self, number: u64, text: String) -> repod::Result {
        self.app.lock().messages += 1;
        self.peer.send(ToClient::Told { number, text })?;
        Ok(())
    }

    async fn on_give(&mut self, bytes: u32) -> repod::Result {
        self.peer.send(ToClient::Load { text: "z".repeat(bytes as usize) })?;
        Ok(())
    }
}

fn name(reason: &CloseReason) -> &'static str {
    match reason {
        CloseReason::PeerLeft => "PeerLeft",
        CloseReason::Truncated(_) => "Truncated",
        CloseReason::Lost(_) => "Lost",
        CloseReason::Timeout(_) => "Timeout",
        CloseReason::FrameTimeout(_) => "FrameTimeout",
        CloseReason::FrameTooLarge(_) | CloseReason::Malformed(_) | CloseReason::WrongProtocol(_) => "Malformed",
        CloseReason::TooManyViolations { .. } => "TooManyViolations",
        CloseReason::Slow(_) => "Slow",
        CloseReason::Shutdown => "Shutdown",
        _ => "other",
    }
}
