//! A setting of a field that does not exist.

use repod::Action;

#[derive(Action)]
enum ToServer {
    Move {
        #[action(strict)]
        x: i32,
    },
}

fn main() {}
