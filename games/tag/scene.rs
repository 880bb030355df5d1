//! How tag looks on a canvas.

use faces::{Canvas, Color, Point};

use crate::client::View;

/// Draws the arena as it is shown to a player.
pub fn draw(canvas: &mut impl Canvas, view: &View) {
    let (setup, state) = (&view.setup, &view.state);
    canvas.clear(GRASS);
    for obstacle in &setup.obstacles {
        let (width, height) = (obstacle.w as f32, obstacle.h as f32);
        let corner = Point::new(obstacle.x as f32, obstacle.y as f32);
        canvas.rectangle(Point::new(corner.x + 5.0, corner.y + 6.0), width, height, SHADOW);
        canvas.rectangle(corner, width, height, STONE);
    }
    let radius = setup.radius as f32;
    for (id, runner) in &state.players {
        let place = Point::new(runner.x as f32, runner.y as f32);
        let [red, green, blue] = runner.color;
        if *id == state.it {
            canvas.disc(place, radius + 6.0, IT);
        }
        canvas.disc(place, radius, Color(red, green, blue));
        if *id == setup.your_id {
            canvas.disc(place, radius * 0.4, WRITING);
        }
    }
    canvas.text(&view.notice, Point::new(setup.arena.w as f32 / 2.0, 28.0), 21.0, WRITING);
}

const GRASS: Color = Color(38, 60, 52);
const SHADOW: Color = Color(28, 46, 40);
const STONE: Color = Color(112, 122, 132);
const IT: Color = Color(235, 80, 70);
const WRITING: Color = Color(245, 245, 235);
