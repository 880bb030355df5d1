//! `tag`: everyone runs from the one who is it, Python clients included. Without arguments it hosts, and you play with three bots.

mod arena;
mod bot;
mod client;
mod demo;
mod place;
mod protocol;
#[cfg(feature = "graphics")]
mod scene;
mod server;
#[cfg(feature = "graphics")]
mod window;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use examples::{Arguments, Face, Mode};
use games::Ending;

use crate::client::Game;
use crate::server::Playground;

fn main() -> repod::Result {
    let Arguments { mode, addr, face, picture } = Arguments::read();
    if face == Face::Terminal {
        return Err(Ending::because("tag has no terminal face").into());
    }
    match mode {
        Some(Mode::Server) => repod::serve(Playground::new()).limits(Playground::limits()).launch(addr),
        Some(Mode::Client) => play(Game::join(addr)?, picture),
        Some(Mode::Demo) => demo::demo(picture),
        None => host_and_play(&addr, picture),
    }
}

fn host_and_play(addr: &str, picture: Option<PathBuf>) -> repod::Result {
    let server = repod::serve(Playground::new()).limits(Playground::limits()).spawn(addr)?;
    let addr = server.local_addr();
    println!("listening on {addr}");
    let game = Game::join(addr)?;
    for _ in 0..3 {
        std::thread::spawn(move || match Game::join(addr) {
            Ok(bot) => let_play(bot),
            Err(error) => eprintln!("a bot: {error}"),
        });
    }
    play(game, picture)
}

/// Lets a bot play until the connection is over.
fn let_play(mut game: Game) {
    while game.go_on() {
        bot::play(&mut game, Instant::now());
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[cfg(feature = "graphics")]
use window::play;

#[cfg(not(feature = "graphics"))]
fn play(_: Game, _: Option<PathBuf>) -> repod::Result {
    Err(Ending::because("this build has no window: it needs the feature `graphics`").into())
}
