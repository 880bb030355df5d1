//! [`Canvas`]: something to draw on, with as few shapes as the games need.
//! What it is made of, a window or pixels, is elsewhere.

use crate::font;

/// Something to draw on. Units are those of the game; y grows downwards.
pub trait Canvas {
    /// Fills all of it.
    fn clear(&mut self, color: Color);

    /// Fills a rectangle, given by its upper left corner.
    fn rectangle(&mut self, corner: Point, width: f32, height: f32, color: Color);

    /// Fills a circle.
    fn disc(&mut self, center: Point, radius: f32, color: Color);

    /// Draws a line with round ends.
    fn line(&mut self, from: Point, to: Point, thickness: f32, color: Color);

    /// Writes a line of text, centred on a point. `height` is that of a capital letter; what the font does not have is a gap.
    fn text(&mut self, text: &str, center: Point, height: f32, color: Color) {
        let dot = height / font::HEIGHT as f32;
        let advance = dot * (font::WIDTH + 1) as f32;
        let width = advance * text.chars().count() as f32 - dot;
        // On whole units the dots meet without a seam.
        let (mut left, top) = ((center.x - width / 2.0).round(), (center.y - height / 2.0).round());
        for letter in text.chars() {
            for (row, column) in font::dots(letter) {
                let corner = Point::new(left + column as f32 * dot, top + row as f32 * dot);
                self.rectangle(corner, dot, dot, color);
            }
            left += advance;
        }
    }
}

/// A place on a [`Canvas`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub x: f32,
    pub y: f32,
}

impl Point {
    pub const fn new(x: f32, y: f32) -> Self {
        Self { x, y }
    }
}

/// Red, green, blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Color(pub u8, pub u8, pub u8);

impl Color {
    /// The colour between this one and another; `share` is how much of the other there is, from 0 to 1.
    pub fn mixed(self, other: Self, share: f32) -> Self {
        let mix = |one: u8, other: u8| {
            let mixed = f32::from(one) + (f32::from(other) - f32::from(one)) * share.clamp(0.0, 1.0);
            mixed.round() as u8
        };
        Self(mix(self.0, other.0), mix(self.1, other.1), mix(self.2, other.2))
    }
}
