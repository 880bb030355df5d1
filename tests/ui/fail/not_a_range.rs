//! What stands for a range and is none.

use repod::Action;

#[derive(Action)]
enum ToServer {
    Move {
        #[action(range = 1000.0)]
        x: f64,
        #[action(range = "0.0..=1000.0")]
        y: f64,
        #[action(range)]
        z: f64,
        #[action(range = 0..=)]
        t: u64,
        #[action(range(0, 5))]
        u: u64,
    },
}

fn main() {}
