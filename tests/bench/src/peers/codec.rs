//! What a user would write by hand: tokio-util's codec and serde's tagged enum.
//! It checks nothing but the length of a frame.

use anyhow::Result;
use bytes::Bytes;
use futures_util::{FutureExt, SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::codec::{Framed, LengthDelimitedCodec};

use crate::protocol::Tagged;
use crate::wire::GREETING;

/// When what was answered is flushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writing {
    /// After each message.
    Send,
    /// When nothing more has come.
    Feed,
}

pub async fn serve(listener: TcpListener, writing: Writing) -> Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(async move { echo(stream, writing).await.is_ok() });
    }
}

async fn echo(stream: TcpStream, writing: Writing) -> Result<()> {
    let mut framed = Framed::new(stream, LengthDelimitedCodec::new());
    framed.send(Bytes::from_static(&GREETING[4..])).await?;
    while let Some(frame) = framed.next().await {
        let answer = rmp_serde::from_slice::<Tagged>(&frame?)?.answer();
        let answer = Bytes::from(rmp_serde::to_vec_named(&answer)?);
        match writing {
            Writing::Send => framed.send(answer).await?,
            Writing::Feed => {
                framed.feed(answer).await?;
                while let Some(Some(frame)) = framed.next().now_or_never() {
                    let answer = rmp_serde::from_slice::<Tagged>(&frame?)?.answer();
                    framed.feed(Bytes::from(rmp_serde::to_vec_named(&answer)?)).await?;
                }
                SinkExt::<Bytes>::flush(&mut framed).await?;
            }
        }
    }
    Ok(())
}
