//! tarpc: the echo as a remote procedure call, with bincode as in its own examples.
//! Server and client are both its own, because the wire is.

use std::net::SocketAddr;
use std::pin::Pin;
use std::task;

use anyhow::{Context, Result};
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use tarpc::client::{Config, RpcError};
use tarpc::server::{BaseChannel, Channel};
use tarpc::tokio_serde::formats::Bincode;
use tarpc::tokio_util::codec::LengthDelimitedCodec;
use tarpc::{context, serde_transport};
use tokio::net::{TcpListener, TcpStream};

use crate::pipe::Pipe;

#[tarpc::service]
trait Echo {
    async fn echo(x: f64, y: f64, id: u32) -> (f64, f64, u32);
}

#[derive(Clone)]
struct Wall;

impl Echo for Wall {
    async fn echo(self, _: context::Context, x: f64, y: f64, id: u32) -> (f64, f64, u32) {
        (x, y, id)
    }
}

pub async fn serve(listener: TcpListener) -> Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let framed = LengthDelimitedCodec::builder().new_framed(stream);
        let channel = BaseChannel::with_defaults(serde_transport::new(framed, Bincode::default()));
        tokio::spawn(channel.execute(Wall.serve()).for_each(|call| async {
            tokio::spawn(call);
        }));
    }
}

/// A call that is under way.
struct Call(BoxFuture<'static, Result<(f64, f64, u32), RpcError>>);

impl Future for Call {
    type Output = Result<(f64, f64, u32), RpcError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut task::Context<'_>) -> task::Poll<Self::Output> {
        self.0.poll_unpin(context)
    }
}

/// A client of it.
pub struct Caller {
    client: EchoClient,
    calls: FuturesUnordered<Call>,
}

impl Caller {
    pub async fn connect(addr: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(addr).await?;
        stream.set_nodelay(true)?;
        let framed = LengthDelimitedCodec::builder().new_framed(stream);
        let transport = serde_transport::new(framed, Bincode::default());
        let client = EchoClient::new(Config::default(), transport).spawn();
        Ok(Self { client, calls: FuturesUnordered::new() })
    }
}

impl Pipe for Caller {
    async fn push(&mut self, count: usize) -> Result<()> {
        for _ in 0..count {
            let client = self.client.clone();
            let call = async move { client.echo(context::current(), 103.25, -7.5, 70_001).await };
            self.calls.push(Call(call.boxed()));
        }
        Ok(())
    }

    async fn pull(&mut self) -> Result<usize> {
        self.calls.next().await.context("no call is under way")??;
        let mut count = 1;
        while let Some(Some(answer)) = self.calls.next().now_or_never() {
            answer?;
            count += 1;
        }
        Ok(count)
    }
}
