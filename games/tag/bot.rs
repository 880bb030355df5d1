//! [`play`]: a player that is a program.

use std::time::Instant;

use crate::arena::{ARENA, RADIUS};
use crate::client::Game;
use crate::place::distance;
use crate::protocol::{Runner, State};

/// Lets the program choose where to run. Whoever was just caught rests while nobody can be tagged, so that the others get away.
pub fn play(game: &mut Game, now: Instant) {
    let choice = match game.player.latest() {
        Some((id, state)) if !game.player.is_resting(now) => choose(id, state),
        _ => (0.0, 0.0),
    };
    game.steer(choice.0, choice.1);
}

/// The direction for the player with this id when things stand so.
fn choose(id: u32, state: &State) -> (f64, f64) {
    let Some(own) = state.players.get(&id) else { return (0.0, 0.0) };
    let others = || state.players.iter().filter(|(other, _)| **other != id).map(|(_, runner)| runner);
    let direction = if state.it == id {
        let nearest = others().min_by(|one, other| distance(*own, **one).total_cmp(&distance(*own, **other)));
        nearest.map(|prey| to(own, prey.x, prey.y, 1.0))
    } else {
        state.players.get(&state.it).filter(|hunter| distance(*own, **hunter) < FEAR).map(|hunter| flee(own, hunter))
    };
    let (dx, dy) = direction.unwrap_or((0.0, 0.0));
    // A little to the side, so that nobody runs straight against an obstacle for ever. Rounded, so that it is not said anew every time.
    let ((sin, cos), round) = (SIDEWAYS.sin_cos(), |value: f64| (value * 20.0).round() / 20.0);
    (round(dx * cos - dy * sin), round(dx * sin + dy * cos))
}

/// Away from the hunter, but not into a wall, and not as fast as the hunter: it would be a long game.
fn flee(own: &Runner, hunter: &Runner) -> (f64, f64) {
    let (width, height) = (f64::from(ARENA.w), f64::from(ARENA.h));
    let (mut dx, mut dy) = to(own, hunter.x, hunter.y, -1.0);
    let push = |from_edge: f64| (1.0 - from_edge / WALL).max(0.0) * 1.5;
    dx += push(own.x) - push(width - own.x);
    dy += push(own.y) - push(height - own.y);
    let length = dx.hypot(dy).max(1e-6) / CARE;
    (dx / length, dy / length)
}

fn to(own: &Runner, x: f64, y: f64, length: f64) -> (f64, f64) {
    let distance = (x - own.x).hypot(y - own.y).max(1e-6);
    ((x - own.x) / distance * length, (y - own.y) / distance * length)
}

/// It runs from a hunter that is nearer than this.
const FEAR: f64 = 220.0;

/// It keeps so far from the walls if it can.
const WALL: f64 = 4.0 * RADIUS;

/// How fast it flees, as a share of how fast it could.
const CARE: f64 = 0.7;

/// In radians.
const SIDEWAYS: f64 = 0.15;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arena::Arena;

    #[test]
    fn bots_catch_each_other_again_and_again() {
        let mut arena = Arena::default();
        let ids: Vec<u32> = (0..4).map(|_| arena.enter()).collect();
        let mut catches = 0;
        for _ in 0..60 * 60 {
            let state = arena.state().unwrap();
            for id in &ids {
                let (dx, dy) = choose(*id, &state);
                arena.steer(*id, dx, dy);
            }
            catches += u32::from(arena.step(1.0 / 60.0).is_some());
        }
        assert!(catches >= 5, "{catches} in a minute");
    }
}
