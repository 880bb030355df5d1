//! `echo`: what is sent comes back; for measuring.

mod client;
mod protocol;
mod server;

use examples::{Arguments, Mode};
use repod::proto::Limits;

fn main() -> repod::Result {
    let Arguments { mode, addr, .. } = Arguments::read();
    match mode {
        Some(Mode::Server) => repod::serve(server::Cave).limits(unhurried()).launch(addr),
        Some(Mode::Client) => client::shout(&addr, MESSAGES),
        Some(Mode::Demo) | None => {
            let server = repod::serve(server::Cave).limits(unhurried()).spawn("127.0.0.1:0")?;
            client::shout(&server.local_addr().to_string(), MESSAGES)
        }
    }
}

/// It is for measuring how fast messages can be sent, so that nobody is held back.
fn unhurried() -> Limits {
    Limits::server().rate(None)
}

const MESSAGES: u32 = 10_000;
