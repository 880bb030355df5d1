//! `lag_time`: the server measures the round trip to its clients.

mod client;
mod protocol;
mod server;

use examples::{Arguments, Mode};
use repod::prelude::*;

fn main() -> repod::Result {
    let Arguments { mode, addr, .. } = Arguments::read();
    match mode {
        Some(Mode::Server) => server::Clock.launch(addr),
        Some(Mode::Client) => measure(&addr),
        Some(Mode::Demo) | None => {
            let server = server::Clock.spawn("127.0.0.1:0")?;
            measure(&server.local_addr().to_string())
        }
    }
}

fn measure(addr: &str) -> repod::Result {
    match client::answer(addr) {
        client::PINGS => Ok(()),
        answered => Err(format!("answered {answered} pings of {}", client::PINGS).into()),
    }
}
