//! The messages of `chat`: those of the Python library's own example, so that its clients can join.

use repod::prelude::*;

#[derive(Action, Debug, Clone, PartialEq)]
pub enum ToServer {
    /// The sender wants to be called so from now on.
    Nickname { nickname: String },
    /// The sender says something to all.
    Message { text: String },
}

#[derive(Action, Debug, Clone, PartialEq)]
#[action(sync)]
pub enum ToClient {
    /// Somebody joined or left.
    System { text: String },
    /// Who is here now.
    Players { list: Vec<String> },
    /// Somebody said something.
    Message { text: String, nickname: String },
}
