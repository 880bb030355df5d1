//! The messages of `tag`: those of the Python library's own example, so that its clients can join.

use std::collections::BTreeMap;

use repod::prelude::*;
use repod::serde::{Deserialize, Serialize};

#[derive(Action, Debug, Clone, PartialEq)]
#[action(sync)]
pub enum ToServer {
    /// The sender runs this way from now on; (0, 0) is to stand still, and nobody is faster than with length 1.
    Input { dx: f64, dy: f64 },
}

#[derive(Action, Debug, Clone, PartialEq)]
#[action(sync)]
pub enum ToClient {
    /// The first message: who the receiver is, and where everything is.
    Setup(Setup),
    /// Where everyone is, sixty times a second.
    State(State),
    /// From now on somebody else is it.
    Tagged { tagger: u32, tagged: u32 },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(crate = "repod::serde")]
pub struct Setup {
    pub your_id: u32,
    pub obstacles: Vec<Obstacle>,
    pub arena: Size,
    /// Of every player.
    pub radius: u32,
}

/// Given by its upper left corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "repod::serde")]
pub struct Obstacle {
    pub x: u32,
    pub y: u32,
    pub w: u32,
    pub h: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "repod::serde")]
pub struct Size {
    pub w: u32,
    pub h: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(crate = "repod::serde")]
pub struct State {
    /// Who has to catch somebody.
    pub it: u32,
    pub players: BTreeMap<u32, Runner>,
}

/// A player, as everyone sees it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(crate = "repod::serde")]
pub struct Runner {
    /// The middle.
    pub x: f64,
    pub y: f64,
    pub color: [u8; 3],
}
