// ANCHOR: all
//! What the two sides of the dungeon say to each other.

pub mod map;
pub mod world;

pub use map::{Direction, Point};
pub use repod::prelude::*;
use repod::serde::{Deserialize, Serialize};

// ANCHOR: rules
/// What players tell the server.
#[derive(Action, Debug, Clone, PartialEq)]
pub enum ToServer {
    /// Let me in under this name.
    Join {
        #[action(max_len = 12, validate = is_name)]
        name: String,
    },
    /// I want to take a step.
    Step { to: Direction },
}

/// Whether something can be a name: it has letters, and nothing else.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|sign| sign.is_ascii_alphabetic())
}
// ANCHOR_END: rules

// ANCHOR: to_client
/// What the server tells players.
#[derive(Action, Debug, Clone, PartialEq)]
#[action(sync)]
pub enum ToClient {
    /// The whole world, ten times a second.
    State { players: Vec<Player>, gold: Point },
    /// Something happened.
    News { text: String },
    /// You did something wrong.
    Rejected { text: String },
    /// There is no seat for you.
    Full { seats: usize },
}
// ANCHOR_END: to_client

/// A player as all others see him.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
#[serde(crate = "repod::serde")]
pub struct Player {
    pub name: String,
    pub at: Point,
    pub gold: u32,
}
// ANCHOR_END: all
