// ANCHOR: all
//! A player's terminal: type w, a, s or d and Enter to walk, q to leave.

use dungeon::{map::MAP, *};
use repod::{ConnectionError, proto::FarewellCode};
use std::io::Read;
use std::sync::mpsc;
use std::time::Duration;

// ANCHOR: game
/// What this player knows of the game.
struct Game {
    name: String,
    /// What was shown last.
    shown: Option<(Vec<Player>, Point)>,
    /// The last line of news.
    news: String,
}
// ANCHOR_END: game

impl Client for Game {
    type Incoming = ToClient;
    type Outgoing = ToServer;

    fn on_connect(&mut self, server: &Peer<ToServer>) -> repod::Result {
        server.send(ToServer::Join { name: self.name.clone() })?;
        Ok(())
    }

    // ANCHOR: close
    fn on_close(&mut self, reason: CloseReason) {
        match reason {
            CloseReason::Requested(_) => println!("Goodbye."),
            CloseReason::Farewell(farewell) if farewell.code == FarewellCode::Kicked => {
                println!("You cannot stay: {}.", farewell.text);
            }
            reason => println!("The game is over: {reason}."),
        }
    }

    fn on_error(&mut self, error: ConnectionError) {
        println!("Sorry: {error}.");
    }
    // ANCHOR_END: close
}

// ANCHOR: handlers
impl ToClientHandler for Game {
    fn on_state(&mut self, players: Vec<Player>, gold: Point) -> repod::Result {
        let state = Some((players, gold));
        if self.shown != state {
            self.shown = state;
            self.draw();
        }
        Ok(())
    }

    // ANCHOR: told
    fn on_news(&mut self, text: String) -> repod::Result {
        self.news = text;
        self.draw();
        Ok(())
    }

    fn on_full(&mut self, seats: usize) -> repod::Result {
        println!("All {seats} seats are taken.");
        Ok(())
    }
    // ANCHOR_END: told
}
// ANCHOR_END: handlers

// ANCHOR: draw
impl Game {
    fn draw(&self) {
        let Some((players, gold)) = &self.shown else { return };
        print!("\x1b[2J\x1b[H"); // clears the terminal
        for (y, row) in MAP.iter().enumerate() {
            let place = |(x, floor)| match players.iter().find(|it| it.at == Point { x, y }) {
                Some(player) if player.name == self.name => '@',
                Some(player) => player.name.chars().next().unwrap_or('?'),
                None if *gold == Point { x, y } => '$',
                None => floor,
            };
            println!("{}", row.chars().enumerate().map(place).collect::<String>());
        }
        for player in players {
            println!("{}: {} gold", player.name, player.gold);
        }
        println!("{}", self.news);
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

fn main() {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or("Ada".to_owned());
    let addr = arguments.next().unwrap_or("localhost:5071".to_owned());
    let keys = keys();
    let mut connection = repod::connect::<Game>(addr);
    let mut game = Game { name, shown: None, news: String::new() };
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
