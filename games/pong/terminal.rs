//! The terminal face of pong.

use std::path::Path;
use std::time::Instant;

use faces::Turn;
use faces::terminal::ratatui::Frame;
use faces::terminal::ratatui::layout::{Constraint, Layout, Rect};
use faces::terminal::ratatui::style::{Color, Stylize};
use faces::terminal::ratatui::symbols::Marker;
use faces::terminal::ratatui::text::Line;
use faces::terminal::ratatui::widgets::Block;
use faces::terminal::ratatui::widgets::canvas::{Canvas, Circle, Context, Line as Stroke, Rectangle};
use faces::terminal::{self, Key};
use games::Ending;

use crate::client::{Game, View};
use crate::protocol::{Direction, GameState};

/// Plays until the player leaves or the connection is over.
pub fn play(mut game: Game) -> repod::Result {
    let mut is_open = true;
    terminal::run(|frame, keys| {
        is_open = game.go_on();
        for key in keys {
            // Terminals do not tell when a key is let go, so that another key has to stop the paddle.
            match key {
                Key::Up | Key::Letter('w') => game.steer(Direction::Up),
                Key::Down | Key::Letter('s') => game.steer(Direction::Down),
                Key::Leave | Key::Letter('q') => return Turn::Over,
                _ => game.steer(Direction::Still),
            }
        }
        if let Some(view) = game.player.view(Instant::now()) {
            draw(frame, &view);
        }
        if is_open { Turn::On } else { Turn::Over }
    })
    .map_err(|error| Ending::because(format!("there is no terminal: {error}")))?;
    match game.player.ending {
        Some(ending) if !is_open => Err(ending.into()),
        _ => Ok(()),
    }
}

/// Saves what the player sees as an SVG.
pub fn save(view: &View, path: &Path) -> repod::Result {
    let frame = terminal::draw_once(80, 26, |frame| draw(frame, view))?;
    Ok(std::fs::write(path, terminal::svg(&frame))?)
}

/// Draws the game as it is shown to a player.
pub fn draw(frame: &mut Frame<'_>, view: &View) {
    let [top, middle, bottom] =
        Layout::vertical([Constraint::Length(1), Constraint::Min(3), Constraint::Length(1)]).areas(frame.area());
    let scores = view.state.scores;
    let color = |slot: usize| if slot == view.setup.slot { OWN } else { OTHER };
    let score =
        vec![format!("{}", scores[0]).fg(color(0)).bold(), " : ".dim(), format!("{}", scores[1]).fg(color(1)).bold()];
    frame.render_widget(Line::from(score).centered(), top);
    draw_field(frame, middle, view, color);
    let line = match &view.notice {
        Some(notice) => Line::from(notice.as_str().bold()),
        None => Line::from("up, down: move   space: stop   q: leave".dim()),
    };
    frame.render_widget(line.centered(), bottom);
}

fn draw_field(frame: &mut Frame<'_>, area: Rect, view: &View, color: impl Fn(usize) -> Color) {
    let (setup, state) = (&view.setup, &view.state);
    let (width, height) = (f64::from(setup.field.w), f64::from(setup.field.h));
    let paint = |context: &mut Context<'_>| {
        for dot in 0..12 {
            let y = (f64::from(dot) + 0.5) * height / 12.0;
            context.draw(&Stroke::new(width / 2.0, y, width / 2.0, y + 5.0, Color::DarkGray));
        }
        context.layer();
        let (thick, long, margin) =
            (f64::from(setup.paddle.w), f64::from(setup.paddle.h), f64::from(setup.paddle.margin));
        for (slot, left) in [margin, width - margin - thick].into_iter().enumerate() {
            // The widget's y grows upwards.
            let y = height - state.paddles[slot] - long / 2.0;
            context.draw(&Rectangle { x: left, y, width: thick, height: long, color: color(slot) });
        }
        if state.game_state == GameState::Playing {
            let radius = f64::from(setup.ball_size) / 2.0;
            context.draw(&Circle { x: state.ball.x, y: height - state.ball.y, radius, color: Color::White });
        }
    };
    let canvas = Canvas::default()
        .block(Block::bordered().border_style(Color::DarkGray))
        .marker(Marker::HalfBlock)
        .x_bounds([0.0, width])
        .y_bounds([0.0, height])
        .paint(paint);
    frame.render_widget(canvas, area);
}

const OWN: Color = Color::Green;
const OTHER: Color = Color::Red;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::Field;

    #[test]
    fn the_terminal_shows_scores_paddles_and_what_there_is_to_say() {
        let mut field = Field::new(5);
        field.begin();
        let mut view = View { setup: field.setup(0), state: field.state(), notice: None };
        let shown = |view: &View| terminal::text(&terminal::draw_once(60, 20, |frame| draw(frame, view)).unwrap());
        view.state.scores = [3, 4];
        assert!(shown(&view).starts_with(&format!("{:27}3 : 4\n", "")), "{}", shown(&view));
        assert!(shown(&view).ends_with("up, down: move   space: stop   q: leave\n"));
        view.notice = Some("you win!".to_owned());
        assert!(shown(&view).trim_end().ends_with("you win!"));
        // Both paddles move up; nothing else is drawn at the sides.
        let row = |view: &View| shown(view).lines().skip(2).position(|line| line.starts_with("│  █"));
        let middle = row(&view);
        view.state.paddles = [100.0; 2];
        assert!(row(&view).is_some() && row(&view) < middle, "{}", shown(&view));
    }
}
