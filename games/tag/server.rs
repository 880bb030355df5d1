//! The server of `tag`: an arena, and a thread on which everyone runs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use games::Ticker;
use repod::prelude::*;
use repod::proto::{Admission, Limits};

use crate::arena::{Arena, Catch};
use crate::protocol::{ToClient, ToServer, ToServerHandler};

/// Where everyone plays who connects.
pub struct Playground {
    game: Arc<Mutex<Game>>,
}

#[derive(Default)]
struct Game {
    arena: Arena,
    /// Everyone who was told where everything is.
    peers: BTreeMap<u32, Peer<ToClient>>,
}

impl Playground {
    /// A playground on which time passes from now on.
    pub fn new() -> Self {
        let game = Arc::new(Mutex::new(Game::default()));
        let weak = Arc::downgrade(&game);
        std::thread::spawn(move || {
            let mut ticker = Ticker::start();
            // It ends with the server, which holds the game.
            while let Some(game) = weak.upgrade() {
                lock(&game).tick();
                drop(game);
                ticker.wait();
            }
        });
        Self { game }
    }

    /// It is for so many players only: everyone is told of everyone, sixty times a second.
    pub fn limits() -> Limits {
        Limits::server().admission(Admission { connections: 64, ..Admission::default() })
    }
}

impl Game {
    // A player that is gone leaves the arena soon; until then, sending to it fails.
    fn tick(&mut self) {
        if let Some(Catch { tagger, tagged }) = self.arena.step(Ticker::STEP) {
            for peer in self.peers.values() {
                let _ = peer.send(ToClient::Tagged { tagger, tagged });
            }
        }
        let Some(state) = self.arena.state() else { return };
        for peer in self.peers.values() {
            // One that reads slowly gets the newest state only.
            let _ = peer.send_latest("state", ToClient::State(state.clone()));
        }
    }
}

impl Server for Playground {
    type Channel = Player;

    fn channel(self: &Arc<Self>, peer: Peer<ToClient>) -> Player {
        Player { game: self.game.clone(), peer, id: None }
    }
}

/// One player.
pub struct Player {
    game: Arc<Mutex<Game>>,
    peer: Peer<ToClient>,
    /// Who it is in the arena, once it is there.
    id: Option<u32>,
}

impl Channel for Player {
    type Incoming = ToServer;
    type Outgoing = ToClient;

    async fn on_connect(&mut self) -> repod::Result {
        let mut game = lock(&self.game);
        let id = game.arena.enter();
        self.id = Some(id);
        self.peer.send(ToClient::Setup(game.arena.setup(id)))?;
        game.peers.insert(id, self.peer.clone());
        Ok(())
    }
}

impl ToServerHandler for Player {
    fn on_input(&mut self, dx: f64, dy: f64) -> repod::Result {
        let id = self.id.ok_or("the player is not in the arena")?;
        lock(&self.game).arena.steer(id, dx, dy);
        Ok(())
    }
}

/// However a player goes, it is not in the arena any more.
impl Drop for Player {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            let mut game = lock(&self.game);
            game.peers.remove(&id);
            game.arena.leave(id);
        }
    }
}

fn lock(game: &Mutex<Game>) -> MutexGuard<'_, Game> {
    game.lock().unwrap_or_else(PoisonError::into_inner)
}
