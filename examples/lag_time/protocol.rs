//! The messages of `lag_time`, the same in both directions.

use repod::prelude::*;

#[derive(Action, Debug, Clone, PartialEq)]
#[action(sync)]
pub enum Lag {
    /// The server asks, the client sends it back.
    Ping { count: u32 },
}
