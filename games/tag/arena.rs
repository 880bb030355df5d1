//! [`Arena`]: the rules of tag. It knows no network, no clock and no chance: `step` is told how much time has passed.

use std::collections::BTreeMap;

use crate::place::{distance, keep_inside, keep_outside};
use crate::protocol::{Obstacle, Runner, Setup, Size, State};

/// Everyone who plays, and who is it.
#[derive(Debug, Default)]
pub struct Arena {
    players: BTreeMap<u32, Player>,
    /// Somebody, as soon as there is anybody.
    it: Option<u32>,
    /// How long nobody can be tagged yet, in seconds.
    cooldown: f64,
    entered: u32,
}

#[derive(Debug)]
struct Player {
    runner: Runner,
    /// Where it runs to, of length 1 at most.
    dx: f64,
    dy: f64,
}

/// Somebody was caught.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Catch {
    pub tagger: u32,
    pub tagged: u32,
}

impl Arena {
    /// Lets a player in, and says who that is.
    pub fn enter(&mut self) -> u32 {
        self.entered = self.entered.wrapping_add(1);
        let id = self.entered;
        let turn = id as usize % ENTRANCES.len();
        let (x, y) = ENTRANCES[turn];
        let runner = Runner { x, y, color: COLORS[turn] };
        self.players.insert(id, Player { runner, dx: 0.0, dy: 0.0 });
        self.it.get_or_insert(id);
        id
    }

    /// Lets a player go. If it was it, the next one is.
    pub fn leave(&mut self, id: u32) {
        self.players.remove(&id);
        if self.it == Some(id) {
            let next = self.players.range(id..).next().or_else(|| self.players.iter().next());
            self.it = next.map(|(id, _)| *id);
            self.cooldown = COOLDOWN;
        }
    }

    /// Lets a player run this way from now on.
    pub fn steer(&mut self, id: u32, dx: f64, dy: f64) {
        if let Some(player) = self.players.get_mut(&id) {
            let length = dx.hypot(dy).max(1.0);
            (player.dx, player.dy) = (dx / length, dy / length);
        }
    }

    /// Lets `seconds` pass.
    pub fn step(&mut self, seconds: f64) -> Option<Catch> {
        for player in self.players.values_mut() {
            player.runner.x += player.dx * SPEED * seconds;
            player.runner.y += player.dy * SPEED * seconds;
            keep_inside(&mut player.runner);
            for obstacle in OBSTACLES {
                keep_outside(&mut player.runner, obstacle);
            }
        }
        self.cooldown = (self.cooldown - seconds).max(0.0);
        if self.cooldown > 0.0 {
            return None;
        }
        let tagger = self.it?;
        let from = self.players.get(&tagger)?.runner;
        let touched = |(id, player): &(&u32, &Player)| **id != tagger && distance(from, player.runner) <= 2.0 * RADIUS;
        let tagged = *self.players.iter().find(touched)?.0;
        self.it = Some(tagged);
        self.cooldown = COOLDOWN;
        Some(Catch { tagger, tagged })
    }

    /// What a player is told first.
    pub fn setup(&self, your_id: u32) -> Setup {
        Setup { your_id, obstacles: OBSTACLES.to_vec(), arena: ARENA, radius: RADIUS as u32 }
    }

    /// Where everyone is; `None` if nobody is here.
    pub fn state(&self) -> Option<State> {
        let players = self.players.iter().map(|(id, player)| (*id, player.runner)).collect();
        Some(State { it: self.it?, players })
    }
}

pub const ARENA: Size = Size { w: 800, h: 600 };
pub const RADIUS: f64 = 14.0;

/// Units a second.
const SPEED: f64 = 200.0;

/// Seconds in which whoever was just tagged cannot tag.
pub const COOLDOWN: f64 = 1.5;

const OBSTACLES: [Obstacle; 5] = [
    Obstacle { x: 360, y: 260, w: 80, h: 80 },
    Obstacle { x: 150, y: 120, w: 120, h: 30 },
    Obstacle { x: 530, y: 120, w: 30, h: 120 },
    Obstacle { x: 240, y: 360, w: 30, h: 120 },
    Obstacle { x: 530, y: 450, w: 120, h: 30 },
];

/// Far from each other and from the obstacles.
const ENTRANCES: [(f64, f64); 6] =
    [(700.0, 80.0), (80.0, 80.0), (720.0, 540.0), (80.0, 520.0), (400.0, 60.0), (400.0, 540.0)];

const COLORS: [[u8; 3]; 6] =
    [[240, 200, 80], [90, 200, 250], [120, 220, 130], [230, 140, 220], [250, 160, 100], [160, 150, 250]];

#[cfg(test)]
mod tests;
