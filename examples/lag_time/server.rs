//! The server of `lag_time`: it measures how long its clients take to answer.

use std::sync::Arc;
use std::time::Instant;

use repod::prelude::*;

use crate::protocol::{Lag, LagHandler};

pub struct Clock;

pub struct Echo {
    peer: Peer<Lag>,
    sent: Instant,
}

impl Server for Clock {
    type Channel = Echo;

    fn channel(self: &Arc<Self>, peer: Peer<Lag>) -> Echo {
        Echo { peer, sent: Instant::now() }
    }
}

impl Channel for Echo {
    type Incoming = Lag;
    type Outgoing = Lag;

    async fn on_connect(&mut self) -> repod::Result {
        self.ask(0)
    }
}

impl LagHandler for Echo {
    fn on_ping(&mut self, count: u32) -> repod::Result {
        println!("{}: ping {count} took {:.3} ms", self.peer.addr(), milliseconds(self.sent));
        self.ask(count.wrapping_add(1))
    }
}

impl Echo {
    fn ask(&mut self, count: u32) -> repod::Result {
        self.sent = Instant::now();
        self.peer.send(Lag::Ping { count })?;
        Ok(())
    }
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}
