//! An action without a name.

use repod::Action;

#[derive(Action)]
enum ToServer {
    #[action(rename = "")]
    Ping,
}

fn main() {}
