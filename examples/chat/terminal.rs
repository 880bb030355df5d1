//! The terminal face of `chat`: what is said, who is here, and a line to type in.

use std::collections::VecDeque;
use std::path::PathBuf;

use faces::Turn;
use faces::terminal::ratatui::Frame;
use faces::terminal::ratatui::layout::{Constraint, Layout, Rect};
use faces::terminal::ratatui::style::{Color, Style, Stylize};
use faces::terminal::ratatui::text::{Line, Text};
use faces::terminal::ratatui::widgets::{Block, Paragraph};
use faces::terminal::{self, Key};
use repod::{Connection, ConnectionError, prelude::*};

use crate::protocol::{ToClient, ToClientHandler, ToServer};

/// What the terminal shows. It has no control characters in it: ratatui leaves those out.
#[derive(Default)]
struct Screen {
    lines: VecDeque<Line<'static>>,
    players: Vec<String>,
    typed: String,
    is_named: bool,
}

/// Chats until the player leaves or the connection is over. The first line is the nickname.
pub fn chat(addr: &str) -> repod::Result {
    let mut connection = repod::connect::<Screen>(addr);
    let mut screen = Screen::default();
    let mut result = Ok(());
    terminal::run(|frame, keys| {
        // When the connection is over, its last words stay to be read.
        let _ = connection.pump(&mut screen);
        for key in keys {
            match key {
                Key::Letter(letter) => screen.typed.push(*letter),
                Key::Backspace => drop(screen.typed.pop()),
                Key::Enter => result = screen.send(&connection),
                Key::Leave => return Turn::Over,
                Key::Up | Key::Down => {}
            }
        }
        screen.draw(frame);
        if result.is_ok() { Turn::On } else { Turn::Over }
    })
    .map_err(|error| format!("there is no terminal: {error}"))?;
    result
}

/// Saves what a conversation looks like, as an SVG.
pub fn paint(path: PathBuf) -> repod::Result {
    let mut screen = Screen { is_named: true, typed: "Who wants to play".to_owned(), ..Screen::default() };
    let names = ["Ada", "Bob", "Cleo"];
    screen.on_players(names.map(str::to_owned).to_vec())?;
    for name in names {
        screen.on_system(format!("{name} joined the chat"))?;
    }
    let conversation = [(0, "Hello everyone!"), (1, "Hi Ada! This is Python."), (2, "And this is Rust.")];
    for (speaker, text) in conversation {
        screen.on_message(text.to_owned(), names[speaker].to_owned())?;
    }
    let frame = terminal::draw_once(64, 14, |frame| screen.draw(frame))?;
    Ok(std::fs::write(path, terminal::svg(&frame))?)
}

impl Screen {
    fn send(&mut self, connection: &Connection<Self>) -> repod::Result {
        let line = std::mem::take(&mut self.typed);
        let is_named = std::mem::replace(&mut self.is_named, true);
        connection.send(if is_named {
            ToServer::Message { text: line }
        } else {
            ToServer::Nickname { nickname: line }
        })?;
        Ok(())
    }

    fn note(&mut self, line: Line<'static>) {
        if self.lines.len() == MOST_LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }

    fn draw(&self, frame: &mut Frame<'_>) {
        let [above, below] = Layout::vertical([Constraint::Min(3), Constraint::Length(3)]).areas(frame.area());
        let [said, here] = Layout::horizontal([Constraint::Min(20), Constraint::Length(18)]).areas(above);
        let rows = usize::from(said.height.saturating_sub(2));
        let newest = self.lines.iter().skip(self.lines.len().saturating_sub(rows)).cloned();
        show(frame, said, "chat", newest.collect());
        show(frame, here, "here", self.players.iter().map(|name| Line::from(name.clone())).collect());
        let title = if self.is_named { "say something" } else { "your nickname" };
        // The end of a long line is what its writer wants to see.
        let room = usize::from(below.width.saturating_sub(3));
        let length = self.typed.chars().count();
        let visible: String = self.typed.chars().skip(length.saturating_sub(room)).collect();
        show(frame, below, title, vec![Line::from(vec![visible.into(), " ".reversed()])]);
    }
}

fn show(frame: &mut Frame<'_>, area: Rect, title: &'static str, lines: Vec<Line<'_>>) {
    let block = Block::bordered().border_style(Style::new().fg(Color::DarkGray)).title(title.cyan());
    frame.render_widget(Paragraph::new(Text::from(lines)).block(block), area);
}

impl Client for Screen {
    type Incoming = ToClient;
    type Outgoing = ToServer;

    fn on_close(&mut self, reason: CloseReason) {
        self.note(format!("disconnected: {reason}").red().into());
    }

    fn on_error(&mut self, error: ConnectionError) {
        self.note(error.to_string().red().into());
    }
}

impl ToClientHandler for Screen {
    fn on_system(&mut self, text: String) -> repod::Result {
        self.note(format!("* {text}").dark_gray().into());
        Ok(())
    }

    fn on_players(&mut self, list: Vec<String>) -> repod::Result {
        self.players = list;
        Ok(())
    }

    fn on_message(&mut self, text: String, nickname: String) -> repod::Result {
        self.note(Line::from(vec![format!("{nickname}: ").green().bold(), text.into()]));
        Ok(())
    }
}

const MOST_LINES: usize = 500;

#[cfg(test)]
mod tests;
