//! A function that says neither yes nor no.

use repod::Action;

#[derive(Action)]
enum ToServer {
    Hello {
        #[action(validate = str::len)]
        name: String,
    },
}

fn main() {}
