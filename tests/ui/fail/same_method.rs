//! Two variants with one method.

use repod::Action;

#[derive(Action)]
enum ToServer {
    Move { x: f64 },
    #[action(method = "on_move")]
    Walk { x: f64 },
}

struct Guest;

impl ToServerHandler for Guest {
    async fn on_move(&mut self, _x: f64) -> repod::Result {
        Ok(())
    }
}

fn main() {}
