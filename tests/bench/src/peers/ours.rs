//! Our server as a user would write it, and what our client needs. All limits are at their defaults but the rate: here a client may
//! send as fast as it can; and but the admission: all clients come from one machine.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Result, bail, ensure};
use repod::prelude::*;
use repod::proto::{Admission, Limits};
use repod::{Connection, Event};
use tokio::net::{TcpListener, TcpStream};

use crate::pipe::Pipe;
use crate::protocol::{Answer, AnswerHandler, Call, CallHandler};

pub async fn serve(listener: TcpListener) -> Result<()> {
    let server = repod::serve(Cave).limits(limits()).listen(listener)?;
    server.await?;
    Ok(())
}

pub fn limits() -> Limits {
    let many = 1 << 16;
    let admission = Admission { connections: many, per_address: many, ..Admission::default() };
    Limits::server().rate(None).admission(Admission {
        opened_per_second: many as u32,
        opened_at_once: many as u32,
        ..admission
    })
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

    async fn on_go(&mut self, n: u16) -> repod::Result {
        self.peer.send(Answer::Go { n })?;
        Ok(())
    }

    async fn on_say(&mut self, text: String) -> repod::Result {
        self.peer.send(Answer::Say { text })?;
        Ok(())
    }

    async fn on_shout(&mut self, x: f64, y: f64, id: u32) -> repod::Result {
        self.peer.peers().send(Answer::Echo { x, y, id })?;
        Ok(())
    }
}

/// The program of our client; it counts what it hears.
#[derive(Default)]
pub struct Shouter {
    pub heard: u64,
}

impl Client for Shouter {
    type Incoming = Answer;
    type Outgoing = Call;
}

impl AnswerHandler for Shouter {
    fn on_echo(&mut self, _: f64, _: f64, _: u32) -> repod::Result {
        self.heard += 1;
        Ok(())
    }

    fn on_go(&mut self, _: u16) -> repod::Result {
        Ok(())
    }

    fn on_say(&mut self, _: String) -> repod::Result {
        Ok(())
    }
}

/// Our client as a pipe, on the runtime of the caller.
pub struct Asker {
    connection: Connection<Shouter>,
}

impl Asker {
    pub async fn connect(addr: SocketAddr) -> Result<Self> {
        let dial = async move {
            let stream = TcpStream::connect(addr).await?;
            stream.set_nodelay(true)?;
            Ok(stream)
        };
        let mut connection = repod::connect_over::<Shouter, _>(dial, Limits::client());
        let first = connection.next().await;
        ensure!(matches!(first, Some(Event::Connected)), "no connection: {first:?}");
        Ok(Self { connection })
    }
}

impl Pipe for Asker {
    async fn push(&mut self, count: usize) -> Result<()> {
        for _ in 0..count {
            self.connection.send(Call::Echo { x: 103.25, y: -7.5, id: 70_001 })?;
        }
        Ok(())
    }

    async fn pull(&mut self) -> Result<usize> {
        let mut event = self.connection.next().await;
        let mut count = 0;
        while let Some(one) = event {
            match one {
                Event::Message(Answer::Echo { .. }) => count += 1,
                other => bail!("not an answer: {other:?}"),
            }
            event = self.connection.poll();
        }
        ensure!(count > 0, "the server is gone");
        Ok(count)
    }
}
