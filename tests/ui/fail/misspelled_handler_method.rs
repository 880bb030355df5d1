//! A handler with a method that no variant has.

use repod::prelude::*;

#[derive(Action)]
enum ToServer {
    Move { x: f64, y: f64 },
    Chat { text: String },
}

struct Guest;

impl ToServerHandler for Guest {
    async fn on_move(&mut self, _x: f64, _y: f64) -> repod::Result {
        Ok(())
    }

    async fn on_caht(&mut self, _text: String) -> repod::Result {
        Ok(())
    }
}

fn main() {}
