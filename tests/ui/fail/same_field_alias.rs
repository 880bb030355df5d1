//! Two fields of which one may be called like the other.

use repod::Action;

#[derive(Action)]
enum ToServer {
    Move {
        x: f64,
        #[serde(alias = "x")]
        y: f64,
    },
}

fn main() {}
