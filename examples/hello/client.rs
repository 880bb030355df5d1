//! The client of `hello`: it says its name, prints the answer and leaves.

use std::time::Duration;

use repod::prelude::*;

use crate::protocol::{ToClient, ToClientHandler, ToServer};

#[derive(Default)]
pub struct Game {
    pub welcome: Option<String>,
}

impl Client for Game {
    type Incoming = ToClient;
    type Outgoing = ToServer;

    fn on_connect(&mut self, server: &Peer<ToServer>) -> repod::Result {
        server.send(ToServer::Hello { name: "Ada".into() })?;
        Ok(())
    }
}

impl ToClientHandler for Game {
    fn on_welcome(&mut self, text: String) -> repod::Result {
        println!("{text}");
        self.welcome = Some(text);
        Ok(())
    }
}

/// Plays until it was welcomed, or the connection is over.
pub fn play(addr: &str) -> repod::Result<Game> {
    let mut connection = repod::connect::<Game>(addr);
    let mut game = Game::default();
    while game.welcome.is_none() && connection.pump(&mut game).is_open() {
        std::thread::sleep(Duration::from_millis(10));
    }
    if game.welcome.is_none() {
        return Err("nobody welcomed us".into());
    }
    Ok(game)
}
