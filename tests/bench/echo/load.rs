//! [`Load`]: the client that measures both servers. It is written by hand, knows their wire, and nothing of either.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::protocol::{BUFFER, Call, next_frame};

/// Sends frames that were made before, and compares what comes back.
pub struct Load {
    stream: TcpStream,
    frames: Vec<Vec<u8>>,
    buffer: BytesMut,
}

impl Load {
    pub async fn connect(addr: SocketAddr) -> io::Result<Self> {
        let frame = |id| repod::encode(&Call::new(id)).expect("it is plain data");
        let mut load = Self {
            stream: TcpStream::connect(addr).await?,
            frames: (0..Self::WINDOW).map(frame).collect(),
            buffer: BytesMut::new(),
        };
        load.stream.set_nodelay(true)?;
        let greeting = load.receive().await?;
        let is_greeting = greeting.windows(9).any(|part| part == b"connected");
        assert!(is_greeting, "not a greeting: {greeting:?}");
        Ok(load)
    }

    /// How many messages are under way in a pipeline.
    pub const WINDOW: u32 = 256;

    /// One message at a time, and how long each was under way.
    pub async fn round_trips(&mut self, time: Duration) -> io::Result<Vec<Duration>> {
        let mut took = Vec::new();
        let end = Instant::now() + time;
        loop {
            let start = Instant::now();
            if start >= end {
                return Ok(took);
            }
            self.stream.write_all(&self.frames[0]).await?;
            let frame = self.receive().await?;
            took.push(start.elapsed());
            assert_eq!(frame, self.frames[0]);
        }
    }

    /// A whole window under way all the time: for each message that comes back the next one is sent, for all that came at once
    /// in one write. Says how many came back.
    pub async fn pipelined(&mut self, time: Duration) -> io::Result<usize> {
        let end = Instant::now() + time;
        let (mut sent, mut back) = (self.frames.len(), 0);
        let mut out = self.frames.concat();
        while back < sent {
            self.stream.write_all(&out).await?;
            out.clear();
            self.read().await?;
            let is_over = Instant::now() >= end;
            while let Some(frame) = next_frame(&mut self.buffer) {
                assert_eq!(frame, self.frames[back % self.frames.len()]);
                back += 1;
                if !is_over {
                    out.extend_from_slice(&self.frames[sent % self.frames.len()]);
                    sent += 1;
                }
            }
        }
        Ok(back)
    }

    /// The next frame.
    async fn receive(&mut self) -> io::Result<BytesMut> {
        loop {
            if let Some(frame) = next_frame(&mut self.buffer) {
                return Ok(frame);
            }
            self.read().await?;
        }
    }

    async fn read(&mut self) -> io::Result<()> {
        self.buffer.reserve(BUFFER);
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}
