//! Methods that cannot be called so.

use repod::Action;

#[derive(Action)]
enum ToServer {
    #[action(method = "on move")]
    Move { x: f64 },
    #[action(method = "fn")]
    Walk { x: f64 },
}

struct Guest;

impl ToServerHandler for Guest {
    async fn on_move(&mut self, _x: f64) -> repod::Result {
        Ok(())
    }
}

fn main() {}
