//! Rules that are given twice.

use repod::Action;

#[derive(Action)]
enum ToServer {
    #[action(validate = one, validate = two)]
    Move {
        #[action(range = 0.0.., range = ..1000.0)]
        x: f64,
    },
    Say {
        #[action(max_len = 64)]
        #[action(max_len = 32)]
        text: String,
    },
}

fn main() {}
