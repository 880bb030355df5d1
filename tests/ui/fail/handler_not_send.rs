//! A handler that holds something over an `.await` that cannot go to another thread.

use repod::prelude::*;
use std::rc::Rc;

#[derive(Action)]
enum ToServer {
    Ping,
}

struct Guest;

impl ToServerHandler for Guest {
    async fn on_ping(&mut self) -> repod::Result {
        let number = Rc::new(1);
        std::future::ready(()).await;
        println!("{number}");
        Ok(())
    }
}

fn main() {}
