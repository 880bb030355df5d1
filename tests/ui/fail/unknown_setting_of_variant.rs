//! A setting of a variant that does not exist.

use repod::Action;

#[derive(Action)]
enum ToServer {
    #[action(name = "ping")]
    Ping,
}

fn main() {}
