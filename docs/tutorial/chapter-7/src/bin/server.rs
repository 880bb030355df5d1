// ANCHOR: all
//! The dungeon's server.

use dungeon::world::{Mistake, SEATS, World};
use dungeon::*;
use repod::{ConnectionError, proto::Limits};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

// ANCHOR: server
/// What all players share.
#[derive(Default)]
struct Dungeon {
    world: Mutex<World>,
}

impl Dungeon {
    fn world(&self) -> MutexGuard<'_, World> {
        // A handler that panicked under the lock is no reason for all others to panic.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves the world on and shows it to everybody.
    fn tick(&self, peers: &Peers<ToClient>) -> repod::Result {
        let mut world = self.world();
        world.tick();
        peers.send_latest("state", world.state())?;
        Ok(())
    }
}
// ANCHOR_END: server

// ANCHOR: accept
impl Server for Dungeon {
    type Channel = Hero;

    fn channel(self: &Arc<Self>, peer: Peer<ToClient>) -> Hero {
        Hero { dungeon: self.clone(), peer }
    }

    fn accept(self: &Arc<Self>, peer: Peer<ToClient>) -> Result<Hero, Refuse<ToClient>> {
        if !self.world().take_seat() {
            return Err(Refuse::with(ToClient::Full { seats: SEATS }));
        }
        Ok(self.channel(peer))
    }

    fn on_disconnect(&self, _: &Peer<ToClient>, _: &CloseReason) {
        self.world().free_seat();
    }
}
// ANCHOR_END: accept

/// One player who is connected.
struct Hero {
    dungeon: Arc<Dungeon>,
    peer: Peer<ToClient>,
}

impl Hero {
    fn tell_all(&self, text: String) {
        // It fails only for a text that is too long for everybody.
        let _ = self.peer.peers().send(ToClient::News { text });
    }
}

impl Channel for Hero {
    type Incoming = ToServer;
    type Outgoing = ToClient;

    async fn on_close(&mut self, reason: CloseReason) {
        if let Some(player) = self.dungeon.world().leave(self.peer.id()) {
            println!("{:?} leaves: {reason}", player.name);
            self.tell_all(format!("{} is gone.", player.name));
        }
    }

    // ANCHOR: error
    fn error_reply(&self, error: &ConnectionError) -> Option<ToClient> {
        let text = match error {
            // Which field of which message is wrong, and how.
            ConnectionError::Message(error) => error.to_string(),
            ConnectionError::Handler { error, .. } if error.is::<Mistake>() => {
                error.to_string()
            }
            // The rest is for the log, and no business of the player's.
            error => error.public_text().to_owned(),
        };
        Some(ToClient::Rejected { text })
    }
    // ANCHOR_END: error
}

// ANCHOR: join
impl ToServerHandler for Hero {
    async fn on_join(&mut self, name: String) -> repod::Result {
        self.dungeon.world().join(self.peer.id(), name.clone())?;
        println!("{name:?} comes in");
        self.tell_all(format!("{name} is here."));
        Ok(())
    }

    async fn on_step(&mut self, to: Direction) -> repod::Result {
        self.dungeon.world().plan(self.peer.id(), to)?;
        Ok(())
    }
}
// ANCHOR_END: join

// ANCHOR: main
fn main() -> repod::Result {
    repod::logging::init(repod::logging::Level::INFO);
    let addr = std::env::args().nth(1).unwrap_or("0.0.0.0:5071".to_owned());
    let limits = Limits::server().max_frame_in(1024).max_depth(4).violations(10);
    let server = repod::serve(Dungeon::default()).limits(limits).spawn(addr)?;
    println!("listening on {}", server.local_addr());
    loop {
        std::thread::sleep(TICK);
        server.app().tick(server.peers())?;
    }
}

/// How long a tick takes.
const TICK: Duration = Duration::from_millis(100);
// ANCHOR_END: main
// ANCHOR_END: all
