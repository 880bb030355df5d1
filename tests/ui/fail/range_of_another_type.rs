//! The ends of a range are of the field's own type.

use repod::Action;

#[derive(Action)]
enum ToServer {
    Move {
        #[action(range = 0..=1000)]
        x: f64,
    },
    Bet {
        #[action(range = 0.5..)]
        coins: u32,
    },
}

fn main() {}
