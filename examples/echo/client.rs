//! The client of `echo`: it sends numbered messages and checks what comes back.

use std::time::{Duration, Instant};

use repod::{Connection, Event, prelude::*};

use crate::protocol::{Sound, SoundHandler};

/// Only names the types of the connection: this client polls events instead of having handlers called.
pub struct Shouter;

impl Client for Shouter {
    type Incoming = Sound;
    type Outgoing = Sound;
}

impl SoundHandler for Shouter {
    fn on_echo(&mut self, _x: f64, _y: f64, _id: u32) -> repod::Result {
        Ok(())
    }
}

/// Sends `count` messages, a few of them under way at a time, and returns when all have come back.
pub fn shout(addr: &str, count: u32) -> repod::Result {
    let mut connection = repod::connect::<Shouter>(addr);
    let start = Instant::now();
    let mut heard = 0;
    while heard < count {
        match connection.poll() {
            Some(Event::Connected) => {
                println!("connected to {addr}");
                for id in 0..count.min(UNDER_WAY) {
                    connection.send(sound(id))?;
                }
            }
            Some(Event::Message(echo)) => {
                if echo != sound(heard) {
                    return Err(format!("expected {:?}, got {echo:?}", sound(heard)).into());
                }
                heard += 1;
                if heard + UNDER_WAY <= count {
                    connection.send(sound(heard + UNDER_WAY - 1))?;
                }
            }
            Some(Event::Unknown(message)) => println!("unknown: {message:?}"),
            Some(Event::Error(error)) => println!("{error}"),
            // Only where reconnecting was asked for.
            Some(Event::Reconnecting { .. } | Event::Resumed(_)) => {}
            Some(Event::Failed(error)) => return Err(error.into()),
            Some(Event::Closed(reason)) => {
                return Err(format!("heard {heard} of {count}: {reason}").into());
            }
            None => wait(&connection)?,
        }
    }
    println!("heard {count} echoes in {:.1} ms", start.elapsed().as_secs_f64() * 1000.0);
    Ok(())
}

fn wait(connection: &Connection<Shouter>) -> repod::Result {
    if !connection.is_open() {
        return Err("the connection is over".into());
    }
    std::thread::sleep(Duration::from_millis(1));
    Ok(())
}

fn sound(id: u32) -> Sound {
    Sound::Echo { x: f64::from(id) / 2.0, y: -f64::from(id), id }
}

const UNDER_WAY: u32 = 64;
