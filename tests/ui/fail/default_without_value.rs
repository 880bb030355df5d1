//! Fields without a default that need one.

use repod::prelude::*;

struct Plain;

#[derive(Action)]
enum ToServer {
    Move {
        #[serde(skip)]
        x: Plain,
    },
}

fn main() {}
