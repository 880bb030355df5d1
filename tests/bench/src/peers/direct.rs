//! A hand-written broadcast that encodes once and writes directly to each socket, in the task of the sender.
//! Only what a socket does not take waits for that socket's own task.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::rc::Rc;

use anyhow::Result;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::LocalSet;

use super::frames::next_messages;
use crate::wire::GREETING;

/// Everybody who is connected.
#[derive(Clone, Default)]
struct Receivers(Rc<RefCell<BTreeMap<u64, Rc<Receiver>>>>);

struct Receiver {
    socket: OwnedWriteHalf,
    backlog: RefCell<Vec<u8>>,
    is_behind: Notify,
}

pub async fn serve(listener: TcpListener) -> Result<()> {
    LocalSet::new().run_until(accept(listener)).await
}

async fn accept(listener: TcpListener) -> Result<()> {
    let receivers = Receivers::default();
    for id in 0.. {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let receivers = receivers.clone();
        tokio::task::spawn_local(async move {
            let is_well = converse(stream, id, &receivers).await.is_ok();
            receivers.0.borrow_mut().remove(&id);
            is_well
        });
    }
    Ok(())
}

async fn converse(stream: TcpStream, id: u64, receivers: &Receivers) -> Result<()> {
    let (mut source, socket) = stream.into_split();
    let receiver = Rc::new(Receiver { socket, backlog: RefCell::default(), is_behind: Notify::new() });
    receiver.write(GREETING)?;
    receivers.0.borrow_mut().insert(id, receiver.clone());
    let read = async {
        let mut buffer = Vec::new();
        loop {
            let messages = next_messages(&mut source, &mut buffer).await?;
            // All that came at once goes out at once.
            let mut frames = Vec::new();
            for message in messages {
                frames.extend(message.answer().frame()?);
            }
            for receiver in receivers.0.borrow().values() {
                // Whose connection is broken, its own task finds out.
                let _ = receiver.write(&frames);
            }
        }
    };
    tokio::select! {
        ended = read => ended,
        ended = receiver.catch_up() => ended,
    }
}

impl Receiver {
    fn write(&self, bytes: &[u8]) -> Result<()> {
        let mut backlog = self.backlog.borrow_mut();
        let written = if backlog.is_empty() { written(self.socket.try_write(bytes))? } else { 0 };
        if written < bytes.len() {
            backlog.extend_from_slice(&bytes[written..]);
            self.is_behind.notify_one();
        }
        Ok(())
    }

    /// Writes what the socket did not take, for as long as the connection lives.
    async fn catch_up(&self) -> Result<()> {
        loop {
            self.is_behind.notified().await;
            while !self.backlog.borrow().is_empty() {
                self.socket.writable().await?;
                let count = written(self.socket.try_write(&self.backlog.borrow()))?;
                self.backlog.borrow_mut().drain(..count);
            }
        }
    }
}

fn written(result: io::Result<usize>) -> io::Result<usize> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
        other => other,
    }
}
