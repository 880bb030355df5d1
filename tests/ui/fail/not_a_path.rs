//! Texts that are not the paths that they should be.

use repod::Action;

#[derive(Action)]
#[action(crate = "my repod")]
enum ToServer {
    Move {
        #[serde(default = "0.0")]
        x: f64,
        #[serde(with = "as text")]
        y: f64,
        #[serde(skip_serializing_if = "|z| z.is_nan()")]
        z: f64,
    },
}

fn main() {}
