//! The client of `lag_time`: it answers ten pings and leaves.

use std::time::Duration;

use repod::prelude::*;

use crate::protocol::{Lag, LagHandler};

#[derive(Default)]
pub struct Answerer {
    server: Option<Peer<Lag>>,
    pub answered: u32,
}

impl Client for Answerer {
    type Incoming = Lag;
    type Outgoing = Lag;

    fn on_connect(&mut self, server: &Peer<Lag>) -> repod::Result {
        self.server = Some(server.clone());
        Ok(())
    }

    fn on_close(&mut self, reason: CloseReason) {
        println!("disconnected: {reason}");
    }
}

impl LagHandler for Answerer {
    fn on_ping(&mut self, count: u32) -> repod::Result {
        let server = self.server.as_ref().ok_or("a ping came before the connection")?;
        println!("ping {count}");
        server.send(Lag::Ping { count })?;
        self.answered += 1;
        if self.answered == PINGS {
            server.close("measured");
        }
        Ok(())
    }
}

/// Answers until the connection is over, and says how many pings came.
pub fn answer(addr: &str) -> u32 {
    let mut connection = repod::connect::<Answerer>(addr);
    let mut answerer = Answerer::default();
    while connection.pump(&mut answerer).is_open() {
        std::thread::sleep(Duration::from_millis(1));
    }
    answerer.answered
}

/// After so many pings the client has seen enough.
pub const PINGS: u32 = 10;
