//! tokio-tungstenite: the echo over a WebSocket, with serde's tagged enum in binary messages.
//! Server and client are both its own, because the wire is.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use bytes::Bytes;
use futures_util::{FutureExt, SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::pipe::Pipe;
use crate::protocol::{Payload, Tagged};

pub async fn serve(listener: TcpListener) -> Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(async move { echo(stream).await.is_ok() });
    }
}

async fn echo(stream: TcpStream) -> Result<()> {
    let mut socket = tokio_tungstenite::accept_async(stream).await?;
    while let Some(message) = socket.next().await {
        if let Message::Binary(bytes) = message? {
            let answer = rmp_serde::from_slice::<Tagged>(&bytes)?.answer();
            socket.send(Message::Binary(rmp_serde::to_vec_named(&answer)?.into())).await?;
        }
    }
    Ok(())
}

/// A client of it.
pub struct Socket {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    payload: Bytes,
}

impl Socket {
    pub async fn connect(addr: SocketAddr, payload: Payload) -> Result<Self> {
        let (socket, _) = tokio_tungstenite::connect_async_with_config(format!("ws://{addr}"), None, true).await?;
        Ok(Self { socket, payload: payload.bytes()?.into() })
    }
}

impl Pipe for Socket {
    async fn push(&mut self, count: usize) -> Result<()> {
        for _ in 0..count {
            self.socket.feed(Message::Binary(self.payload.clone())).await?;
        }
        self.socket.flush().await?;
        Ok(())
    }

    async fn pull(&mut self) -> Result<usize> {
        self.socket.next().await.context("the server is gone")??;
        let mut count = 1;
        while let Some(Some(message)) = self.socket.next().now_or_never() {
            message?;
            count += 1;
        }
        Ok(count)
    }
}
