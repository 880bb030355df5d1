//! The server of `echo`: it sends back what it gets.

use std::sync::Arc;

use repod::prelude::*;

use crate::protocol::{Sound, SoundHandler};

pub struct Cave;

pub struct Wall {
    peer: Peer<Sound>,
}

impl Server for Cave {
    type Channel = Wall;

    fn channel(self: &Arc<Self>, peer: Peer<Sound>) -> Wall {
        Wall { peer }
    }
}

impl Channel for Wall {
    type Incoming = Sound;
    type Outgoing = Sound;
}

impl SoundHandler for Wall {
    fn on_echo(&mut self, x: f64, y: f64, id: u32) -> repod::Result {
        self.peer.send(Sound::Echo { x, y, id })?;
        Ok(())
    }
}
