//! A length is a whole number of at least 1.

use repod::Action;

#[derive(Action)]
enum ToServer {
    Say {
        #[action(max_len = 0)]
        text: String,
        #[action(max_len = "64")]
        to: String,
        #[action(max_len)]
        from: String,
        #[action(max_len = -1)]
        at: String,
    },
}

fn main() {}
