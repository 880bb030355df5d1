//! The messages of `whiteboard`: those of the Python library's own example, so that its clients can join.

use std::collections::BTreeMap;

use repod::prelude::*;
use repod::serde::{Deserialize, Serialize};

#[derive(Action, Debug, Clone, PartialEq)]
#[action(sync)]
pub enum ToServer {
    /// The sender puts the pen down.
    Startline { point: Spot, color: Color, thickness: u32 },
    /// And moves it. Colour and thickness are those of the line; who says them again has that relayed, too.
    Drawpoint {
        point: Spot,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        color: Option<Color>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        thickness: Option<u32>,
    },
}

#[derive(Action, Debug, Clone, PartialEq)]
#[action(sync)]
pub enum ToClient {
    /// The first message: everything that is on the board, by who has drawn it.
    Initial { lines: BTreeMap<String, Drawing> },
    /// So many draw together now.
    Players { count: usize },
    /// Somebody put the pen down.
    Startline { id: String, point: Spot, color: Color, thickness: u32 },
    /// Somebody moved the pen.
    Drawpoint {
        id: String,
        point: Spot,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        color: Option<Color>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        thickness: Option<u32>,
    },
}

/// What one has drawn.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(crate = "repod::serde")]
pub struct Drawing {
    pub lines: Vec<Line>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(crate = "repod::serde")]
pub struct Line {
    pub points: Vec<Spot>,
    pub color: Color,
    pub thickness: u32,
}

/// x and y, as an array.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(crate = "repod::serde")]
pub struct Spot(pub f64, pub f64);

/// Red, green and blue, as an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "repod::serde")]
pub struct Color(pub u8, pub u8, pub u8);
