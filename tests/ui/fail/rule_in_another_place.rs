//! Rules of a field on the variant and on the enum.

use repod::Action;

#[derive(Action)]
#[action(validate = is_right)]
enum ToServer {
    #[action(range = 0.0..=1000.0)]
    Move { x: f64 },
    #[action(max_len = 64)]
    Say { text: String },
}

fn main() {}
