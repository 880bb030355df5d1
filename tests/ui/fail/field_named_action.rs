//! A field with the name of the key that holds the action.

use repod::Action;

#[derive(Action)]
enum ToServer {
    Vote { action: String },
}

struct Guest;

impl ToServerHandler for Guest {
    async fn on_vote(&mut self, _action: String) -> repod::Result {
        Ok(())
    }
}

fn main() {}
