//! The demo of `chat`: three bots have a short conversation, and say what each of them heard.

use std::time::{Duration, Instant};

use repod::prelude::*;

use crate::protocol::{ToClient, ToClientHandler, ToServer};
use crate::server::Room;

/// A participant that notes what it hears.
struct Bot {
    name: &'static str,
    players: Vec<String>,
    heard: Vec<String>,
}

impl Client for Bot {
    type Incoming = ToClient;
    type Outgoing = ToServer;

    fn on_connect(&mut self, server: &Peer<ToServer>) -> repod::Result {
        server.send(ToServer::Nickname { nickname: self.name.to_owned() })?;
        Ok(())
    }
}

impl ToClientHandler for Bot {
    fn on_system(&mut self, text: String) -> repod::Result {
        println!("{:>5} hears: * {text}", self.name);
        self.heard.push(text);
        Ok(())
    }

    fn on_players(&mut self, list: Vec<String>) -> repod::Result {
        self.players = list;
        Ok(())
    }

    fn on_message(&mut self, text: String, nickname: String) -> repod::Result {
        println!("{:>5} hears: {nickname}: {text}", self.name);
        self.heard.push(format!("{nickname}: {text}"));
        Ok(())
    }
}

struct Seat {
    bot: Bot,
    connection: repod::Connection<Bot>,
}

pub fn demo() -> repod::Result {
    let server = Room::default().spawn("127.0.0.1:0")?;
    let mut seats: Vec<Seat> = ["Ada", "Bob", "Cleo"]
        .into_iter()
        .map(|name| Seat {
            bot: Bot { name, players: Vec::new(), heard: Vec::new() },
            connection: repod::connect(server.local_addr()),
        })
        .collect();
    let all_named =
        |bot: &Bot| ["Ada", "Bob", "Cleo"].iter().all(|name| bot.players.iter().any(|player| player == name));
    wait(&mut seats, "all to be named", all_named)?;

    let conversation = ["Hello everyone!", "Hi Ada!", "Good to see you both."];
    for (index, text) in conversation.into_iter().enumerate() {
        let speaker = &seats[index];
        let line = format!("{}: {text}", speaker.bot.name);
        speaker.connection.send(ToServer::Message { text: text.to_owned() })?;
        wait(&mut seats, &line, |bot| bot.heard.contains(&line))?;
    }

    // Cleo leaves.
    seats.truncate(2);
    wait(&mut seats, "Cleo to leave", |bot| bot.heard.iter().any(|line| line == "Cleo left the chat"))?;
    wait(&mut seats, "a list without her", |bot| bot.players.len() == 2)
}

fn wait(seats: &mut [Seat], what: &str, is_done: impl Fn(&Bot) -> bool) -> repod::Result {
    let start = Instant::now();
    while !seats.iter().all(|seat| is_done(&seat.bot)) {
        if start.elapsed() > Duration::from_secs(10) {
            return Err(format!("waited ten seconds for {what}").into());
        }
        for seat in seats.iter_mut() {
            if !seat.connection.pump(&mut seat.bot).is_open() {
                return Err(format!("{} lost the connection", seat.bot.name).into());
            }
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}
