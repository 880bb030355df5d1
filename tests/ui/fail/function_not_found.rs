//! Functions and modules that do not exist.

use repod::prelude::*;

#[derive(Action)]
enum ToServer {
    Move {
        #[serde(default = "zero")]
        x: f64,
        #[serde(serialize_with = "text::write")]
        y: f64,
        #[serde(skip_serializing_if = "is_zero")]
        z: f64,
    },
}

fn main() {}
