//! The demo of `pong`: two bots play, a third has to stay outside, and one leaves.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use repod::prelude::*;

use crate::bot::Bot;
use crate::client::Game;
use crate::protocol::{GameState, State};
use crate::server::Table;

struct Seat {
    name: &'static str,
    game: Game,
    bot: Bot,
}

pub fn demo(picture: Option<PathBuf>) -> repod::Result {
    let server = Table::new(2).spawn("127.0.0.1:0")?;
    let addr = server.local_addr();
    // Ada returns every ball, Bob looks away after the first of each round.
    let mut seats = [("Ada", u32::MAX), ("Bob", 1)]
        .into_iter()
        .map(|(name, patience)| Ok(Seat { name, game: Game::join(addr)?, bot: Bot::new(patience) }))
        .collect::<repod::Result<Vec<Seat>>>()?;
    match Game::join(addr) {
        Ok(_) => return Err("a third player got a seat".into()),
        Err(error) => println!("Cleo cannot join: {error}"),
    }

    wait(&mut seats, "a rally", |state| {
        state.game_state == GameState::Playing && state.scores == [1, 0] && state.ball.x > 600.0
    })?;
    if let Some(path) = picture {
        save(&seats[0].game, path)?;
    }
    wait(&mut seats, "the end", |state| state.game_state == GameState::Finished)?;
    for seat in &seats {
        // Interpolation is a little behind, so the notice is looked at after that.
        let notice = seat.notice_after(Duration::from_millis(100));
        println!("{} sees: {}", seat.name, notice.unwrap_or_default());
    }

    seats.truncate(1);
    wait(&mut seats, "Bob to leave", |state| state.game_state == GameState::Waiting && state.scores == [0, 0])?;
    println!("Bob has left, and Ada waits for the next one");
    Ok(())
}

impl Seat {
    fn notice_after(&self, time: Duration) -> Option<String> {
        self.game.player.view(Instant::now() + time)?.notice
    }
}

/// Lets the bots play until all have seen a state like that.
fn wait(seats: &mut [Seat], what: &str, is_it: impl Fn(&State) -> bool) -> repod::Result {
    let start = Instant::now();
    loop {
        let mut have_seen = 0;
        for Seat { name, game, bot } in seats.iter_mut() {
            if !game.go_on() {
                return Err(format!("{name} lost the connection").into());
            }
            let Some((slot, state)) = game.player.latest() else { continue };
            have_seen += usize::from(is_it(state));
            let choice = bot.choose(slot, state);
            game.steer(choice);
        }
        if have_seen == seats.len() {
            return Ok(());
        }
        if start.elapsed() > Duration::from_secs(15) {
            return Err(format!("waited fifteen seconds for {what}").into());
        }
        std::thread::sleep(Duration::from_millis(4));
    }
}

/// Saves what a player sees: a PNG, or an SVG of the terminal if the file is called so.
#[allow(unused_variables)]
fn save(game: &Game, path: PathBuf) -> repod::Result {
    let view = game.player.view(Instant::now()).ok_or("there is nothing to see yet")?;
    match path.extension().and_then(|extension| extension.to_str()) {
        #[cfg(feature = "terminal")]
        Some("svg") => crate::terminal::save(&view, &path),
        #[cfg(feature = "graphics")]
        Some("png") => crate::window::save(&view, &path),
        _ => Err("this build makes no such picture: a .png needs the feature `graphics`, an .svg `terminal`".into()),
    }
}
