//! The messages of `recovery`.

use repod::prelude::*;
use repod::serde::{Deserialize, Serialize};

#[derive(Action, Debug, Clone, PartialEq)]
pub enum ToServer {
    /// So many points more.
    Score { points: u32 },
    /// The client was here before, under this name.
    RecoverSession { session_id: String },
}

#[derive(Action, Debug, Clone, PartialEq)]
#[action(sync)]
pub enum ToClient {
    /// What is scored from now on is kept under this name.
    SessionCreated { session_id: String },
    /// What was kept under the name that the client gave.
    StateRecovered { state: State },
    /// Nothing was kept under that name.
    RecoveryFailed,
    /// So many points has the player now.
    Points { points: u32 },
}

/// What outlives a connection, and a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(crate = "repod::serde")]
pub struct State {
    pub points: u32,
}
