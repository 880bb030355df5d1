//! An enum with a lifetime.

use repod::Action;

#[derive(Action)]
enum ToServer<'a> {
    Chat { text: &'a str },
}

struct Guest;

impl ToServerHandler for Guest {}

fn main() {
    let _ = repod::encode(&ToServer::Chat { text: "hi" });
}
