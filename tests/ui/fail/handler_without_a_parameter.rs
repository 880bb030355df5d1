//! A method with fewer parameters than the variant has fields.

use repod::prelude::*;

#[derive(Action)]
enum ToServer {
    Move { x: f64, y: f64 },
}

struct Guest;

impl ToServerHandler for Guest {
    async fn on_move(&mut self, _x: f64) -> repod::Result {
        Ok(())
    }
}

fn main() {}
