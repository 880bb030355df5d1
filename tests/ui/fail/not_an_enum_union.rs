//! A union.

use repod::Action;

#[derive(Action)]
union ToServer {
    x: f64,
    y: u64,
}

fn main() {}
