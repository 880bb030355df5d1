//! A field without a name.

use repod::Action;

#[derive(Action)]
enum ToServer {
    Move {
        #[serde(rename = "")]
        x: f64,
    },
}

fn main() {}
