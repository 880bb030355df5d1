//! Only what has a length can have a longest one.

use repod::Action;

#[derive(Action)]
enum ToServer {
    Bet {
        #[action(max_len = 3)]
        coins: u32,
    },
}

fn main() {}
