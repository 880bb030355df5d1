//! Two variants with one name on the wire.

use repod::Action;

#[derive(Action)]
enum ToServer {
    Move { x: f64 },
    #[action(rename = "move")]
    Walk { x: f64 },
}

fn main() {}
