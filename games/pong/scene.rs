//! How pong looks on a canvas.

use faces::{Canvas, Color, Point};

use crate::client::View;
use crate::protocol::GameState;

/// Draws the game as it is shown to a player.
pub fn draw(canvas: &mut impl Canvas, view: &View) {
    let (setup, state) = (&view.setup, &view.state);
    let (width, height) = (setup.field.w as f32, setup.field.h as f32);
    canvas.clear(GROUND);
    for dash in 0..15 {
        let middle = (dash as f32 + 0.5) * height / 15.0;
        canvas.rectangle(Point::new(width / 2.0 - 2.0, middle - 10.0), 4.0, 20.0, NET);
    }
    for slot in [0, 1] {
        let side = width * (0.25 + 0.5 * slot as f32);
        let color = if slot == setup.slot { OWN } else { OTHER };
        canvas.text(&state.scores[slot].to_string(), Point::new(side, 60.0), 56.0, GROUND.mixed(color, 0.45));
        let (thick, long) = (setup.paddle.w as f32, setup.paddle.h as f32);
        let margin = setup.paddle.margin as f32;
        let left = if slot == 0 { margin } else { width - margin - thick };
        canvas.rectangle(Point::new(left, state.paddles[slot] as f32 - long / 2.0), thick, long, color);
    }
    if state.game_state == GameState::Playing {
        let ball = Point::new(state.ball.x as f32, state.ball.y as f32);
        canvas.disc(ball, setup.ball_size as f32 / 2.0, BALL);
    }
    if let Some(notice) = &view.notice {
        canvas.text(notice, Point::new(width / 2.0, height * 0.75), 21.0, BALL);
    }
}

const GROUND: Color = Color(18, 22, 33);
const NET: Color = Color(52, 60, 80);
const OWN: Color = Color(94, 220, 160);
const OTHER: Color = Color(240, 120, 110);
const BALL: Color = Color(250, 240, 220);
