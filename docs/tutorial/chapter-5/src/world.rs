// ANCHOR: all
//! The rules of the game. Nothing here knows of connections.

use crate::map::{GOLD, START};
use crate::{Direction, Player, Point, ToClient};
use repod::PeerId;
use std::collections::{BTreeMap, VecDeque};

// ANCHOR: world
/// Everything that changes.
#[derive(Default)]
pub struct World {
    heroes: BTreeMap<PeerId, Hero>,
    found: usize,
}

struct Hero {
    player: Player,
    /// Steps that wait for their tick.
    steps: VecDeque<Direction>,
}
// ANCHOR_END: world

// ANCHOR: changes
impl World {
    /// Lets somebody in.
    pub fn join(&mut self, id: PeerId, name: String) {
        let player = Player { name, at: START, gold: 0 };
        self.heroes.insert(id, Hero { player, steps: VecDeque::new() });
    }

    /// Notes a step for one of the next ticks; says whether that player is here.
    pub fn plan(&mut self, id: PeerId, to: Direction) -> bool {
        let Some(hero) = self.heroes.get_mut(&id) else { return false };
        if hero.steps.len() < AHEAD {
            hero.steps.push_back(to);
        }
        true
    }

    /// Removes somebody, and says who it was.
    pub fn leave(&mut self, id: PeerId) -> Option<Player> {
        self.heroes.remove(&id).map(|hero| hero.player)
    }
}
// ANCHOR_END: changes

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

/// How many steps a player can be ahead of the game.
const AHEAD: usize = 10;
// ANCHOR_END: all
