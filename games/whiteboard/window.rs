//! The window of the whiteboard.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use faces::window::Controls;
use faces::{Pixels, Turn, window};
use games::Ending;

use crate::client::{Artist, Desk};
use crate::protocol::Spot;
use crate::scene;

/// Where the artist's pen is.
#[derive(Default)]
struct Pen {
    /// An index into the colours.
    color: usize,
    /// Its last point, while it is down.
    last: Option<Spot>,
}

/// Draws until the artist closes the window. With a `picture` it ends by itself, soon after it began, when that is saved.
pub fn draw(mut desk: Desk, picture: Option<PathBuf>) -> repod::Result {
    let started = Instant::now();
    let mut pen = Pen::default();
    window::open("whiteboard", scene::WIDTH, scene::HEIGHT, move |controls, window| {
        desk.go_on();
        pen.follow(controls, &desk);
        scene::draw(window, &desk.artist, pen.color);
        match &picture {
            Some(path) if started.elapsed() > WARM_UP => {
                window.save(path);
                Turn::Over
            }
            _ => Turn::On,
        }
    })
    .map_err(Ending::because)?;
    Ok(())
}

impl Pen {
    fn follow(&mut self, controls: &Controls, desk: &Desk) {
        let typed = controls.digit.and_then(|digit| usize::from(digit).checked_sub(1));
        let clicked = if controls.is_pressed && self.last.is_none() { scene::choice(controls.pointer) } else { None };
        if let Some(color) = clicked.or(typed).filter(|color| *color < scene::COLORS.len()) {
            self.color = color;
        }
        let point = Spot(f64::from(controls.pointer.x.round()), f64::from(controls.pointer.y.round()));
        self.last = match self.last {
            _ if !controls.is_pressed || clicked.is_some() => None,
            None => {
                // What rubs out is thicker than what writes.
                let is_rubber = self.color + 1 == scene::COLORS.len();
                desk.begin(point, scene::COLORS[self.color], if is_rubber { 30 } else { 5 });
                Some(point)
            }
            Some(last) => {
                if (point.0 - last.0).hypot(point.1 - last.1) < STEP {
                    return;
                }
                desk.draw(point);
                Some(point)
            }
        };
    }
}

/// Saves what the artist sees as a PNG, without any window.
pub fn save(artist: &Artist, path: &Path) -> repod::Result {
    let mut pixels = Pixels::new(scene::WIDTH, scene::HEIGHT, 1.0);
    scene::draw(&mut pixels, artist, 0);
    Ok(pixels.save(path)?)
}

/// The pen moves so far before that is sent.
const STEP: f64 = 2.0;

/// How long others draw before a picture is taken.
const WARM_UP: Duration = Duration::from_secs(6);
