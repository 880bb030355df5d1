//! An echo by hand, in one loop: it reads and writes the fields of one message where they stand, and has no limits, no other messages, and
//! nobody else to send to. So much can be had at most.

use std::io;

use anyhow::Result;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::wire::{GREETING, Prefix};

pub async fn serve(listener: TcpListener) -> Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        // An error means that the client is gone, and it went in peace.
        tokio::spawn(async move { echo(stream).await.is_ok() });
    }
}

async fn echo(mut stream: TcpStream) -> io::Result<()> {
    stream.write_all(GREETING).await?;
    let (mut buffer, mut filled, mut out) = (vec![0; BUFFER], 0, Vec::new());
    loop {
        let count = stream.read(&mut buffer[filled..]).await?;
        if count == 0 {
            return Ok(());
        }
        filled += count;
        let mut whole = 0;
        while let Some(len) = Prefix::Four.first(&buffer[whole..filled]) {
            // Whatever else comes asks for nothing.
            if let Some(message) = Echo::read(&buffer[whole + 4..whole + len]) {
                message.write(&mut out);
            }
            whole += len;
        }
        stream.write_all(&out).await?;
        out.clear();
        buffer.copy_within(whole..filled, 0);
        filled -= whole;
    }
}

/// The one message that it knows.
struct Echo {
    x: f64,
    y: f64,
    id: u32,
}

impl Echo {
    fn read(frame: &[u8]) -> Option<Self> {
        let (x, rest) = frame.strip_prefix(b"\x84\xa6action\xa4echo\xa1x\xcb")?.split_first_chunk()?;
        let (y, rest) = rest.strip_prefix(b"\xa1y\xcb")?.split_first_chunk()?;
        let (id, rest) = rest.strip_prefix(b"\xa2id\xce")?.split_first_chunk()?;
        let echo = Self { x: f64::from_be_bytes(*x), y: f64::from_be_bytes(*y), id: u32::from_be_bytes(*id) };
        (rest.is_empty() && echo.x.is_finite() && echo.y.is_finite()).then_some(echo)
    }

    fn write(&self, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(b"\0\0\0\0\x84\xa6action\xa4echo\xa1x\xcb");
        out.extend_from_slice(&self.x.to_be_bytes());
        out.extend_from_slice(b"\xa1y\xcb");
        out.extend_from_slice(&self.y.to_be_bytes());
        out.extend_from_slice(b"\xa2id\xce");
        out.extend_from_slice(&self.id.to_be_bytes());
        let len = (out.len() - start - 4) as u32;
        out[start..start + 4].copy_from_slice(&len.to_be_bytes());
    }
}

/// How much is read at once.
const BUFFER: usize = 64 * 1024;
