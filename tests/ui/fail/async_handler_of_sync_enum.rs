//! An async function where a plain one is needed.

use repod::prelude::*;

#[derive(Action)]
#[action(sync)]
enum ToClient {
    Ping,
}

struct Game;

impl ToClientHandler for Game {
    async fn on_ping(&mut self) -> repod::Result {
        Ok(())
    }
}

fn main() {}
