//! serde's attribute on the enum.

use repod::Action;

#[derive(Action)]
#[serde(rename_all = "camelCase")]
enum ToServer {
    Ping,
}

fn main() {}
