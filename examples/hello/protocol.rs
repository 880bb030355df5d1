//! The messages of `hello`.

use repod::prelude::*;

#[derive(Action, Debug, Clone, PartialEq)]
pub enum ToServer {
    Hello { name: String },
}

#[derive(Action, Debug, Clone, PartialEq)]
#[action(sync)] // its handlers are plain `fn`s: a game loop pumps them
pub enum ToClient {
    Welcome { text: String },
}
