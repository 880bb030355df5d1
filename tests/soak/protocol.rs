//! The messages of the soak: an echo, and something large for those who do not read.

use repod::Action;

#[derive(Action, Debug, Clone, PartialEq)]
pub enum ToServer {
    /// Is answered with `Told`.
    Say { number: u64, text: String },
    /// Is answered with a `Load` of so many bytes.
    Give { bytes: u32 },
}

#[derive(Action, Debug, Clone, PartialEq)]
#[action(sync)]
pub enum ToClient {
    Told {
        number: u64,
        text: String,
    },
    Load {
        text: String,
    },
    /// Goes to everybody, once a second.
    Tick {
        number: u64,
    },
}
