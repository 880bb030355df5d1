//! Settings of a variant, of the enum and of serde on a field.

use repod::Action;

#[derive(Action)]
enum ToServer {
    Move {
        #[action(rename = "left")]
        x: f64,
        #[action(method = "y")]
        y: f64,
        #[action(default)]
        z: f64,
        #[action(sync)]
        t: f64,
    },
}

fn main() {}
