//! `keepalive`: pings made by hand, for clients that repod cannot ping by itself, such as Python ones.

mod client;
mod demo;
mod protocol;
mod server;

use std::time::Duration;

use examples::{Arguments, Mode};
use repod::prelude::*;

fn main() -> repod::Result {
    let Arguments { mode, addr, .. } = Arguments::read();
    match mode {
        Some(Mode::Server) => server::Lounge::new(INTERVAL, PATIENCE).launch(addr),
        Some(Mode::Client) => client::visit(&addr, 2 * PATIENCE),
        Some(Mode::Demo) | None => demo::demo(),
    }
}

/// Short, so that there is something to see. A game takes more: 5 and 15 seconds, say.
const INTERVAL: Duration = Duration::from_millis(500);
const PATIENCE: Duration = Duration::from_secs(2);
