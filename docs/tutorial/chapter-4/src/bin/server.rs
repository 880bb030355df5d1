// ANCHOR: all
//! The dungeon's server.

use dungeon::{map::START, *};
use repod::PeerId;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

// ANCHOR: server
/// What all players share.
#[derive(Default)]
struct Dungeon {
    players: Mutex<BTreeMap<PeerId, Player>>,
}

impl Dungeon {
    fn players(&self) -> MutexGuard<'_, BTreeMap<PeerId, Player>> {
        // A handler that panicked under the lock is no reason for all others to panic.
        self.players.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Server for Dungeon {
    type Channel = Hero;

    fn channel(self: &Arc<Self>, peer: Peer<ToClient>) -> Hero {
        Hero { dungeon: self.clone(), peer }
    }
}
// ANCHOR_END: server

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
        let mut players = self.dungeon.players();
        if let Some(Player { name, .. }) = players.remove(&self.peer.id()) {
            println!("{name:?} leaves: {reason}");
            let _ = self.peer.peers().send(ToClient::Left { name });
        }
    }
}
// ANCHOR_END: channel

// ANCHOR: handlers
impl ToServerHandler for Hero {
    async fn on_join(&mut self, name: String) -> repod::Result {
        println!("{name:?} comes in");
        let player = Player { name, at: START };
        let mut players = self.dungeon.players();
        players.insert(self.peer.id(), player.clone());
        self.peer.send(ToClient::Welcome { players: players.values().cloned().collect() })?;
        self.peer.peers().send_except(self.peer.id(), ToClient::Joined { player })?;
        Ok(())
    }

    async fn on_step(&mut self, to: Direction) -> repod::Result {
        let mut players = self.dungeon.players();
        let player = players.get_mut(&self.peer.id()).ok_or("join first")?;
        player.at = player.at.step(to);
        self.peer.peers().send(ToClient::Moved { player: player.clone() })?;
        Ok(())
    }
}
// ANCHOR_END: handlers

fn main() -> repod::Result {
    repod::logging::init(repod::logging::Level::INFO);
    let addr = std::env::args().nth(1).unwrap_or("0.0.0.0:5071".to_owned());
    Dungeon::default().launch(addr)
}
// ANCHOR_END: all
