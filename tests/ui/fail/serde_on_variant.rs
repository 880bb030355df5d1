//! serde's attribute on a variant.

use repod::Action;

#[derive(Action)]
enum ToServer {
    #[serde(rename = "pong")]
    Ping,
}

fn main() {}
