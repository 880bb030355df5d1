//! [`Rival`]: a server together with the client that fits it. What is measured between the two is not known here.

use std::time::Duration;

use anyhow::Result;
use tokio::net::TcpStream;
use tokio::runtime::Runtime;

use crate::cores::Cores;
use crate::host::Host;
use crate::load::Load;
use crate::peers::{Asker, Caller, Kind, Socket};
use crate::pipe::{pipelined, round_trips};
use crate::protocol::Payload;
use crate::serving::runtime;
use crate::wire::Prefix;

/// A server at work, and whose client it gets.
pub struct Rival {
    pub name: &'static str,
    pub host: Host,
    runtime: Runtime,
    client: Side,
    kind: Kind,
}

/// Whose client is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// One that is written by hand for the wire of the server, or the server's own if the wire is too.
    Fitting,
    /// repod's.
    Ours,
}

/// The name of the rival whose client is ours as well.
pub const BOTH: &str = "repod, both sides";

impl Rival {
    pub fn start(kind: Kind, client: Side, cores: Cores) -> Result<Self> {
        let name = if client == Side::Ours { BOTH } else { kind.name() };
        let host = Host::start(kind)?;
        host.bind(cores)?;
        cores.bind_client()?;
        Ok(Self { name, host, runtime: runtime()?, client, kind })
    }

    /// Our server with the hand-written client and with ours, and the floor before it.
    pub fn few(cores: Cores) -> Result<Vec<Self>> {
        let fitting = |kind| Self::start(kind, Side::Fitting, cores);
        Ok(vec![fitting(Kind::Bare)?, fitting(Kind::Ours)?, Self::start(Kind::Ours, Side::Ours, cores)?])
    }

    /// The same, and all peers. A peer that cannot be had is left out, after saying so.
    pub fn all(cores: Cores) -> Result<Vec<Self>> {
        let mut rivals = Self::few(cores)?;
        for kind in PEERS {
            match Self::start(kind, Side::Fitting, cores) {
                Ok(rival) => rivals.push(rival),
                Err(error) => eprintln!("!! without {}: {error:#}", kind.name()),
            }
        }
        Ok(rivals)
    }

    pub fn round_trips(&self, payload: Payload, time: Duration) -> Result<Vec<Duration>> {
        let addr = self.host.addr;
        self.runtime.block_on(async {
            match (self.client, self.kind) {
                (Side::Ours, _) => round_trips(&mut Asker::connect(addr).await?, time).await,
                (_, Kind::WebSocket) => round_trips(&mut Socket::connect(addr, payload).await?, time).await,
                (_, Kind::Rpc) => round_trips(&mut Caller::connect(addr).await?, time).await,
                _ => round_trips(&mut self.load(payload).await?, time).await,
            }
        })
    }

    pub fn pipelined(&self, payload: Payload, window: usize, time: Duration) -> Result<usize> {
        let addr = self.host.addr;
        self.runtime.block_on(async {
            match (self.client, self.kind) {
                (Side::Ours, _) => pipelined(&mut Asker::connect(addr).await?, window, time).await,
                (_, Kind::WebSocket) => pipelined(&mut Socket::connect(addr, payload).await?, window, time).await,
                (_, Kind::Rpc) => pipelined(&mut Caller::connect(addr).await?, window, time).await,
                _ => pipelined(&mut self.load(payload).await?, window, time).await,
            }
        })
    }

    async fn load(&self, payload: Payload) -> Result<Load<TcpStream>> {
        match self.kind {
            Kind::MessageIo => Load::mute(self.host.addr, payload, Prefix::Varint).await,
            _ => Load::connect(self.host.addr, payload).await,
        }
    }
}

const PEERS: [Kind; 7] =
    [Kind::Inline, Kind::CodecSend, Kind::CodecFeed, Kind::Python, Kind::WebSocket, Kind::Rpc, Kind::MessageIo];
