// ANCHOR: all
//! The dungeon's server.

use dungeon::{world::World, *};
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

impl Server for Dungeon {
    type Channel = Hero;

    fn channel(self: &Arc<Self>, peer: Peer<ToClient>) -> Hero {
        Hero { dungeon: self.clone(), peer }
    }
}

// ANCHOR: channel
/// One player who is connected.
struct Hero {
    dungeon: Arc<Dungeon>,
    peer: Peer<ToClient>,
}

impl Channel for Hero {
    type Incoming = ToServer;
    type Outgoing = ToClient;

    async fn on_close(&mut self, reason: CloseReason) {
        if let Some(player) = self.dungeon.world().leave(self.peer.id()) {
            println!("{:?} leaves: {reason}", player.name);
        }
    }
}

impl ToServerHandler for Hero {
    async fn on_join(&mut self, name: String) -> repod::Result {
        println!("{name:?} comes in");
        self.dungeon.world().join(self.peer.id(), name);
        Ok(())
    }

    async fn on_step(&mut self, to: Direction) -> repod::Result {
        if !self.dungeon.world().plan(self.peer.id(), to) {
            return Err("join first".into());
        }
        Ok(())
    }
}
// ANCHOR_END: channel

// ANCHOR: main
fn main() -> repod::Result {
    repod::logging::init(repod::logging::Level::INFO);
    let addr = std::env::args().nth(1).unwrap_or("0.0.0.0:5071".to_owned());
    let server = Dungeon::default().spawn(addr)?;
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
