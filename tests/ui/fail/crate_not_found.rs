//! A crate that does not exist.

use repod::prelude::*;

#[derive(Action)]
#[action(crate = "net")]
enum ToServer {
    Ping,
}

fn main() {}
