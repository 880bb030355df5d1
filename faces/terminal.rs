//! A terminal with ratatui: [`run`] draws frame after frame; [`draw_once`], [`text`] and [`svg`] make a picture of one.

mod svg;

use std::io;
use std::time::Duration;

pub use ratatui;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, Cell};
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::{DefaultTerminal, Frame, Terminal};

pub use self::svg::svg;
use crate::Turn;

/// A key that was pressed, or is held long enough to repeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    Up,
    Down,
    Enter,
    Backspace,
    Letter(char),
    /// Escape, or Ctrl-C, or Ctrl-D.
    Leave,
}

/// Takes over the terminal and draws frames until one ends it. What the keyboard did since the last frame is given to each.
///
/// # Errors
///
/// If there is no terminal.
pub fn run(mut frame: impl FnMut(&mut Frame<'_>, &[Key]) -> Turn) -> io::Result<()> {
    let mut terminal = ratatui::try_init()?;
    let result = run_on(&mut terminal, &mut frame);
    ratatui::try_restore()?;
    result
}

fn run_on(terminal: &mut DefaultTerminal, frame: &mut impl FnMut(&mut Frame<'_>, &[Key]) -> Turn) -> io::Result<()> {
    loop {
        let mut keys = Vec::new();
        let mut patience = FRAME;
        while event::poll(patience)? {
            if let Event::Key(pressed) = event::read()? {
                keys.extend(key(pressed));
            }
            patience = Duration::ZERO;
        }
        let mut turn = Turn::On;
        terminal.draw(|area| turn = frame(area, &keys))?;
        if turn == Turn::Over {
            return Ok(());
        }
    }
}

fn key(pressed: KeyEvent) -> Option<Key> {
    if pressed.kind == KeyEventKind::Release {
        return None;
    }
    match pressed.code {
        KeyCode::Up => Some(Key::Up),
        KeyCode::Down => Some(Key::Down),
        KeyCode::Enter => Some(Key::Enter),
        KeyCode::Backspace => Some(Key::Backspace),
        KeyCode::Esc => Some(Key::Leave),
        KeyCode::Char('c' | 'd') if pressed.modifiers.contains(KeyModifiers::CONTROL) => Some(Key::Leave),
        KeyCode::Char(letter) => Some(Key::Letter(letter)),
        _ => None,
    }
}

/// One frame of a terminal of this size, drawn into memory.
///
/// # Errors
///
/// None that is known: memory can be drawn into.
pub fn draw_once(columns: u16, rows: u16, frame: impl FnOnce(&mut Frame<'_>)) -> io::Result<Buffer> {
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).map_err(io::Error::other)?;
    terminal.draw(frame).map_err(io::Error::other)?;
    Ok(terminal.backend().buffer().clone())
}

/// The rows of a frame, without their colours and what is empty at their ends.
pub fn text(frame: &Buffer) -> String {
    let symbols = |row: &[Cell]| row.iter().map(Cell::symbol).collect::<String>();
    rows(frame).map(|row| symbols(row).trim_end().to_owned() + "\n").collect()
}

fn rows(frame: &Buffer) -> impl Iterator<Item = &[Cell]> {
    frame.content.chunks(usize::from(frame.area.width).max(1))
}

/// How long a frame waits for a key.
const FRAME: Duration = Duration::from_millis(16);

#[cfg(test)]
mod tests {
    use ratatui::style::Stylize;
    use ratatui::text::Line;

    use super::*;

    #[test]
    fn a_frame_becomes_text() {
        let hello = Line::from(vec!["a<b".red().bold(), " ok".into()]);
        let frame = draw_once(12, 2, |frame| frame.render_widget(hello, frame.area())).unwrap();
        assert_eq!(text(&frame), "a<b ok\n\n");
    }
}
