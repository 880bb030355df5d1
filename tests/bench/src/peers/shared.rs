//! A hand-written broadcast that encodes once and wakes a task for each receiver, which shares the bytes.
//! It writes all that waits for a receiver in one go.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use anyhow::Result;
use bytes::Bytes;
use tokio::io::AsyncWriteExt;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::LocalSet;

use super::frames::next_messages;
use crate::wire::GREETING;

/// Everybody who is connected.
#[derive(Clone, Default)]
struct Receivers(Rc<RefCell<BTreeMap<u64, mpsc::UnboundedSender<Bytes>>>>);

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
    let (mut source, sink) = stream.into_split();
    let (sender, queue) = mpsc::unbounded_channel();
    sender.send(Bytes::from_static(GREETING))?;
    receivers.0.borrow_mut().insert(id, sender);
    tokio::task::spawn_local(async move { write(sink, queue).await.is_ok() });
    let mut buffer = Vec::new();
    loop {
        for message in next_messages(&mut source, &mut buffer).await? {
            let frame = Bytes::from(message.answer().frame()?);
            for receiver in receivers.0.borrow().values() {
                // Whose connection is broken, its own task finds out.
                let _ = receiver.send(frame.clone());
            }
        }
    }
}

async fn write(mut sink: OwnedWriteHalf, mut queue: mpsc::UnboundedReceiver<Bytes>) -> Result<()> {
    let mut out = Vec::new();
    while let Some(first) = queue.recv().await {
        out.extend_from_slice(&first);
        while let Ok(next) = queue.try_recv() {
            out.extend_from_slice(&next);
        }
        sink.write_all(&out).await?;
        out.clear();
    }
    Ok(())
}
