//! A field whose type lacks serde's derives.

use repod::prelude::*;

struct Point {
    x: f64,
    y: f64,
}

#[derive(Action)]
enum ToServer {
    Move { path: Vec<Point> },
}

fn main() {}
