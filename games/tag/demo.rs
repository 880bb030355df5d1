//! The demo of `tag`: four bots run until two were caught.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use repod::prelude::*;

use crate::bot;
use crate::client::Game;
use crate::server::Playground;

pub fn demo(picture: Option<PathBuf>) -> repod::Result {
    let server = Playground::new().spawn("127.0.0.1:0")?;
    let addr = server.local_addr();
    let mut games = (0..4).map(|_| Game::join(addr)).collect::<repod::Result<Vec<Game>>>()?;

    run(&mut games, "two catches", |game| game.player.catches.len() >= 2)?;
    let catches = games[0].player.catches[..2].to_vec();
    for (tagger, tagged) in &catches {
        println!("{tagger} has caught {tagged}");
    }
    if games.iter().any(|game| game.player.catches[..2] != catches) {
        return Err("the players have not seen the same".into());
    }
    if catches.windows(2).any(|two| two[0].1 != two[1].0) {
        return Err(format!("somebody caught who was not it: {catches:?}").into());
    }

    if let Some(path) = picture {
        // A moment later, when they have run apart.
        let then = Instant::now() + Duration::from_secs(1);
        run(&mut games, "a moment", |_| Instant::now() > then)?;
        save(&games[0], path)?;
    }
    games.truncate(1);
    run(&mut games, "the others to leave", |game| {
        game.player.latest().is_some_and(|(_, state)| state.players.len() == 1)
    })?;
    let (id, state) = games[0].player.latest().ok_or("there is no state")?;
    println!("{id} is alone{}", if state.it == id { ", and it" } else { "" });
    Ok(())
}

/// Lets the bots run until all of them are done.
fn run(games: &mut [Game], what: &str, is_done: impl Fn(&Game) -> bool) -> repod::Result {
    let start = Instant::now();
    while !games.iter().all(&is_done) {
        if start.elapsed() > Duration::from_secs(15) {
            return Err(format!("waited fifteen seconds for {what}").into());
        }
        for game in games.iter_mut() {
            if !game.go_on() {
                return Err("a bot lost the connection".into());
            }
            bot::play(game, Instant::now());
        }
        std::thread::sleep(Duration::from_millis(4));
    }
    Ok(())
}

#[cfg(feature = "graphics")]
fn save(game: &Game, path: PathBuf) -> repod::Result {
    let view = game.player.view(Instant::now()).ok_or("there is nothing to see yet")?;
    crate::window::save(&view, &path)
}

#[cfg(not(feature = "graphics"))]
fn save(_: &Game, _: PathBuf) -> repod::Result {
    Err("this build makes no pictures: it needs the feature `graphics`".into())
}
