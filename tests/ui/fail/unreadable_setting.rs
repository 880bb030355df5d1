//! Settings that are not settings.

use repod::Action;

#[derive(Action)]
#[action]
enum ToServer {
    #[action = "ping"]
    Ping,
    #[action("pong")]
    Pong,
    #[action(rename: "go")]
    Go {
        #[serde(rename =)]
        x: f64,
        #[serde]
        y: f64,
    },
}

fn main() {}
