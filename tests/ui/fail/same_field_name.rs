//! Two fields with one name on the wire.

use repod::Action;

#[derive(Action)]
enum ToServer {
    Move {
        x: f64,
        #[serde(rename = "x")]
        y: f64,
    },
}

fn main() {}
