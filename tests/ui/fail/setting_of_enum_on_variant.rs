//! Settings of the enum on a variant.

use repod::Action;

#[derive(Action)]
enum ToServer {
    #[action(sync)]
    Ping,
    #[action(rename_all = "lowercase")]
    PlayerMoved,
    #[action(crate = "repod")]
    Pong,
}

fn main() {}
