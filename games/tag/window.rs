//! The window of tag.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use faces::{Pixels, Turn, window};
use games::Ending;

use crate::client::{Game, View};
use crate::scene;

/// Plays until the player closes the window. With a `picture` it ends by itself, soon after it began, when that is saved.
pub fn play(mut game: Game, picture: Option<PathBuf>) -> repod::Result {
    let started = Instant::now();
    window::open("tag", 800.0, 600.0, move |controls, window| {
        game.go_on();
        game.steer(f64::from(controls.horizontal), f64::from(controls.vertical));
        let Some(view) = game.player.view(Instant::now()) else { return Turn::On };
        scene::draw(window, &view);
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

/// Saves what the player sees as a PNG, without any window.
pub fn save(view: &View, path: &Path) -> repod::Result {
    let mut pixels = Pixels::new(800.0, 600.0, 1.0);
    scene::draw(&mut pixels, view);
    Ok(pixels.save(path)?)
}

/// How long a game goes on before a picture is taken.
const WARM_UP: Duration = Duration::from_secs(2);
