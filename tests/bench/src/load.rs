//! [`Load`]: a client written by hand over tokio. It knows the wire, and nothing of any server.

use std::net::SocketAddr;

use anyhow::{Result, ensure};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::pipe::Pipe;
use crate::protocol::Payload;
use crate::wire::{Prefix, answer};

/// Sends frames that were made before, and compares what comes back.
pub struct Load<S> {
    stream: S,
    prefix: Prefix,
    /// So many frames as a window may have.
    frames: Vec<u8>,
    /// The bytes of one.
    len: usize,
    /// What has come and is not whole.
    buffer: Vec<u8>,
    /// Where it ends.
    filled: usize,
}

impl Load<TcpStream> {
    /// A connection to a server that greets.
    pub async fn connect(addr: SocketAddr, payload: Payload) -> Result<Self> {
        let stream = TcpStream::connect(addr).await?;
        stream.set_nodelay(true)?;
        Self::over(stream, payload).await
    }

    /// A connection to a server that does not, with frames of its own kind.
    pub async fn mute(addr: SocketAddr, payload: Payload, prefix: Prefix) -> Result<Self> {
        let stream = TcpStream::connect(addr).await?;
        stream.set_nodelay(true)?;
        Self::new(stream, payload, prefix)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Load<S> {
    pub async fn over(stream: S, payload: Payload) -> Result<Self> {
        let mut load = Self::new(stream, payload, Prefix::Four)?;
        loop {
            load.read().await?;
            if let Some(whole) = load.prefix.first(&load.buffer[..load.filled]) {
                let hello = answer(&load.buffer[..whole])?;
                ensure!(whole == load.filled, "more than a greeting");
                load.filled = 0;
                load.stream.write_all(hello).await?;
                return Ok(load);
            }
        }
    }

    fn new(stream: S, payload: Payload, prefix: Prefix) -> Result<Self> {
        let frame = prefix.frame(&payload.bytes()?);
        let len = frame.len();
        Ok(Self { stream, prefix, frames: frame.repeat(WINDOW), len, buffer: vec![0; BUFFER], filled: 0 })
    }

    async fn read(&mut self) -> Result<()> {
        let count = self.stream.read(&mut self.buffer[self.filled..]).await?;
        ensure!(count > 0, "the server closed the connection");
        self.filled += count;
        Ok(())
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Pipe for Load<S> {
    async fn push(&mut self, count: usize) -> Result<()> {
        self.stream.write_all(&self.frames[..count * self.len]).await?;
        Ok(())
    }

    async fn pull(&mut self) -> Result<usize> {
        loop {
            self.read().await?;
            let (mut start, mut count) = (0, 0);
            while let Some(whole) = self.prefix.first(&self.buffer[start..self.filled]) {
                let frame = &self.buffer[start..start + whole];
                ensure!(frame == &self.frames[..self.len], "not what was sent: {frame:?}");
                start += whole;
                count += 1;
            }
            self.buffer.copy_within(start..self.filled, 0);
            self.filled -= start;
            if count > 0 {
                return Ok(count);
            }
        }
    }
}

/// The largest window.
pub const WINDOW: usize = 256;

/// How much is read at once.
const BUFFER: usize = 64 * 1024;
