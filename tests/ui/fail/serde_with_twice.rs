//! Two functions for one field.

use repod::Action;

#[derive(Action)]
enum ToServer {
    Move {
        #[serde(with = "text", serialize_with = "text::serialize")]
        x: f64,
        #[serde(deserialize_with = "text::deserialize", with = "text")]
        y: f64,
    },
}

fn main() {}
