//! Variants whose methods every channel and client has.

use repod::Action;

#[derive(Action)]
enum ToServer {
    Connect { name: String },
    Close,
    Error,
    Unknown,
    #[action(method = "on_close")]
    Shut,
}

struct Guest;

impl ToServerHandler for Guest {
    async fn on_connect(&mut self, _name: String) -> repod::Result {
        Ok(())
    }
}

fn main() {}
