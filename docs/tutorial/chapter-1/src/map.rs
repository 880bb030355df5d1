// ANCHOR: all
//! The dungeon: places and ways.

use repod::serde::{Deserialize, Serialize};

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
// ANCHOR_END: all
