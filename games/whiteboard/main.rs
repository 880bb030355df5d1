//! `whiteboard`: everyone draws on one board, Python clients included. Without arguments it hosts, and bots draw along.

mod board;
mod bot;
mod client;
mod demo;
mod protocol;
#[cfg(feature = "graphics")]
mod scene;
mod server;
#[cfg(feature = "graphics")]
mod window;

use std::path::PathBuf;
use std::time::Duration;

use examples::{Arguments, Face, Mode};
use games::Ending;
use repod::prelude::*;

use crate::bot::Bot;
use crate::client::Desk;
use crate::server::Studio;

fn main() -> repod::Result {
    let Arguments { mode, addr, face, picture } = Arguments::read();
    if face == Face::Terminal {
        return Err(Ending::because("whiteboard has no terminal face").into());
    }
    match mode {
        Some(Mode::Server) => Studio::default().launch(addr),
        Some(Mode::Client) => draw(Desk::join(addr)?, picture),
        Some(Mode::Demo) => demo::demo(picture),
        None => host_and_draw(&addr, picture),
    }
}

fn host_and_draw(addr: &str, picture: Option<PathBuf>) -> repod::Result {
    let server = Studio::default().spawn(addr)?;
    let addr = server.local_addr();
    println!("listening on {addr}");
    let desk = Desk::join(addr)?;
    for bot in [Bot::sun(), Bot::house(), Bot::waves()] {
        std::thread::spawn(move || match Desk::join(addr) {
            Ok(desk) => let_draw(desk, bot),
            Err(error) => eprintln!("a bot: {error}"),
        });
    }
    draw(desk, picture)
}

/// Lets a bot draw its picture, slowly enough to be watched.
fn let_draw(mut desk: Desk, mut bot: Bot) {
    while desk.go_on() && bot.draw(&desk) {
        std::thread::sleep(Duration::from_millis(15));
    }
}

#[cfg(feature = "graphics")]
use window::draw;

#[cfg(not(feature = "graphics"))]
fn draw(_: Desk, _: Option<PathBuf>) -> repod::Result {
    Err(Ending::because("this build has no window: it needs the feature `graphics`").into())
}
