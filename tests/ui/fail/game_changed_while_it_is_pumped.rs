//! A game whose handlers run on one thread while another changes it.

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

#[derive(Default)]
struct Game {
    pongs: u32,
}

impl Client for Game {
    type Incoming = ToClient;
    type Outgoing = ToServer;
}

impl ToClientHandler for Game {
    fn on_pong(&mut self) -> repod::Result {
        self.pongs += 1;
        Ok(())
    }
}

fn main() {
    let mut connection = repod::connect::<Game>("localhost:5071");
    let mut game = Game::default();
    std::thread::spawn(move || {
        while connection.pump(&mut game).is_open() {}
    });
    let _ = game.on_pong();
}
