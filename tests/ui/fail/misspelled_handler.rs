//! A handler trait with another name.

use repod::prelude::*;

#[derive(Action)]
enum ToServer {
    Ping,
}

struct Guest;

impl ToServerHandlers for Guest {
    async fn on_ping(&mut self) -> repod::Result {
        Ok(())
    }
}

fn main() {}
