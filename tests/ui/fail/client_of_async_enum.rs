//! A client whose handlers are async.

use repod::prelude::*;

#[derive(Action)]
enum ToServer {
    Ping,
}

#[derive(Action)]
enum ToClient {
    Pong,
}

struct Game;

impl Client for Game {
    type Incoming = ToClient;
    type Outgoing = ToServer;
}

impl ToClientHandler for Game {
    async fn on_pong(&mut self) -> repod::Result {
        Ok(())
    }
}

fn main() {}
