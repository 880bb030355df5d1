//! The echo path over memory, in one thread: what is left when sockets are taken away. It is run under callgrind, which counts its
//! instructions; time is not measured here.

use std::io;
use std::net::SocketAddr;

use anyhow::{Result, bail};
use repod::proto::SocketLimits;
use tokio::io::DuplexStream;
use tokio::sync::mpsc;

use crate::load::Load;
use crate::peers::{Cave, Kind, echo_frames, limits};
use crate::pipe::Pipe;
use crate::protocol::Payload;
use crate::serving::runtime;

/// A listener whose connections are made in memory.
pub struct Memory(pub mpsc::Receiver<DuplexStream>);

impl repod::Listener for Memory {
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

    fn prepare(_: &DuplexStream, _: &SocketLimits) -> io::Result<()> {
        Ok(())
    }
}

/// Lets so many windows of messages go there and back.
pub fn run(kind: Kind, window: usize, count: usize) -> Result<()> {
    runtime()?.block_on(async {
        let (near, far) = tokio::io::duplex(64 * 1024);
        let (door, listener) = mpsc::channel(1);
        let _server = match kind {
            Kind::Bare => {
                tokio::spawn(echo_frames(far));
                None
            }
            Kind::Ours => {
                door.send(far).await?;
                Some(repod::serve(Cave).limits(limits()).listen(Memory(listener))?)
            }
            _ => bail!("{} needs sockets", kind.name()),
        };
        let mut load = Load::over(near, Payload::Echo).await?;
        for _ in 0..count {
            load.push(window).await?;
            let mut back = 0;
            while back < window {
                back += load.pull().await?;
            }
        }
        Ok(())
    })
}
