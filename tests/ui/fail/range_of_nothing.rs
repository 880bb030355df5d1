//! A range that nothing is in, and ranges that everything is in.

use repod::Action;

#[derive(Action)]
enum ToServer {
    Move {
        #[action(range = 1000.0..=0.0)]
        x: f64,
        #[action(range = 0.0..0.0)]
        y: f64,
        #[action(range = -1..=-2)]
        z: i32,
        #[action(range = ..)]
        t: u64,
    },
}

fn main() {}
