// ANCHOR: all
//! The dungeon: places and ways, walls and floor.

use repod::serde::{Deserialize, Serialize};

// ANCHOR: map
/// The dungeon from above, with walls all round.
pub const MAP: [&str; 7] = [
    "####################",
    "#........#.........#",
    "#..##....#....##...#",
    "#...#....#.....#...#",
    "#...#..........#...#",
    "#........#.........#",
    "####################",
];

/// Where everybody comes in.
pub const START: Point = Point { x: 2, y: 1 };
// ANCHOR_END: map

// ANCHOR: gold
/// Where gold lies, one after the other.
pub const GOLD: [Point; 4] =
    [Point { x: 4, y: 1 }, Point { x: 6, y: 4 }, Point { x: 17, y: 1 }, Point { x: 10, y: 5 }];
// ANCHOR_END: gold

/// A place, counted from the upper left corner.
#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(crate = "repod::serde")]
pub struct Point {
    pub x: usize,
    pub y: usize,
}

/// One of four ways to go.
#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(crate = "repod::serde", rename_all = "lowercase")]
pub enum Direction {
    North,
    East,
    South,
    West,
}

// ANCHOR: step
impl Point {
    /// The place that a step from here leads to: where a wall is in the way, this one.
    pub fn step(self, to: Direction) -> Point {
        let Point { x, y } = self;
        let next = match to {
            Direction::North => Point { x, y: y - 1 },
            Direction::East => Point { x: x + 1, y },
            Direction::South => Point { x, y: y + 1 },
            Direction::West => Point { x: x - 1, y },
        };
        if MAP[next.y].as_bytes()[next.x] == b'#' { self } else { next }
    }
}
// ANCHOR_END: step
// ANCHOR_END: all
