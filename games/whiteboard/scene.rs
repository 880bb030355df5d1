//! How the whiteboard looks on a canvas.

use faces::{Canvas, Color, Point};

use crate::client::Artist;
use crate::protocol::{self, Spot};

/// Draws the board, and the colours to choose from.
pub fn draw(canvas: &mut impl Canvas, artist: &Artist, chosen: usize) {
    canvas.clear(PAPER);
    for line in artist.board.iter().flat_map(|board| board.lines()) {
        let protocol::Color(red, green, blue) = line.color;
        let (color, thickness) = (Color(red, green, blue), line.thickness as f32);
        match &*line.points {
            [dot] => canvas.disc(point(dot), thickness / 2.0, color),
            points => points.windows(2).for_each(|two| canvas.line(point(&two[0]), point(&two[1]), thickness, color)),
        }
    }
    for (index, protocol::Color(red, green, blue)) in COLORS.into_iter().enumerate() {
        let center = swatch(index);
        if index == chosen {
            canvas.disc(center, SWATCH + 5.0, INK);
            canvas.disc(center, SWATCH + 3.0, PAPER);
        }
        // The rim shows the colour of the paper, too.
        canvas.disc(center, SWATCH + 1.0, RIM);
        canvas.disc(center, SWATCH, Color(red, green, blue));
    }
    let others = match (&artist.ending, artist.count) {
        (Some(ending), _) => ending.to_string(),
        (None, 0 | 1) => "you draw alone".to_owned(),
        (None, count) => format!("{count} draw together"),
    };
    canvas.text(&others, Point::new(WIDTH / 2.0, HEIGHT - 20.0), 14.0, INK);
}

/// The colour at a point, if there is one to choose.
pub fn choice(at: Point) -> Option<usize> {
    (0..COLORS.len()).find(|index| {
        let center = swatch(*index);
        (at.x - center.x).hypot(at.y - center.y) <= SWATCH + 3.0
    })
}

fn swatch(index: usize) -> Point {
    Point::new(28.0, 40.0 + 38.0 * index as f32)
}

fn point(spot: &Spot) -> Point {
    Point::new(spot.0 as f32, spot.1 as f32)
}

pub const WIDTH: f32 = 800.0;
pub const HEIGHT: f32 = 600.0;

/// What can be drawn with; the last one rubs out.
pub const COLORS: [protocol::Color; 7] = [
    protocol::Color(40, 40, 50),
    protocol::Color(210, 70, 60),
    protocol::Color(240, 180, 40),
    protocol::Color(70, 160, 80),
    protocol::Color(60, 100, 200),
    protocol::Color(150, 80, 180),
    protocol::Color(250, 249, 244),
];

const SWATCH: f32 = 13.0;
const PAPER: Color = Color(250, 249, 244);
const INK: Color = Color(90, 90, 100);
const RIM: Color = Color(190, 190, 195);
