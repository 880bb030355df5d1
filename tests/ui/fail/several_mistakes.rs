//! All mistakes are reported at once, and nothing else: the enum and its handlers can still be used.

use repod::prelude::*;

#[derive(Action)]
#[action(sink)]
enum ToServer {
    Connect { name: String },
    Move(f64, f64),
    #[action(rename = "ping")]
    Vote { action: u8, id: u128 },
    Ping,
}

#[derive(Action)]
#[action(sync, rename = "x")]
enum ToClient {
    #[action(method = "1")]
    Welcome { text: String },
}

struct Guest;

impl Channel for Guest {
    type Incoming = ToServer;
    type Outgoing = ToClient;
}

impl ToServerHandler for Guest {
    async fn on_connect(&mut self, _name: String) -> repod::Result {
        Ok(())
    }

    async fn on_move(&mut self, _x: f64, _y: f64) -> repod::Result {
        Ok(())
    }

    async fn on_vote(&mut self, _action: u8, _id: u128) -> repod::Result {
        Ok(())
    }

    async fn on_ping(&mut self) -> repod::Result {
        Ok(())
    }
}

struct Game;

impl Client for Game {
    type Incoming = ToClient;
    type Outgoing = ToServer;
}

impl ToClientHandler for Game {
    fn on_welcome(&mut self, _text: String) -> repod::Result {
        Ok(())
    }
}

fn main() {
    let _ = (ToServer::NAMES, ToServer::Ping.name());
}
