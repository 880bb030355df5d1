// ANCHOR: all
//! A player's terminal: type w, a, s or d and Enter to walk, q to leave.

use dungeon::{map::MAP, *};
use std::io::Read;
use std::sync::mpsc;
use std::time::Duration;

// ANCHOR: game
/// What this player knows of the game.
#[derive(Default)]
struct Game {
    at: Option<Point>,
}

impl Client for Game {
    type Incoming = ToClient;
    type Outgoing = ToServer;

    fn on_connect(&mut self, server: &Peer<ToServer>) -> repod::Result {
        server.send(ToServer::Join { name: "Ada".to_owned() })?;
        Ok(())
    }

    fn on_close(&mut self, reason: CloseReason) {
        println!("The game is over: {reason}.");
    }
}
// ANCHOR_END: game

// ANCHOR: handlers
impl ToClientHandler for Game {
    fn on_welcome(&mut self, at: Point) -> repod::Result {
        self.at = Some(at);
        self.draw();
        Ok(())
    }

    fn on_moved(&mut self, at: Point) -> repod::Result {
        self.at = Some(at);
        self.draw();
        Ok(())
    }
}
// ANCHOR_END: handlers

// ANCHOR: draw
impl Game {
    fn draw(&self) {
        for (y, row) in MAP.iter().enumerate() {
            let place = |(x, floor)| match self.at {
                Some(at) if at == Point { x, y } => '@',
                _ => floor,
            };
            println!("{}", row.chars().enumerate().map(place).collect::<String>());
        }
    }
}
// ANCHOR_END: draw

// ANCHOR: keys
/// The keys that are typed. Reading them blocks, so a thread of its own does that.
fn keys() -> mpsc::Receiver<u8> {
    let (sender, keys) = mpsc::channel();
    std::thread::spawn(move || {
        let typed = std::io::stdin().lock().bytes().map_while(Result::ok);
        for key in typed.chain([b'q']) {
            if sender.send(key).is_err() {
                break;
            }
        }
    });
    keys
}
// ANCHOR_END: keys

// ANCHOR: main
fn main() {
    let addr = std::env::args().nth(1).unwrap_or("localhost:5071".to_owned());
    let keys = keys();
    let mut connection = repod::connect::<Game>(addr);
    let mut game = Game::default();
    while connection.pump(&mut game).is_open() {
        for key in keys.try_iter() {
            let to = match key {
                b'w' => Direction::North,
                b'a' => Direction::West,
                b's' => Direction::South,
                b'd' => Direction::East,
                b'q' => {
                    connection.close();
                    break;
                }
                _ => continue,
            };
            // Where the connection is gone, the next pump says why.
            let _ = connection.send(ToServer::Step { to });
        }
        std::thread::sleep(Duration::from_millis(16));
    }
}
// ANCHOR_END: main
// ANCHOR_END: all
