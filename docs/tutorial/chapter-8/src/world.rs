// ANCHOR: all
//! The rules of the game. Nothing here knows of connections.

use crate::map::{GOLD, START};
use crate::{Direction, Player, Point, ToClient};
use repod::PeerId;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;

// ANCHOR: mistake
/// What a player did wrong, in words that he may read.
#[derive(Debug)]
pub struct Mistake(&'static str);

impl std::error::Error for Mistake {}

impl fmt::Display for Mistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}
// ANCHOR_END: mistake

// ANCHOR: world
/// Everything that changes.
#[derive(Default)]
pub struct World {
    seats_taken: usize,
    heroes: BTreeMap<PeerId, Hero>,
    found: usize,
}

struct Hero {
    player: Player,
    /// Steps that wait for their tick.
    steps: VecDeque<Direction>,
}
// ANCHOR_END: world

impl World {
    /// Takes a seat, if one is free.
    pub fn take_seat(&mut self) -> bool {
        let is_free = self.seats_taken < SEATS;
        self.seats_taken += usize::from(is_free);
        is_free
    }

    /// Gives a seat back.
    pub fn free_seat(&mut self) {
        self.seats_taken -= 1;
    }

    // ANCHOR: join
    /// Lets somebody in.
    pub fn join(&mut self, id: PeerId, name: String) -> Result<(), Mistake> {
        if self.heroes.contains_key(&id) {
            return Err(Mistake("you are here already"));
        }
        if self.heroes.values().any(|hero| hero.player.name == name) {
            return Err(Mistake("somebody else has that name"));
        }
        let player = Player { name, at: START, gold: 0 };
        self.heroes.insert(id, Hero { player, steps: VecDeque::new() });
        Ok(())
    }

    /// Notes a step for one of the next ticks.
    pub fn plan(&mut self, id: PeerId, to: Direction) -> Result<(), Mistake> {
        let hero = self.heroes.get_mut(&id).ok_or(Mistake("join first"))?;
        // A key that is held down asks for more steps than anybody takes.
        // That is no mistake; they are left out.
        if hero.steps.len() < AHEAD {
            hero.steps.push_back(to);
        }
        Ok(())
    }
    // ANCHOR_END: join

    /// Removes somebody, and says who it was.
    pub fn leave(&mut self, id: PeerId) -> Option<Player> {
        self.heroes.remove(&id).map(|hero| hero.player)
    }
}

// ANCHOR: tick
impl World {
    /// One tick: everybody takes one step, and who finds the gold has it.
    pub fn tick(&mut self) {
        for Hero { player, steps } in self.heroes.values_mut() {
            let Some(to) = steps.pop_front() else { continue };
            player.at = player.at.step(to);
            if player.at == gold(self.found) {
                player.gold += 1;
                self.found += 1;
            }
        }
    }

    /// What everybody is shown.
    pub fn state(&self) -> ToClient {
        ToClient::State {
            players: self.heroes.values().map(|hero| hero.player.clone()).collect(),
            gold: gold(self.found),
        }
    }
}

/// Where the gold lies after some has been found.
fn gold(found: usize) -> Point {
    GOLD[found % GOLD.len()]
}
// ANCHOR_END: tick

/// How many may be here at a time.
pub const SEATS: usize = 4;

/// How many steps a player can be ahead of the game.
const AHEAD: usize = 10;
// ANCHOR_END: all
