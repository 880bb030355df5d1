//! `hello`: the first program of the README, in files.

mod client;
mod protocol;
mod server;

use examples::{Arguments, Mode};
use repod::prelude::*;

fn main() -> repod::Result {
    let Arguments { mode, addr, .. } = Arguments::read();
    match mode {
        Some(Mode::Server) => server::Lobby.launch(addr),
        Some(Mode::Client) => client::play(&addr).map(drop),
        Some(Mode::Demo) | None => demo(),
    }
}

fn demo() -> repod::Result {
    let server = server::Lobby.spawn("127.0.0.1:0")?;
    let game = client::play(&server.local_addr().to_string())?;
    match game.welcome.as_deref() {
        Some("Hi Ada!") => Ok(()),
        other => Err(format!("expected to be welcomed as Ada, got {other:?}").into()),
    }
}
