//! Settings of a variant on the enum.

use repod::Action;

#[derive(Action)]
#[action(rename = "to-server", method = "on_message")]
enum ToServer {
    Ping,
}

fn main() {}
