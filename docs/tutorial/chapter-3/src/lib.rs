// ANCHOR: all
//! What the two sides of the dungeon say to each other.

pub mod map;

// ANCHOR: prelude
pub use map::{Direction, Point};
pub use repod::prelude::*;
// ANCHOR_END: prelude

// ANCHOR: to_server
/// What players tell the server.
#[derive(Action, Debug, Clone, PartialEq)]
pub enum ToServer {
    /// Let me in under this name.
    Join { name: String },
    /// I want to take a step.
    Step { to: Direction },
}
// ANCHOR_END: to_server

// ANCHOR: to_client
/// What the server tells players.
#[derive(Action, Debug, Clone, PartialEq)]
#[action(sync)]
pub enum ToClient {
    /// You are in, and you stand here.
    Welcome { at: Point },
    /// Now you stand here.
    Moved { at: Point },
}
// ANCHOR_END: to_client
// ANCHOR_END: all
