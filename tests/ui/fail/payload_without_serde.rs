//! A variant that holds a struct without serde's derives.

use repod::prelude::*;

struct Chat {
    text: String,
}

#[derive(Action)]
enum ToServer {
    Chat(Chat),
}

fn main() {}
