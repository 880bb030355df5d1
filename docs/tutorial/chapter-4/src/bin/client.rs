// ANCHOR: all
//! A player's terminal: type w, a, s or d and Enter to walk, q to leave.

use dungeon::{map::MAP, *};
use std::collections::BTreeMap;
use std::io::Read;
use std::sync::mpsc;
use std::time::Duration;

// ANCHOR: game
/// What this player knows of the game.
struct Game {
    name: String,
    places: BTreeMap<String, Point>,
}
// ANCHOR_END: game

impl Client for Game {
    type Incoming = ToClient;
    type Outgoing = ToServer;

    fn on_connect(&mut self, server: &Peer<ToServer>) -> repod::Result {
        server.send(ToServer::Join { name: self.name.clone() })?;
        Ok(())
    }

    fn on_close(&mut self, reason: CloseReason) {
        println!("The game is over: {reason}.");
    }
}

// ANCHOR: handlers
impl ToClientHandler for Game {
    fn on_welcome(&mut self, players: Vec<Player>) -> repod::Result {
        self.places = players.into_iter().map(|player| (player.name, player.at)).collect();
        self.draw();
        Ok(())
    }

    fn on_joined(&mut self, player: Player) -> repod::Result {
        self.places.insert(player.name, player.at);
        self.draw();
        Ok(())
    }

    fn on_moved(&mut self, player: Player) -> repod::Result {
        self.places.insert(player.name, player.at);
        self.draw();
        Ok(())
    }

    fn on_left(&mut self, name: String) -> repod::Result {
        self.places.remove(&name);
        self.draw();
        Ok(())
    }
}
// ANCHOR_END: handlers

// ANCHOR: draw
impl Game {
    fn draw(&self) {
        for (y, row) in MAP.iter().enumerate() {
            let place = |(x, floor)| self.sign(Point { x, y }).unwrap_or(floor);
            println!("{}", row.chars().enumerate().map(place).collect::<String>());
        }
    }

    /// Who stands there: `@` is this player, others are the first letters of their names.
    fn sign(&self, at: Point) -> Option<char> {
        if self.places.get(&self.name) == Some(&at) {
            return Some('@');
        }
        let (name, _) = self.places.iter().find(|(_, place)| **place == at)?;
        name.chars().next()
    }
}
// ANCHOR_END: draw

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

// ANCHOR: main
fn main() {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or("Ada".to_owned());
    let addr = arguments.next().unwrap_or("localhost:5071".to_owned());
    let keys = keys();
    let mut connection = repod::connect::<Game>(addr);
    let mut game = Game { name, places: BTreeMap::new() };
    // ANCHOR_END: main
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
// ANCHOR_END: all
