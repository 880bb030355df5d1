//! Two variants that differ only in how they are spelled.

use repod::Action;

#[derive(Action)]
enum ToServer {
    PlayerMoved,
    #[allow(non_camel_case_types)]
    player_moved,
}

fn main() {}
