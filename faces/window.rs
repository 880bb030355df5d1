//! A window with macroquad: [`open`] it, and draw frame after frame.

use std::io;
use std::path::{Path, PathBuf};

use macroquad::prelude as quad;

use crate::Turn;
use crate::canvas::{Canvas, Color, Point};
use crate::pixels::write_png;

/// What the player does with the keyboard and the mouse while a frame is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Controls {
    /// -1 to the left, 1 to the right, else 0: the arrow keys, or A and D.
    pub horizontal: i8,
    /// -1 up, 1 down, else 0: the arrow keys, or W and S.
    pub vertical: i8,
    /// Where the mouse is, in units of the game.
    pub pointer: Point,
    /// Whether its left button is down.
    pub is_pressed: bool,
    /// The digit that was typed, if one was.
    pub digit: Option<u8>,
}

/// A window as a canvas. The game is as large as fits into it.
pub struct Window {
    width: f32,
    height: f32,
    picture: Option<PathBuf>,
}

/// Opens a window for a game of this size, and draws frames until one ends it, or the player closes it or presses Escape.
///
/// It has to be called on the main thread.
///
/// # Errors
///
/// If there is no display, or a picture cannot be written.
pub fn open(
    title: &str,
    width: f32,
    height: f32,
    mut frame: impl FnMut(&Controls, &mut Window) -> Turn + 'static,
) -> io::Result<()> {
    if !has_display() {
        return Err(io::Error::other("there is no display for a window"));
    }
    let conf = quad::Conf {
        window_title: title.to_owned(),
        window_width: width as i32,
        window_height: height as i32,
        sample_count: 4,
        ..quad::Conf::default()
    };
    let (sender, result) = std::sync::mpsc::channel();
    macroquad::Window::from_config(conf, async move {
        let mut window = Window { width, height, picture: None };
        loop {
            let controls = window.controls();
            let turn = frame(&controls, &mut window);
            window.cover_the_rest();
            let saved = window.picture.take().map_or(Ok(()), |path| save_screen(&path));
            if let Err(error) = saved {
                // The receiver waits until the window is gone.
                let _ = sender.send(error);
                return;
            }
            if turn == Turn::Over || quad::is_key_down(quad::KeyCode::Escape) {
                return;
            }
            quad::next_frame().await;
        }
    });
    result.try_recv().map_or(Ok(()), Err)
}

impl Window {
    /// Saves what this frame shows as a PNG, once it is drawn.
    pub fn save(&mut self, path: &Path) {
        self.picture = Some(path.to_owned());
    }

    fn controls(&self) -> Controls {
        let (scale, left, top) = self.frame();
        let axis = |less: [quad::KeyCode; 2], more: [quad::KeyCode; 2]| {
            let is_down = |keys: [quad::KeyCode; 2]| i8::from(keys.into_iter().any(quad::is_key_down));
            is_down(more) - is_down(less)
        };
        let (x, y) = quad::mouse_position();
        let digit = quad::get_char_pressed().and_then(|letter| letter.to_digit(10));
        Controls {
            horizontal: axis([quad::KeyCode::Left, quad::KeyCode::A], [quad::KeyCode::Right, quad::KeyCode::D]),
            vertical: axis([quad::KeyCode::Up, quad::KeyCode::W], [quad::KeyCode::Down, quad::KeyCode::S]),
            pointer: Point::new((x - left) / scale, (y - top) / scale),
            is_pressed: quad::is_mouse_button_down(quad::MouseButton::Left),
            digit: digit.and_then(|digit| u8::try_from(digit).ok()),
        }
    }

    /// How many pixels a unit of the game is, and where its upper left corner lies.
    fn frame(&self) -> (f32, f32, f32) {
        let (width, height) = (quad::screen_width(), quad::screen_height());
        let scale = (width / self.width).min(height / self.height);
        (scale, (width - self.width * scale) / 2.0, (height - self.height * scale) / 2.0)
    }

    /// Hides what was drawn outside of the game.
    fn cover_the_rest(&self) {
        let (_, left, top) = self.frame();
        let (width, height) = (quad::screen_width(), quad::screen_height());
        for (x, y, width, height) in [
            (0.0, 0.0, left, height),
            (width - left, 0.0, left, height),
            (0.0, 0.0, width, top),
            (0.0, height - top, width, top),
        ] {
            quad::draw_rectangle(x, y, width, height, quad::BLACK);
        }
    }
}

impl Canvas for Window {
    fn clear(&mut self, color: Color) {
        quad::clear_background(tint(color));
    }

    fn rectangle(&mut self, corner: Point, width: f32, height: f32, color: Color) {
        let (scale, left, top) = self.frame();
        let (x, y) = (left + corner.x * scale, top + corner.y * scale);
        quad::draw_rectangle(x, y, width * scale, height * scale, tint(color));
    }

    fn disc(&mut self, center: Point, radius: f32, color: Color) {
        let (scale, left, top) = self.frame();
        let (x, y) = (left + center.x * scale, top + center.y * scale);
        quad::draw_poly(x, y, SIDES, radius * scale, 0.0, tint(color));
    }

    fn line(&mut self, from: Point, to: Point, thickness: f32, color: Color) {
        let (scale, left, top) = self.frame();
        let place = |point: Point| (left + point.x * scale, top + point.y * scale);
        let ((from_x, from_y), (to_x, to_y)) = (place(from), place(to));
        quad::draw_line(from_x, from_y, to_x, to_y, thickness * scale, tint(color));
        self.disc(from, thickness / 2.0, color);
        self.disc(to, thickness / 2.0, color);
    }
}

fn tint(Color(red, green, blue): Color) -> quad::Color {
    quad::Color::from_rgba(red, green, blue, 255)
}

/// macroquad ends the process if there is none, so it is asked for before.
fn has_display() -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(all(unix, not(target_os = "macos"))) || is_set("DISPLAY")
}

fn save_screen(path: &Path) -> io::Result<()> {
    let image = quad::get_screen_data();
    let (width, height) = (usize::from(image.width), usize::from(image.height));
    // The screen comes with its lowest row first.
    let rows: Vec<u8> = image.bytes.chunks(width * 4).rev().flatten().copied().collect();
    write_png(path, width, height, png::ColorType::Rgba, &rows)
}

/// With so many a polygon looks round.
const SIDES: u8 = 48;
