//! A name that belongs to the protocol.

use repod::Action;

#[derive(Action)]
enum ToServer {
    #[action(rename = "repod.ping")]
    Ping,
}

fn main() {}
