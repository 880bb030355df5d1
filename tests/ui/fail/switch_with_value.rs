//! A setting with a value that it does not take.

use repod::Action;

#[derive(Action)]
#[action(sync = true)]
enum ToClient {
    Move {
        #[serde(skip = "yes")]
        x: f64,
    },
}

fn main() {}
