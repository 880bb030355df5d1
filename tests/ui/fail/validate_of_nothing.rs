//! An action without fields, of which nothing can be checked.

use repod::Action;

#[derive(Action)]
enum ToServer {
    #[action(validate = is_right)]
    Ping,
}

fn main() {}
