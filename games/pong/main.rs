//! `pong`: two players at one table, Python clients included. Without arguments it hosts, and you play against a bot.

mod ball;
mod bot;
mod client;
mod demo;
mod field;
mod protocol;
mod rules;
#[cfg(feature = "graphics")]
mod scene;
mod server;
#[cfg(feature = "terminal")]
mod terminal;
#[cfg(feature = "graphics")]
mod window;

use std::path::PathBuf;
use std::time::Duration;

use examples::{Arguments, Face, Mode};
use games::Ending;
use repod::prelude::*;

use crate::bot::Bot;
use crate::client::Game;
use crate::server::Table;

fn main() -> repod::Result {
    let Arguments { mode, addr, face, picture } = Arguments::read();
    match mode {
        Some(Mode::Server) => Table::new(rules::WIN_SCORE).launch(addr),
        Some(Mode::Client) => play(Game::join(addr)?, face, picture),
        Some(Mode::Demo) => demo::demo(picture),
        None => host_and_play(&addr, face, picture),
    }
}

/// Hosts on this machine, and plays against a bot. Whoever is quicker than the bot can have its seat.
fn host_and_play(addr: &str, face: Face, picture: Option<PathBuf>) -> repod::Result {
    let server = Table::new(rules::WIN_SCORE).spawn(addr)?;
    let addr = server.local_addr();
    println!("listening on {addr}");
    let game = Game::join(addr)?;
    std::thread::spawn(move || match Game::join(addr) {
        Ok(bot) => let_play(bot, Bot::new(PATIENCE)),
        Err(error) => eprintln!("the bot: {error}"),
    });
    play(game, face, picture)
}

/// Lets a bot play until the connection is over.
fn let_play(mut game: Game, mut bot: Bot) {
    while game.go_on() {
        let choice = game.player.latest().map(|(slot, state)| bot.choose(slot, state));
        game.steer(choice.unwrap_or_default());
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[cfg_attr(not(feature = "graphics"), allow(unused_variables))]
fn play(game: Game, face: Face, picture: Option<PathBuf>) -> repod::Result {
    match face {
        #[cfg(feature = "graphics")]
        Face::Usual => window::play(game, picture),
        #[cfg(feature = "terminal")]
        Face::Terminal => terminal::play(game),
        #[allow(unreachable_patterns)]
        _ => Err(Ending::because(
            "this build has no such face: it needs the feature `graphics`, or `terminal` for --terminal",
        )
        .into()),
    }
}

/// How often the bot returns the ball in a round: often enough to be a challenge, and not for ever.
const PATIENCE: u32 = 12;
