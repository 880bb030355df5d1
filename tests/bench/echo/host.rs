//! [`Host`]: a server to be measured, on a thread of its own. Who measures it is not known here.

use std::io;
use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::BytesMut;
use repod::proto::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::protocol::{BUFFER, Cave, next_frame};
use crate::runtime;

/// A server on a thread and a runtime of its own. Dropping it ends the server.
pub struct Host {
    pub addr: SocketAddr,
    /// The kernel's number of the thread.
    thread_number: Option<String>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What a [`Host`] serves with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    Bare,
    Ours,
}

impl Host {
    pub fn start(kind: Kind) -> io::Result<Self> {
        let (stop, stopped) = oneshot::channel();
        let (bound, is_bound) = mpsc::channel();
        let work = move || {
            runtime().block_on(async {
                let result = match kind {
                    Kind::Bare => serve_bare(bound, stopped).await,
                    Kind::Ours => serve_ours(bound, stopped).await,
                };
                if let Err(error) = result {
                    eprintln!("the server failed: {error}");
                }
            });
        };
        // With a name of its own the thread can be told from the others in a profile.
        let name = format!("{kind:?}").to_lowercase();
        let thread = std::thread::Builder::new().name(name).spawn(work)?;
        let (addr, thread_number) = is_bound.recv().map_err(io::Error::other)?;
        Ok(Self { addr, thread_number, stop: Some(stop), thread: Some(thread) })
    }

    /// How long the thread has been on a core; only known on Linux.
    pub fn busy(&self) -> Option<Duration> {
        let number = self.thread_number.as_ref()?;
        let stat = std::fs::read_to_string(format!("/proc/self/task/{number}/schedstat")).ok()?;
        let nanoseconds = stat.split_whitespace().next()?.parse().ok()?;
        Some(Duration::from_nanos(nanoseconds))
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// All limits are at their defaults but the rate: here a client may send as fast as it can.
async fn serve_ours(
    bound: mpsc::Sender<(SocketAddr, Option<String>)>,
    stopped: oneshot::Receiver<()>,
) -> repod::Result {
    let limits = Limits::server().rate(None);
    let server = repod::serve(Cave).limits(limits).bind("127.0.0.1:0").await?;
    bound.send((server.local_addr(), thread_number()))?;
    let _ = stopped.await;
    Ok(())
}

async fn serve_bare(
    bound: mpsc::Sender<(SocketAddr, Option<String>)>,
    stopped: oneshot::Receiver<()>,
) -> repod::Result {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    bound.send((listener.local_addr()?, thread_number()))?;
    let accept = async {
        loop {
            let (stream, _) = listener.accept().await?;
            // An error means that the client is gone, and it went in peace.
            tokio::spawn(async move { echo_frames(stream).await.is_ok() });
        }
    };
    tokio::select! {
        result = accept => result,
        _ = stopped => Ok(()),
    }
}

/// Greets, and writes back every frame without looking at what it holds.
async fn echo_frames(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.write_all(GREETING).await?;
    let mut buffer = BytesMut::new();
    let mut out = Vec::new();
    loop {
        buffer.reserve(BUFFER);
        if stream.read_buf(&mut buffer).await? == 0 {
            return Ok(());
        }
        while let Some(frame) = next_frame(&mut buffer) {
            out.extend_from_slice(&frame);
        }
        stream.write_all(&out).await?;
        out.clear();
    }
}

fn thread_number() -> Option<String> {
    let link = std::fs::read_link("/proc/thread-self").ok()?;
    Some(link.file_name()?.to_str()?.to_owned())
}

/// So that the client finds both servers alike.
const GREETING: &[u8] = b"\x00\x00\x00\x12\x81\xa6action\xa9connected";
