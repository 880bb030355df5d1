//! A rule that does not exist.

use repod::Action;

#[derive(Action)]
#[action(rename_all = "snake-case")]
enum ToServer {
    PlayerMoved,
}

fn main() {}
