//! How the examples and the games draw: on a [`Canvas`], which is a window or a picture, and in a terminal.
//! What is drawn is their own business, and nothing here is about repod.
//!
//! It is a package of its own because of what it needs: macroquad for the feature `graphics`, ratatui for `terminal`. The latter
//! brings a second `syn`, which nothing that has to do with repod itself may bring.

mod canvas;
mod font;
#[cfg(feature = "graphics")]
mod pixels;
#[cfg(feature = "terminal")]
pub mod terminal;
#[cfg(feature = "graphics")]
pub mod window;

pub use canvas::{Canvas, Color, Point};
#[cfg(feature = "graphics")]
pub use pixels::Pixels;

/// What a face does after a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// Draw the next one.
    On,
    /// End.
    Over,
}
