//! `echo`: what is sent comes back; for measuring.

mod client;
mod protocol;
mod server;

use examples::{Arguments, Mode};
use repod::prelude::*;

fn main() -> repod::Result {
    let Arguments { mode, addr } = Arguments::read();
    match mode {
        Some(Mode::Server) => server::Cave.launch(addr),
        Some(Mode::Client) => client::shout(&addr, MESSAGES),
        Some(Mode::Demo) | None => {
            let server = server::Cave.spawn("127.0.0.1:0")?;
            client::shout(&server.local_addr().to_string(), MESSAGES)
        }
    }
}

const MESSAGES: u32 = 10_000;
