//! Only numbers can be in a range.

use repod::Action;

#[derive(Action)]
enum ToServer {
    Hello {
        #[action(range = 1..=16)]
        name: String,
    },
}

fn main() {}
