//! An enum with a type parameter.

use repod::Action;

#[derive(Action)]
enum ToServer<T: Copy = f64> {
    Move { x: T, y: T },
    Ping,
}

struct Guest;

impl ToServerHandler for Guest {
    async fn on_ping(&mut self) -> repod::Result {
        Ok(())
    }
}

fn main() {
    let _ = repod::encode(&ToServer::Move { x: 1.0, y: 2.0 });
}
