// ANCHOR: all
//! A client that does everything wrong, to see that the server takes it calmly.

use dungeon::{Player, Point, ToClient, ToClientHandler};
use repod::{Event, prelude::*};
use std::time::Duration;

// ANCHOR: messages
/// Almost the dungeon's messages.
#[derive(Action)]
enum Rude {
    Join { name: String },
    Step { to: u32 },
    Dance,
}
// ANCHOR_END: messages

/// Names the types of the connection; its events are polled.
struct Bully;

impl Client for Bully {
    type Incoming = ToClient;
    type Outgoing = Rude;
}

impl ToClientHandler for Bully {
    fn on_state(&mut self, _: Vec<Player>, _: Point) -> repod::Result {
        Ok(())
    }

    fn on_news(&mut self, _: String) -> repod::Result {
        Ok(())
    }

    fn on_rejected(&mut self, _: String) -> repod::Result {
        Ok(())
    }

    fn on_full(&mut self, _: usize) -> repod::Result {
        Ok(())
    }
}

// ANCHOR: main
fn main() -> repod::Result {
    let addr = std::env::args().nth(1).unwrap_or("localhost:5071".to_owned());
    let mut connection = repod::connect::<Bully>(addr);
    connection.send(Rude::Step { to: 7 })?;
    connection.send(Rude::Join { name: "x".repeat(100) })?;
    for _ in 0..10 {
        connection.send(Rude::Dance)?;
    }
    while connection.is_open() {
        match connection.poll() {
            Some(Event::Message(ToClient::Rejected { text })) => println!("No: {text}."),
            Some(Event::Closed(reason)) => println!("{reason}"),
            Some(_) => {}
            None => std::thread::sleep(Duration::from_millis(16)),
        }
    }
    Ok(())
}
// ANCHOR_END: main
// ANCHOR_END: all
