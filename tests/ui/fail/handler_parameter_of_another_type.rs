//! A method with a parameter of another type than the field.

use repod::prelude::*;

#[derive(Action)]
enum ToServer {
    Move { x: f64, y: f64 },
}

struct Guest;

impl ToServerHandler for Guest {
    async fn on_move(&mut self, _x: f64, _y: i32) -> repod::Result {
        Ok(())
    }
}

fn main() {}
