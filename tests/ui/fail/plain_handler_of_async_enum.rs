//! A plain function where an async one is needed.

use repod::prelude::*;

#[derive(Action)]
enum ToServer {
    Ping,
}

struct Guest;

impl ToServerHandler for Guest {
    fn on_ping(&mut self) -> repod::Result {
        Ok(())
    }
}

fn main() {}
