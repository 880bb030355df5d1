// ANCHOR: all
//! What the two sides of the dungeon say to each other.

pub mod map;

pub use map::{Direction, Point};
pub use repod::prelude::*;
use repod::serde::{Deserialize, Serialize};

/// What players tell the server.
#[derive(Action, Debug, Clone, PartialEq)]
pub enum ToServer {
    /// Let me in under this name.
    Join { name: String },
    /// I want to take a step.
    Step { to: Direction },
}

// ANCHOR: to_client
/// What the server tells players.
#[derive(Action, Debug, Clone, PartialEq)]
#[action(sync)]
pub enum ToClient {
    /// You are in, and these are here, you among them.
    Welcome { players: Vec<Player> },
    /// Somebody came in.
    Joined { player: Player },
    /// Somebody took a step.
    Moved { player: Player },
    /// Somebody is gone.
    Left { name: String },
}

/// A player as all others see him.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
#[serde(crate = "repod::serde")]
pub struct Player {
    pub name: String,
    pub at: Point,
}
// ANCHOR_END: to_client
// ANCHOR_END: all
