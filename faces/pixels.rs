//! [`Pixels`]: a canvas in memory, for pictures that are made without any display.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;

use crate::canvas::{Canvas, Color, Point};

/// A picture that is drawn in memory, with smooth edges.
pub struct Pixels {
    width: usize,
    colors: Vec<Color>,
    /// How many pixels a unit of the game is.
    scale: f32,
}

impl Pixels {
    /// A black picture for something of this size, with so many pixels to a unit.
    pub fn new(width: f32, height: f32, scale: f32) -> Self {
        let (width, height) = ((width * scale).round() as usize, (height * scale).round() as usize);
        Self { width, colors: vec![Color(0, 0, 0); width * height], scale }
    }

    /// The colour at a point; `None` outside the picture.
    pub fn color(&self, at: Point) -> Option<Color> {
        let (column, row) = ((at.x * self.scale) as usize, (at.y * self.scale) as usize);
        (at.x >= 0.0 && at.y >= 0.0 && column < self.width)
            .then(|| self.colors.get(row * self.width + column).copied())?
    }

    /// Writes it as a PNG.
    ///
    /// # Errors
    ///
    /// What the system says when it cannot be written.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        let bytes: Vec<u8> = self.colors.iter().flat_map(|Color(red, green, blue)| [*red, *green, *blue]).collect();
        write_png(path, self.width, self.colors.len() / self.width, png::ColorType::Rgb, &bytes)
    }

    /// Mixes a colour into all pixels of a region: as much of it as `coverage` says for the middle of the pixel, in units of the game.
    fn fill(&mut self, [left, top, right, bottom]: [f32; 4], color: Color, coverage: impl Fn(Point) -> f32) {
        let height = self.colors.len() / self.width;
        let bounded = |edge: f32, most: usize| (edge * self.scale).clamp(0.0, most as f32) as usize;
        let (columns, rows) = (bounded(left, self.width)..self.width, bounded(top, height)..height);
        for row in rows.take_while(|row| *row as f32 <= bottom * self.scale) {
            for column in columns.clone().take_while(|column| *column as f32 <= right * self.scale) {
                let middle = Point::new((column as f32 + 0.5) / self.scale, (row as f32 + 0.5) / self.scale);
                let pixel = &mut self.colors[row * self.width + column];
                *pixel = pixel.mixed(color, coverage(middle));
            }
        }
    }
}

impl Canvas for Pixels {
    fn clear(&mut self, color: Color) {
        self.colors.fill(color);
    }

    fn rectangle(&mut self, corner: Point, width: f32, height: f32, color: Color) {
        let (right, bottom) = (corner.x + width, corner.y + height);
        let scale = self.scale;
        // How much of a pixel lies between two edges.
        let inside = move |at: f32, from: f32, to: f32| {
            let half = 0.5 / scale;
            ((at + half).min(to) - (at - half).max(from)).max(0.0) * scale
        };
        self.fill([corner.x, corner.y, right, bottom], color, |at| {
            inside(at.x, corner.x, right) * inside(at.y, corner.y, bottom)
        });
    }

    fn disc(&mut self, center: Point, radius: f32, color: Color) {
        self.line(center, center, radius * 2.0, color);
    }

    fn line(&mut self, from: Point, to: Point, thickness: f32, color: Color) {
        let radius = thickness / 2.0;
        let reach = radius + 1.0;
        let region =
            [from.x.min(to.x) - reach, from.y.min(to.y) - reach, from.x.max(to.x) + reach, from.y.max(to.y) + reach];
        let scale = self.scale;
        self.fill(region, color, |at| ((radius - distance(at, from, to)) * scale + 0.5).clamp(0.0, 1.0));
    }
}

/// How far a point is from a line that ends at both points.
fn distance(at: Point, from: Point, to: Point) -> f32 {
    let (along_x, along_y) = (to.x - from.x, to.y - from.y);
    let length = along_x * along_x + along_y * along_y;
    let share = if length == 0.0 {
        0.0
    } else {
        (((at.x - from.x) * along_x + (at.y - from.y) * along_y) / length).clamp(0.0, 1.0)
    };
    (at.x - from.x - share * along_x).hypot(at.y - from.y - share * along_y)
}

/// Writes pixels, row by row from the top, as a PNG.
pub(crate) fn write_png(
    path: &Path,
    width: usize,
    height: usize,
    colors: png::ColorType,
    bytes: &[u8],
) -> io::Result<()> {
    let size = |pixels: usize| u32::try_from(pixels).map_err(io::Error::other);
    let mut encoder = png::Encoder::new(BufWriter::new(File::create(path)?), size(width)?, size(height)?);
    encoder.set_color(colors);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Best);
    let mut writer = encoder.write_header().map_err(io::Error::other)?;
    writer.write_image_data(bytes).map_err(io::Error::other)?;
    writer.finish().map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_cover_what_they_should_and_nothing_else() {
        let mut pixels = Pixels::new(40.0, 20.0, 2.0);
        pixels.clear(PAPER);
        pixels.rectangle(Point::new(2.0, 2.0), 4.0, 4.0, INK);
        pixels.disc(Point::new(15.0, 10.0), 4.0, INK);
        pixels.line(Point::new(25.0, 5.0), Point::new(35.0, 15.0), 2.0, INK);
        let check =
            |x: f32, y: f32, expected: Color| assert_eq!(pixels.color(Point::new(x, y)), Some(expected), "{x} {y}");
        for (x, y) in [(2.2, 2.2), (5.8, 5.8), (15.0, 10.0), (15.0, 6.6), (25.0, 5.0), (30.0, 10.0), (35.0, 15.0)] {
            check(x, y, INK);
        }
        for (x, y) in [(1.4, 3.0), (6.6, 3.0), (15.0, 5.0), (11.2, 6.2), (30.0, 12.0), (37.0, 17.0), (0.0, 19.9)] {
            check(x, y, PAPER);
        }
        assert_eq!(pixels.color(Point::new(40.0, 0.0)), None);
        assert_eq!(pixels.color(Point::new(-1.0, 0.0)), None);
    }

    #[test]
    fn what_lies_outside_is_cut_and_half_a_pixel_is_half_a_colour() {
        let mut pixels = Pixels::new(4.0, 4.0, 1.0);
        pixels.clear(PAPER);
        pixels.rectangle(Point::new(-3.0, -3.0), 3.5, 100.0, INK);
        pixels.disc(Point::new(100.0, 100.0), 5.0, INK);
        assert_eq!(pixels.color(Point::new(0.0, 0.0)), Some(PAPER.mixed(INK, 0.5)));
        assert_eq!(pixels.color(Point::new(1.0, 3.0)), Some(PAPER));
    }

    #[test]
    fn letters_are_written_where_they_should_be() {
        let mut pixels = Pixels::new(20.0, 20.0, 1.0);
        pixels.text("i", Point::new(10.5, 10.5), 7.0, INK);
        let column = |x: usize| (0..20).filter(|y| pixels.color(Point::new(x as f32, *y as f32)) == Some(INK)).count();
        assert_eq!([7, 8, 9, 10, 11, 12, 13].map(column), [0, 0, 2, 7, 2, 0, 0]);
    }

    const PAPER: Color = Color(0, 0, 0);
    const INK: Color = Color(200, 100, 50);
}
