//! Where players can be: inside the arena, and outside of its obstacles.

use crate::arena::{ARENA, RADIUS};
use crate::protocol::{Obstacle, Runner};

/// How far the middles of two players are from each other.
pub fn distance(one: Runner, other: Runner) -> f64 {
    (one.x - other.x).hypot(one.y - other.y)
}

/// Pushes a player back into the arena.
pub fn keep_inside(runner: &mut Runner) {
    runner.x = runner.x.clamp(RADIUS, f64::from(ARENA.w) - RADIUS);
    runner.y = runner.y.clamp(RADIUS, f64::from(ARENA.h) - RADIUS);
}

/// Pushes a player out of an obstacle by the shortest way, so that it slides along the sides and around the corners.
pub fn keep_outside(runner: &mut Runner, obstacle: Obstacle) {
    let (left, top) = (f64::from(obstacle.x), f64::from(obstacle.y));
    let (right, bottom) = (left + f64::from(obstacle.w), top + f64::from(obstacle.h));
    let (x, y) = (runner.x.clamp(left, right), runner.y.clamp(top, bottom));
    let gap = (runner.x - x).hypot(runner.y - y);
    if gap >= RADIUS {
        return;
    }
    if gap > 0.0 {
        let push = RADIUS / gap;
        (runner.x, runner.y) = (x + (runner.x - x) * push, y + (runner.y - y) * push);
        return;
    }
    // Its middle is inside.
    let ways = [
        (runner.x - left, left - RADIUS, runner.y),
        (right - runner.x, right + RADIUS, runner.y),
        (runner.y - top, runner.x, top - RADIUS),
        (bottom - runner.y, runner.x, bottom + RADIUS),
    ];
    if let Some((_, x, y)) = ways.into_iter().min_by(|one, other| one.0.total_cmp(&other.0)) {
        (runner.x, runner.y) = (x, y);
    }
}
