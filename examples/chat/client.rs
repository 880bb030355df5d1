//! The client of `chat`: lines from standard input go to the room, and what happens there is printed.

use std::io::BufRead;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::time::Duration;

use repod::{ConnectionError, prelude::*, proto::Excerpt};

use crate::protocol::{ToClient, ToClientHandler, ToServer};

/// Prints what happens in the room.
#[derive(Default)]
pub struct Terminal {
    failed: bool,
}

impl Client for Terminal {
    type Incoming = ToClient;
    type Outgoing = ToServer;

    fn on_connect(&mut self, server: &Peer<ToServer>) -> repod::Result {
        println!("connected to {}", server.addr());
        Ok(())
    }

    fn on_close(&mut self, reason: CloseReason) {
        println!("disconnected: {reason}");
    }

    fn on_error(&mut self, error: ConnectionError) {
        eprintln!("{error}");
        self.failed |= matches!(error, ConnectionError::Connect(_));
    }
}

// What others wrote is shown without the terminal's control characters, which could forge lines.
impl ToClientHandler for Terminal {
    fn on_system(&mut self, text: String) -> repod::Result {
        println!("* {}", printable(&text));
        Ok(())
    }

    fn on_players(&mut self, list: Vec<String>) -> repod::Result {
        println!("players: {}", printable(&list.join(", ")));
        Ok(())
    }

    fn on_message(&mut self, text: String, nickname: String) -> repod::Result {
        println!("{}: {}", Excerpt::of(&nickname), printable(&text));
        Ok(())
    }
}

fn printable(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).collect()
}

/// Chats until the input ends or the connection does. The first line is the nickname.
pub fn chat(addr: &str) -> repod::Result {
    let lines = lines_of_input();
    let mut connection = repod::connect::<Terminal>(addr);
    let mut terminal = Terminal::default();
    let mut is_named = false;
    let mut is_leaving = false;
    while connection.pump(&mut terminal).is_open() {
        match lines.try_recv() {
            Ok(line) if is_named => connection.send(ToServer::Message { text: line })?,
            Ok(line) => {
                connection.send(ToServer::Nickname { nickname: line })?;
                is_named = true;
            }
            Err(TryRecvError::Disconnected) if !is_leaving => {
                // What was sent goes out before the connection closes.
                connection.close();
                is_leaving = true;
            }
            Err(_) => std::thread::sleep(Duration::from_millis(10)),
        }
    }
    if terminal.failed {
        std::process::exit(1);
    }
    Ok(())
}

/// The lines of standard input. Reading it blocks, so a thread does that.
fn lines_of_input() -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}
