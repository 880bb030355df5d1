// ANCHOR: all
//! The dungeon's server.

use dungeon::{map::START, *};
use std::sync::Arc;

// ANCHOR: server
/// What all players share. So far that is nothing.
struct Dungeon;

impl Server for Dungeon {
    type Channel = Hero;

    fn channel(self: &Arc<Self>, peer: Peer<ToClient>) -> Hero {
        Hero { peer, at: START }
    }
}
// ANCHOR_END: server

// ANCHOR: channel
/// One player who is connected.
struct Hero {
    peer: Peer<ToClient>,
    at: Point,
}

impl Channel for Hero {
    type Incoming = ToServer;
    type Outgoing = ToClient;
}
// ANCHOR_END: channel

// ANCHOR: handlers
impl ToServerHandler for Hero {
    async fn on_join(&mut self, name: String) -> repod::Result {
        println!("{name:?} comes in");
        self.peer.send(ToClient::Welcome { at: self.at })?;
        Ok(())
    }

    async fn on_step(&mut self, to: Direction) -> repod::Result {
        self.at = self.at.step(to);
        self.peer.send(ToClient::Moved { at: self.at })?;
        Ok(())
    }
}
// ANCHOR_END: handlers

// ANCHOR: main
fn main() -> repod::Result {
    repod::logging::init(repod::logging::Level::INFO);
    let addr = std::env::args().nth(1).unwrap_or("0.0.0.0:5071".to_owned());
    Dungeon.launch(addr)
}
// ANCHOR_END: main
// ANCHOR_END: all
