//! The server of `pong`: a table with two seats, and a thread on which the ball flies.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use games::Ticker;
use repod::prelude::*;

use crate::field::{Field, Happening};
use crate::protocol::{Direction, ToClient, ToServer, ToServerHandler};

/// Where two play, and nobody else.
pub struct Table {
    game: Arc<Mutex<Game>>,
}

struct Game {
    field: Field,
    seats: [Seat; 2],
}

#[derive(Default)]
struct Seat {
    is_taken: bool,
    /// The player, once it was told where everything is.
    peer: Option<Peer<ToClient>>,
    direction: Direction,
}

impl Table {
    /// A table at which the ball flies from now on. Who has `win_score` points wins.
    pub fn new(win_score: u32) -> Self {
        let game = Arc::new(Mutex::new(Game { field: Field::new(win_score), seats: Default::default() }));
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
}

impl Game {
    fn tick(&mut self) {
        let directions = [self.seats[0].direction, self.seats[1].direction];
        if let Some(happening) = self.field.step(directions, Ticker::STEP) {
            self.announce(happening);
        }
        for peer in self.players() {
            // A player that is gone leaves its seat soon. One that reads slowly gets the newest state only.
            let _ = peer.send_latest("state", ToClient::State(self.field.state()));
        }
    }

    fn announce(&self, happening: Happening) {
        for peer in self.players() {
            let _ = peer.send(match happening {
                Happening::RoundStart => ToClient::RoundStart,
                Happening::GameOver { winner } => ToClient::GameOver { winner },
            });
        }
    }

    fn players(&self) -> impl Iterator<Item = &Peer<ToClient>> {
        self.seats.iter().filter_map(|seat| seat.peer.as_ref())
    }
}

impl Server for Table {
    type Channel = Player;

    fn channel(self: &Arc<Self>, peer: Peer<ToClient>) -> Player {
        let slot = lock(&self.game).seats.iter_mut().position(|seat| !std::mem::replace(&mut seat.is_taken, true));
        Player { game: self.game.clone(), peer, slot }
    }

    fn accept(self: &Arc<Self>, peer: Peer<ToClient>) -> Result<Player, Refuse<ToClient>> {
        let player = self.channel(peer);
        if player.slot.is_none() {
            return Err(Refuse::with(ToClient::Full));
        }
        Ok(player)
    }
}

/// One player.
pub struct Player {
    game: Arc<Mutex<Game>>,
    peer: Peer<ToClient>,
    /// The seat; `None` if there is none left.
    slot: Option<usize>,
}

impl Channel for Player {
    type Incoming = ToServer;
    type Outgoing = ToClient;

    async fn on_connect(&mut self) -> repod::Result {
        let slot = self.slot.ok_or("there is no seat")?;
        let mut game = lock(&self.game);
        self.peer.send(ToClient::Setup(game.field.setup(slot)))?;
        game.seats[slot].peer = Some(self.peer.clone());
        if game.players().count() == 2 {
            let happening = game.field.begin();
            game.announce(happening);
        }
        Ok(())
    }
}

impl ToServerHandler for Player {
    fn on_input(&mut self, direction: Direction) -> repod::Result {
        let slot = self.slot.ok_or("there is no seat")?;
        lock(&self.game).seats[slot].direction = direction;
        Ok(())
    }
}

/// However a player goes, its seat is free then.
impl Drop for Player {
    fn drop(&mut self) {
        let Some(slot) = self.slot else { return };
        let mut game = lock(&self.game);
        game.seats[slot] = Seat::default();
        game.field.wait();
        for peer in game.players() {
            let _ = peer.send(ToClient::OpponentLeft);
        }
    }
}

fn lock(game: &Mutex<Game>) -> MutexGuard<'_, Game> {
    game.lock().unwrap_or_else(PoisonError::into_inner)
}
