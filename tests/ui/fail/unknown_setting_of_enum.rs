//! A setting of the enum that does not exist.

use repod::Action;

#[derive(Action)]
#[action(async)]
enum ToServer {
    Ping,
}

fn main() {}
