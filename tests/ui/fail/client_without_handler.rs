//! A client that does not handle what the server sends.

use repod::prelude::*;

#[derive(Action)]
enum ToServer {
    Ping,
}

#[derive(Action)]
#[action(sync)]
enum ToClient {
    Pong,
}

struct Game;

impl Client for Game {
    type Incoming = ToClient;
    type Outgoing = ToServer;
}

fn main() {}
