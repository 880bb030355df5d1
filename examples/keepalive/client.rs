//! The client of `keepalive`: it answers, and leaves a server that does not ask any more.

use std::time::{Duration, Instant};

use repod::{Connection, ConnectionError, prelude::*};

use crate::protocol::{ToClient, ToClientHandler, ToServer};

/// Answers pings, if it has not dozed off.
#[derive(Default)]
pub struct Visitor {
    server: Option<Peer<ToServer>>,
    heard: Option<Instant>,
    pub is_asleep: bool,
    pub pings: u32,
    /// Why the connection is over.
    pub ending: Option<String>,
}

impl Client for Visitor {
    type Incoming = ToClient;
    type Outgoing = ToServer;

    fn on_connect(&mut self, server: &Peer<ToServer>) -> repod::Result {
        self.server = Some(server.clone());
        self.heard = Some(Instant::now());
        Ok(())
    }

    fn on_close(&mut self, reason: CloseReason) {
        self.ending = Some(reason.to_string());
    }

    fn on_error(&mut self, error: ConnectionError) {
        self.ending = Some(error.to_string());
    }
}

impl ToClientHandler for Visitor {
    fn on_ping(&mut self) -> repod::Result {
        self.pings += 1;
        self.heard = Some(Instant::now());
        if !self.is_asleep {
            self.server.as_ref().ok_or("a ping came before the connection")?.send(ToServer::Pong)?;
        }
        Ok(())
    }
}

/// Handles what has come, and leaves a server that was silent for `patience`; `false` when the connection is over.
pub fn go_on(connection: &mut Connection<Visitor>, visitor: &mut Visitor, patience: Duration) -> bool {
    if visitor.heard.is_some_and(|heard| heard.elapsed() > patience) {
        connection.server().close(CloseReason::Timeout(patience));
    }
    connection.pump(visitor).is_open()
}

/// Answers until the connection is over.
pub fn visit(addr: &str, patience: Duration) -> repod::Result {
    let mut connection = repod::connect::<Visitor>(addr);
    let mut visitor = Visitor::default();
    let mut told = 0;
    while go_on(&mut connection, &mut visitor, patience) {
        if visitor.pings > told {
            told = visitor.pings;
            println!("ping {told}");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    match visitor.ending {
        Some(ending) => Err(ending.into()),
        None => Ok(()),
    }
}
