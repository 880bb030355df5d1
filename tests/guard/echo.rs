//! [`Room`]: a server over memory, and clients that are nothing but bytes, so that nearly all that is counted is the server's.
//! What is repeated in it is not known here.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use repod::proto::{Admission, Limits};
use repod::{Listener, Serving, prelude::*};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::sync::mpsc;

/// What clients say: it comes back to them alone, or to everybody.
#[derive(Action, Debug, Clone, PartialEq)]
pub enum Say {
    Walk { x: f64, y: f64, id: u32, name: String },
    Move { x: f64, y: f64, id: u32 },
    Call { x: f64, y: f64, id: u32 },
}

/// What the server says.
#[derive(Action, Debug, Clone, PartialEq)]
#[action(sync)]
pub enum Hear {
    Move { x: f64, y: f64, id: u32 },
}

impl Say {
    /// A message of four fields.
    pub fn sample() -> Self {
        Self::Walk { x: 103.25, y: -7.5, id: 70_001, name: "Ada".to_owned() }
    }
}

/// A server at work with its clients.
pub struct Room {
    clients: Vec<DuplexStream>,
    _server: Serving<Hall>,
    /// The frame that a client sends, so many times.
    burst: Vec<u8>,
    /// The frame that everybody is to hear.
    call: Vec<u8>,
    len: usize,
    space: Vec<u8>,
}

impl Room {
    pub async fn open(count: usize) -> repod::Result<Self> {
        let (door, listener) = mpsc::channel(1);
        let limits = Limits::server().rate(None);
        let admission = Admission { opened_at_once: 1000, ..limits.admission };
        let server = repod::serve(Hall).limits(limits.admission(admission)).listen(Memory(listener))?;
        let mut clients = Vec::new();
        for _ in 0..count {
            let (mut near, far) = tokio::io::duplex(64 * 1024);
            door.send(far).await?;
            let mut header = [0; 4];
            near.read_exact(&mut header).await?;
            near.read_exact(&mut vec![0; u32::from_be_bytes(header) as usize]).await?;
            near.write_all(HELLO).await?;
            clients.push(near);
        }
        let frame = repod::encode(&Say::Move { x: 103.25, y: -7.5, id: 70_001 })?;
        let call = repod::encode(&Say::Call { x: 103.25, y: -7.5, id: 70_001 })?;
        let (len, burst) = (frame.len(), frame.repeat(crate::scenario::BURST));
        let space = vec![0; burst.len()];
        Ok(Self { clients, _server: server, burst, call, len, space })
    }

    /// The first client says so much at once, and waits until all of it is back.
    pub async fn echo(&mut self, count: usize) -> repod::Result {
        let bytes = count * self.len;
        self.clients[0].write_all(&self.burst[..bytes]).await?;
        self.clients[0].read_exact(&mut self.space[..bytes]).await?;
        Ok(())
    }

    /// The first client says something, and everybody waits to hear it.
    pub async fn shout(&mut self) -> repod::Result {
        self.clients[0].write_all(&self.call).await?;
        for client in &mut self.clients {
            client.read_exact(&mut self.space[..self.len]).await?;
        }
        Ok(())
    }
}

/// The server program.
pub struct Hall;

pub struct Guest {
    peer: Peer<Hear>,
}

impl Server for Hall {
    type Channel = Guest;

    fn channel(self: &Arc<Self>, peer: Peer<Hear>) -> Guest {
        Guest { peer }
    }
}

impl Channel for Guest {
    type Incoming = Say;
    type Outgoing = Hear;
}

impl SayHandler for Guest {
    async fn on_walk(&mut self, _: f64, _: f64, _: u32, _: String) -> repod::Result {
        Ok(())
    }

    async fn on_move(&mut self, x: f64, y: f64, id: u32) -> repod::Result {
        self.peer.send(Hear::Move { x, y, id })?;
        Ok(())
    }

    async fn on_call(&mut self, x: f64, y: f64, id: u32) -> repod::Result {
        self.peer.peers().send(Hear::Move { x, y, id })?;
        Ok(())
    }
}

/// A client program that hears nothing.
pub struct Game;

impl Client for Game {
    type Incoming = Hear;
    type Outgoing = Say;
}

impl HearHandler for Game {
    fn on_move(&mut self, _: f64, _: f64, _: u32) -> repod::Result {
        Ok(())
    }
}

/// A listener whose connections are made in memory.
struct Memory(mpsc::Receiver<DuplexStream>);

impl Listener for Memory {
    type Stream = DuplexStream;

    async fn accept(&mut self) -> io::Result<(DuplexStream, SocketAddr)> {
        match self.0.recv().await {
            Some(stream) => Ok((stream, ([127, 0, 0, 1], 1).into())),
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(([127, 0, 0, 1], 1).into())
    }
}

const HELLO: &[u8] = b"\x00\x00\x00\x24\x82\xa6action\xabrepod.hello\xa5repod\x81\xa7version\x01";
