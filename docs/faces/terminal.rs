//! The tutorial's client with ratatui: a page of the book shows it, and this package builds it.

#[allow(dead_code)]
#[rustfmt::skip]
#[path = "../tutorial/chapter-8/src/lib.rs"]
mod dungeon;

// ANCHOR: all
use dungeon::{map::MAP, *};
use ratatui::crossterm::event::{self, KeyCode};
use ratatui::layout::{Constraint, Layout};
use ratatui::style::Stylize;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph};
use ratatui::{DefaultTerminal, Frame};
use repod::ConnectionError;
use std::time::Duration;

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

// ANCHOR: main
fn main() -> repod::Result {
    let mut terminal = ratatui::init();
    let result = play(&mut terminal);
    ratatui::restore();
    result
}

fn play(terminal: &mut DefaultTerminal) -> repod::Result {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or("Ada".to_owned());
    let addr = arguments.next().unwrap_or("localhost:5071".to_owned());
    let mut connection = repod::connect::<Game>(addr);
    let mut game = Game { name, ..Game::default() };
    loop {
        // A frame waits for a key, but not for long.
        let is_pressed = event::poll(Duration::from_millis(16))?;
        let key = if is_pressed { event::read()?.as_key_press_event() } else { None };
        let to = match key.map(|key| key.code) {
            Some(KeyCode::Up) => Some(Direction::North),
            Some(KeyCode::Left) => Some(Direction::West),
            Some(KeyCode::Down) => Some(Direction::South),
            Some(KeyCode::Right) => Some(Direction::East),
            Some(KeyCode::Esc) => return Ok(()),
            _ => None,
        };
        if let Some(to) = to {
            // Where the connection is gone, the notice says why.
            let _ = connection.send(ToServer::Step { to });
        }
        let _ = connection.pump(&mut game);
        terminal.draw(|frame| draw(frame, &game))?;
    }
}
// ANCHOR_END: main

// ANCHOR: draw
fn draw(frame: &mut Frame<'_>, game: &Game) {
    let [map, notice] =
        Layout::vertical([Constraint::Length(MAP.len() as u16 + 2), Constraint::Length(1)])
            .areas(frame.area());
    let rows: Vec<Line<'_>> = MAP
        .iter()
        .enumerate()
        .map(|(y, row)| {
            row.chars().enumerate().map(|(x, floor)| sign(game, x, y, floor)).collect()
        })
        .collect();
    frame.render_widget(Paragraph::new(rows).block(Block::bordered().title("dungeon")), map);
    frame.render_widget(Line::from(game.notice.as_str()), notice);
}

fn sign(game: &Game, x: usize, y: usize, floor: char) -> Span<'static> {
    let at = Point { x, y };
    match game.players.iter().find(|player| player.at == at) {
        Some(player) if player.name == game.name => "@".bold(),
        Some(player) => player.name.chars().take(1).collect::<String>().cyan(),
        None if game.gold == Some(at) => "$".yellow(),
        None => floor.to_string().dark_gray(),
    }
}
// ANCHOR_END: draw
// ANCHOR_END: all
