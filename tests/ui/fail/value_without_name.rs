//! One value without a name, of a type that has no names for its own fields either.

use repod::prelude::*;

#[derive(Action)]
enum ToServer {
    Say(String),
    Roll(u32),
    Draw(Vec<u8>),
    Move((f64, f64)),
    Place([f64; 2]),
}

fn main() {}
