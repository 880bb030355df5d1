//! The messages of the echo, our server of it as a user would write it, and their frames.
//! Neither sockets nor clocks.

use std::sync::Arc;

use bytes::BytesMut;
use repod::prelude::*;

#[derive(Action)]
pub enum Call {
    Echo { x: f64, y: f64, id: u32 },
}

#[derive(Action)]
#[action(sync)]
pub enum Answer {
    Echo { x: f64, y: f64, id: u32 },
}

impl Call {
    pub fn new(id: u32) -> Self {
        Self::Echo { x: f64::from(id) / 2.0, y: -f64::from(id), id }
    }
}

pub struct Cave;

pub struct Wall {
    peer: Peer<Answer>,
}

impl Server for Cave {
    type Channel = Wall;

    fn channel(self: &Arc<Self>, peer: Peer<Answer>) -> Wall {
        Wall { peer }
    }
}

impl Channel for Wall {
    type Incoming = Call;
    type Outgoing = Answer;
}

impl CallHandler for Wall {
    async fn on_echo(&mut self, x: f64, y: f64, id: u32) -> repod::Result {
        self.peer.send(Answer::Echo { x, y, id })?;
        Ok(())
    }
}

/// Only names the types of our client, which polls.
pub struct Shouter;

impl Client for Shouter {
    type Incoming = Answer;
    type Outgoing = Call;
}

impl AnswerHandler for Shouter {
    fn on_echo(&mut self, _: f64, _: f64, _: u32) -> repod::Result {
        Ok(())
    }
}

/// Takes the next whole frame out of a buffer, its length prefix included.
pub fn next_frame(buffer: &mut BytesMut) -> Option<BytesMut> {
    let len = HEADER + u32::from_be_bytes(*buffer.first_chunk()?) as usize;
    (buffer.len() >= len).then(|| buffer.split_to(len))
}

/// The bytes of a length prefix.
const HEADER: usize = 4;

/// How much is read at once; more than a window.
pub const BUFFER: usize = 64 * 1024;
