//! `chat`: a room for everyone who connects, Python clients included. Without arguments it hosts and joins at once.

mod client;
mod demo;
mod protocol;
mod server;
#[cfg(feature = "terminal")]
mod terminal;
#[cfg(not(feature = "terminal"))]
#[path = "no_terminal.rs"]
mod terminal;

use examples::{Arguments, Face, Mode};
use repod::prelude::*;

fn main() -> repod::Result {
    let Arguments { mode, addr, face, picture } = Arguments::read();
    match mode {
        Some(Mode::Server) => server::Room::default().launch(addr),
        Some(Mode::Client) => chat(&addr, face),
        Some(Mode::Demo) => demo::demo().and_then(|()| picture.map_or(Ok(()), terminal::paint)),
        None => host_and_join(&addr, face),
    }
}

fn chat(addr: &str, face: Face) -> repod::Result {
    match face {
        Face::Usual => client::chat(addr),
        Face::Terminal => terminal::chat(addr),
    }
}

// ANCHOR: host
/// Hosts for everyone on this machine and joins from the same terminal.
fn host_and_join(addr: &str, face: Face) -> repod::Result {
    let server = server::Room::default().spawn(addr)?;
    println!("listening on {}", server.local_addr());
    println!("your first line is your nickname, the others go to the room; end with Ctrl-D");
    println!("others join with: cargo run --bin chat -- client");
    chat(&server.local_addr().to_string(), face)
}
// ANCHOR_END: host
