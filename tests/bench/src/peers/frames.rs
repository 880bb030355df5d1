//! What the hand-written broadcasts read: all messages that came at once, decoded with serde. What becomes of them is not known here.

use anyhow::{Result, ensure};
use tokio::io::AsyncReadExt;
use tokio::net::tcp::OwnedReadHalf;

use crate::protocol::Tagged;
use crate::wire::Prefix;

/// Reads once, and decodes every whole frame; the rest stays in the buffer.
pub async fn next_messages(source: &mut OwnedReadHalf, buffer: &mut Vec<u8>) -> Result<Vec<Tagged>> {
    let count = source.read_buf(buffer).await?;
    ensure!(count > 0, "the client has left");
    let (mut start, mut messages) = (0, Vec::new());
    while let Some(len) = Prefix::Four.first(&buffer[start..]) {
        messages.push(rmp_serde::from_slice(&buffer[start + 4..start + len])?);
        start += len;
    }
    buffer.drain(..start);
    Ok(messages)
}
