//! A variant with several fields that have no names.

use repod::Action;

#[derive(Action)]
enum ToServer {
    Move(f64, Option<f64>),
}

struct Guest;

impl ToServerHandler for Guest {
    async fn on_move(&mut self, _x: f64, _y: Option<f64>) -> repod::Result {
        Ok(())
    }
}

fn main() {
    let _ = repod::encode(&ToServer::Move(1.0, None));
}
