//! `chat`: a room for everyone who connects, Python clients included. Without arguments it hosts and joins at once.

mod client;
mod demo;
mod protocol;
mod server;

use examples::{Arguments, Mode};
use repod::prelude::*;

fn main() -> repod::Result {
    let Arguments { mode, addr } = Arguments::read();
    match mode {
        Some(Mode::Server) => server::Room::default().launch(addr),
        Some(Mode::Client) => client::chat(&addr),
        Some(Mode::Demo) => demo::demo(),
        None => host_and_join(&addr),
    }
}

/// Hosts for everyone on this machine and joins from the same terminal.
fn host_and_join(addr: &str) -> repod::Result {
    let server = server::Room::default().spawn(addr)?;
    println!("listening on {}", server.local_addr());
    println!("your first line is your nickname, the others go to the room; end with Ctrl-D");
    println!("others join with: cargo run --bin chat -- client");
    client::chat(&server.local_addr().to_string())
}
