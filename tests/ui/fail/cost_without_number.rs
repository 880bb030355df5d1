//! A cost is a whole number of at least 1.

use repod::Action;

#[derive(Action)]
enum ToServer {
    #[action(cost = 0)]
    Free,
    #[action(cost = "five")]
    Dear,
}

fn main() {}
