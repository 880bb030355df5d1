//! A struct.

use repod::Action;

#[derive(Action)]
pub struct ToServer {
    x: f64,
}

struct Guest;

impl ToServerHandler for Guest {}

fn main() {
    let _ = repod::encode(&ToServer { x: 1.0 });
}
