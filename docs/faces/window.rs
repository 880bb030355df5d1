//! The tutorial's client in a window: a page of the book shows it, and this package builds it.

#[allow(dead_code)]
#[rustfmt::skip]
#[path = "../tutorial/chapter-8/src/lib.rs"]
mod dungeon;

// ANCHOR: all
use dungeon::{map::MAP, *};
use macroquad::prelude::{
    BLACK, DARKGRAY, KeyCode, SKYBLUE, WHITE, YELLOW, clear_background, draw_circle,
    draw_rectangle, draw_text, is_key_pressed, next_frame,
};
use repod::ConnectionError;

// ANCHOR: game
/// What this player knows of the game.
#[derive(Default)]
struct Game {
    name: String,
    players: Vec<Player>,
    gold: Option<Point>,
    notice: String,
}

impl Client for Game {
    type Incoming = ToClient;
    type Outgoing = ToServer;

    fn on_connect(&mut self, server: &Peer<ToServer>) -> repod::Result {
        server.send(ToServer::Join { name: self.name.clone() })?;
        Ok(())
    }

    fn on_close(&mut self, reason: CloseReason) {
        self.notice = format!("The game is over: {reason}.");
    }

    fn on_error(&mut self, error: ConnectionError) {
        self.notice = format!("Sorry: {error}.");
    }
}

impl ToClientHandler for Game {
    fn on_state(&mut self, players: Vec<Player>, gold: Point) -> repod::Result {
        (self.players, self.gold) = (players, Some(gold));
        Ok(())
    }

    fn on_news(&mut self, text: String) -> repod::Result {
        self.notice = text;
        Ok(())
    }

    fn on_rejected(&mut self, text: String) -> repod::Result {
        self.notice = format!("No: {text}.");
        Ok(())
    }

    fn on_full(&mut self, seats: usize) -> repod::Result {
        self.notice = format!("All {seats} seats are taken.");
        Ok(())
    }
}
// ANCHOR_END: game

// ANCHOR: main
#[macroquad::main("dungeon")]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or("Ada".to_owned());
    let addr = arguments.next().unwrap_or("localhost:5071".to_owned());
    let mut connection = repod::connect::<Game>(addr);
    let mut game = Game { name, ..Game::default() };
    while !is_key_pressed(KeyCode::Escape) {
        for (key, to) in KEYS {
            if is_key_pressed(key) {
                // Where the connection is gone, the notice says why.
                let _ = connection.send(ToServer::Step { to });
            }
        }
        let _ = connection.pump(&mut game);
        draw(&game);
        next_frame().await;
    }
}

const KEYS: [(KeyCode, Direction); 4] = [
    (KeyCode::Up, Direction::North),
    (KeyCode::Left, Direction::West),
    (KeyCode::Down, Direction::South),
    (KeyCode::Right, Direction::East),
];
// ANCHOR_END: main

// ANCHOR: draw
fn draw(game: &Game) {
    clear_background(BLACK);
    for (y, row) in MAP.iter().enumerate() {
        for (x, _) in row.bytes().enumerate().filter(|(_, place)| *place == b'#') {
            draw_rectangle(x as f32 * TILE, y as f32 * TILE, TILE, TILE, DARKGRAY);
        }
    }
    let middle = |at: Point| ((at.x as f32 + 0.5) * TILE, (at.y as f32 + 0.5) * TILE);
    if let Some((x, y)) = game.gold.map(middle) {
        draw_circle(x, y, TILE / 5.0, YELLOW);
    }
    for player in &game.players {
        let (x, y) = middle(player.at);
        let color = if player.name == game.name { WHITE } else { SKYBLUE };
        draw_circle(x, y, TILE / 2.5, color);
        draw_text(format!("{} {}", player.name, player.gold), x, y - TILE / 2.0, 20.0, color);
    }
    draw_text(&game.notice, TILE, (MAP.len() as f32 + 1.0) * TILE, 24.0, WHITE);
}

const TILE: f32 = 36.0;
// ANCHOR_END: draw
// ANCHOR_END: all
