//! A network in memory whose connections are cut after so many bytes.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};

use repod::Listener;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};
use tokio::sync::mpsc;

/// One side of a connection. Both sides together read no more than their budget; then both are cut, and what is under way is lost.
pub struct Cable {
    inner: DuplexStream,
    budget: Arc<AtomicUsize>,
    is_stopped: Arc<AtomicBool>,
    is_clients: bool,
    token: Arc<Mutex<Vec<u8>>>,
}

impl AsyncRead for Cable {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let left = self.budget.load(Ordering::SeqCst);
        if left == 0 {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        if self.is_stopped.load(Ordering::SeqCst) {
            // Until it is cut, of which the reader is not told.
            return Poll::Pending;
        }
        let mut space = vec![0; left.min(buffer.remaining())];
        let mut part = ReadBuf::new(&mut space);
        ready!(Pin::new(&mut self.inner).poll_read(context, &mut part))?;
        if self.budget.load(Ordering::SeqCst) == 0 {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        if self.is_clients {
            // The token in an answer stands behind its name and the header of 32 bytes.
            let name = b"\xa5token\xc4\x20";
            let at = part.filled().windows(name.len()).position(|window| window == name);
            if let Some(token) = at.and_then(|at| part.filled().get(at + name.len()..at + name.len() + 32)) {
                *self.token.lock().unwrap() = token.to_vec();
            }
        }
        buffer.put_slice(part.filled());
        self.budget.fetch_sub(part.filled().len(), Ordering::SeqCst);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Cable {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.budget.load(Ordering::SeqCst) == 0 {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

/// What a server listens on.
pub struct Door(mpsc::Receiver<(Cable, SocketAddr)>);

impl Listener for Door {
    type Stream = Cable;

    async fn accept(&mut self) -> io::Result<(Cable, SocketAddr)> {
        match self.0.recv().await {
            Some(accepted) => Ok(accepted),
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(([127, 0, 0, 1], 5071).into())
    }
}

/// The way to a server.
#[derive(Clone)]
pub struct Net {
    door: Arc<Mutex<mpsc::Sender<(Cable, SocketAddr)>>>,
    /// How many bytes the next connections last; those that come after them last.
    pub budgets: Arc<Mutex<VecDeque<usize>>>,
    /// The budgets of the connections that were made.
    pub made: Arc<Mutex<Vec<Arc<AtomicUsize>>>>,
    is_stopped: Arc<AtomicBool>,
    token: Arc<Mutex<Vec<u8>>>,
    pub from: Arc<Mutex<SocketAddr>>,
    /// How much may be under way in each direction.
    pub room: usize,
}

pub fn net() -> (Net, Door) {
    let (sender, receiver) = mpsc::channel(8);
    let net = Net {
        door: Arc::new(Mutex::new(sender)),
        budgets: Arc::default(),
        made: Arc::default(),
        is_stopped: Arc::default(),
        token: Arc::default(),
        from: Arc::new(Mutex::new(([10, 0, 0, 1], 1000).into())),
        room: 64 * 1024,
    };
    (net, Door(receiver))
}

impl Net {
    /// A connection to the server that is there now.
    pub async fn dial(self) -> io::Result<Cable> {
        let budget = self.budgets.lock().unwrap().pop_front().unwrap_or(usize::MAX / 2);
        let budget = Arc::new(AtomicUsize::new(budget));
        self.made.lock().unwrap().push(budget.clone());
        let (ours, theirs) = tokio::io::duplex(self.room);
        self.is_stopped.store(false, Ordering::SeqCst);
        let cable = |inner, is_clients| Cable {
            inner,
            budget: budget.clone(),
            is_stopped: self.is_stopped.clone(),
            is_clients,
            token: self.token.clone(),
        };
        let (ours, theirs) = (cable(ours, true), cable(theirs, false));
        let (door, from) = (self.door.lock().unwrap().clone(), *self.from.lock().unwrap());
        door.send((theirs, from)).await.map_err(|_| io::ErrorKind::ConnectionRefused)?;
        Ok(ours)
    }

    /// The last token that a client was given.
    pub fn last_token(&self) -> Vec<u8> {
        self.token.lock().unwrap().clone()
    }

    /// Another server stands behind the same address.
    pub fn replace(&self) -> Door {
        let (sender, receiver) = mpsc::channel(8);
        *self.door.lock().unwrap() = sender;
        Door(receiver)
    }

    /// From now on nobody gets what is written, until the next connection.
    pub fn stop_reading(&self) {
        self.is_stopped.store(true, Ordering::SeqCst);
    }

    /// Cuts the last connection. Neither side notices before it reads or writes.
    pub fn cut(&self) {
        self.made.lock().unwrap().last().unwrap().store(0, Ordering::SeqCst);
    }
}
