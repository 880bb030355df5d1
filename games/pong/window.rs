//! The window of pong.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use faces::{Pixels, Turn, window};
use games::Ending;

use crate::client::{Game, View};
use crate::protocol::{Direction, GameState};
use crate::scene;

/// Plays until the player closes the window. With a `picture` it ends by itself, as soon as it has saved one of a game in full swing.
pub fn play(mut game: Game, picture: Option<PathBuf>) -> repod::Result {
    let mut started = None;
    window::open("pong", 800.0, 600.0, move |controls, window| {
        game.go_on();
        game.steer(Direction::try_from(controls.vertical).unwrap_or_default());
        let Some(view) = game.player.view(Instant::now()) else { return Turn::On };
        scene::draw(window, &view);
        if view.state.game_state == GameState::Playing {
            started.get_or_insert_with(Instant::now);
        }
        match &picture {
            Some(path) if started.is_some_and(|started| started.elapsed() > WARM_UP) => {
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
const WARM_UP: Duration = Duration::from_millis(1300);
