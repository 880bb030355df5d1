//! A channel that does not handle what clients send.

use repod::prelude::*;

#[derive(Action)]
enum ToServer {
    Move { x: f64, y: f64 },
    Chat { text: String },
    Ping,
}

#[derive(Action)]
enum ToClient {
    Pong,
}

struct Guest;

impl Channel for Guest {
    type Incoming = ToServer;
    type Outgoing = ToClient;
}

fn main() {}
