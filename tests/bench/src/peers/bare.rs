//! The floor: a tokio loop that finds frames by their length and writes them back, one write for each read.
//! It does not look at what they hold: little that moves messages over TCP can cost less.

use std::io;

use anyhow::Result;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::wire::{GREETING, Prefix};

pub async fn serve(listener: TcpListener) -> Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        // An error means that the client is gone, and it went in peace.
        tokio::spawn(async move { echo_frames(stream).await.is_ok() });
    }
}

/// Greets, and writes back every whole frame.
pub async fn echo_frames(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
    stream.write_all(GREETING).await?;
    let mut buffer = Vec::with_capacity(FIRST);
    loop {
        if buffer.capacity() - buffer.len() < FIRST / 2 {
            buffer.reserve(MORE);
        }
        if stream.read_buf(&mut buffer).await? == 0 {
            return Ok(());
        }
        let mut whole = 0;
        while let Some(len) = Prefix::Four.first(&buffer[whole..]) {
            whole += len;
        }
        stream.write_all(&buffer[..whole]).await?;
        buffer.drain(..whole);
    }
}

/// What a connection reads into at first, and how much more it takes when that is half full.
const FIRST: usize = 4 * 1024;
const MORE: usize = 64 * 1024;
