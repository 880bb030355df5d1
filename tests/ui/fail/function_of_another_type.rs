//! Functions that return something else than they should.

use repod::prelude::*;

#[derive(Action)]
enum ToServer {
    Move {
        #[serde(default = "String::new")]
        x: f64,
        #[serde(skip, default = "String::new")]
        y: f64,
        #[serde(skip_serializing_if = "sign")]
        z: f64,
    },
}

fn sign(number: &f64) -> f64 {
    number.signum()
}

fn main() {}
