//! Settings without the text that they need.

use repod::Action;

#[derive(Action)]
#[action(rename_all = snake_case)]
enum ToServer {
    #[action(rename)]
    Ping,
    #[action(rename = 5)]
    Pong,
    #[action(method("on_go"))]
    Go {
        #[serde(rename)]
        x: f64,
    },
}

fn main() {}
