//! [`Stream`]: the socket of one connection, with the chunk that is being written to it.
//! It moves bytes between socket, session and outbox, and has no opinion about them.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::time::Instant;

use crate::outbox::{Chunk, Outbox};
use crate::proto::Session;

/// A socket, or anything else that is `AsyncRead + AsyncWrite`.
pub(super) struct Stream<S> {
    /// `None` while the peer was lost and may come back.
    io: Option<S>,
    writing: Option<Chunk>,
    written: usize,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Stream<S> {
    pub(super) fn new(io: S) -> Self {
        Self { io: Some(io), writing: None, written: 0 }
    }

    #[cfg(feature = "server")]
    pub(super) fn io(&self) -> Option<&S> {
        self.io.as_ref()
    }

    pub(super) fn is_plugged(&self) -> bool {
        self.io.is_some()
    }

    /// Takes the socket away; what was being written to it comes back, with the bytes of it that were not.
    pub(super) fn unplug(&mut self) -> (Option<S>, Option<Chunk>, Vec<u8>) {
        let written = std::mem::take(&mut self.written);
        let rest = self.writing.as_ref().and_then(|chunk| chunk.bytes().get(written..));
        let rest = rest.filter(|_| written > 0).unwrap_or_default().to_vec();
        (self.io.take(), self.writing.take(), rest)
    }

    /// Goes on with the socket of another stream, to which nothing is being written.
    pub(super) fn plug(&mut self, other: Self) {
        *self = other;
    }

    /// Writes some bytes that no outbox has.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.io {
            Some(io) => io.write_all(bytes).await,
            None => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// Writes until nothing is queued (`Ready`) or the socket takes no more (`Pending`). Either way the task is woken when
    /// there is more to do, or when the outbox is closed.
    pub(super) fn poll_flush(
        &mut self,
        context: &mut Context<'_>,
        outbox: &Outbox,
        now: Instant,
    ) -> Poll<io::Result<()>> {
        loop {
            let Some(chunk) = &self.writing else {
                self.writing = outbox.next(None, context.waker(), now);
                if self.writing.is_none() {
                    return Poll::Ready(Ok(()));
                }
                continue;
            };
            let Some(io) = &mut self.io else {
                return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
            };
            let rest = chunk.bytes().get(self.written..).unwrap_or_default();
            match Pin::new(io).poll_write(context, rest) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(count)) => self.written += count,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending if outbox.watch(context.waker()) => return Poll::Pending,
                Poll::Pending => return Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            }
            if self.written >= chunk.bytes().len() {
                self.written = 0;
                self.writing = outbox.next(self.writing.take(), context.waker(), now);
                if self.writing.is_none() {
                    return Poll::Ready(Ok(()));
                }
            }
        }
    }

    /// Whether a chunk is being written.
    pub(super) fn is_writing(&self) -> bool {
        self.writing.is_some()
    }

    /// Since when the oldest message waits that the socket has not taken.
    pub(super) fn stalled_since(&self) -> Option<Instant> {
        self.writing.as_ref().and_then(Chunk::since)
    }

    /// Reads once into the session and says how many bytes; 0 is the end of the stream.
    pub(super) fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        session: &mut Session,
        now: Instant,
    ) -> Poll<io::Result<usize>> {
        thread_local! {
            // Shared by all connections of a thread: one of their own for each would be most of what an idle connection costs.
            static SCRATCH: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ].into_boxed_slice());
        }
        let Some(io) = &mut self.io else {
            return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
        };
        SCRATCH.with_borrow_mut(|scratch| {
            let mut buffer = ReadBuf::new(scratch);
            ready!(Pin::new(io).poll_read(context, &mut buffer))?;
            session.receive(buffer.filled(), now.into_std());
            Poll::Ready(Ok(buffer.filled().len()))
        })
    }

    /// Writes all that is queued, and then closes this side's direction.
    pub(super) async fn finish(&mut self, outbox: &Outbox) -> io::Result<()> {
        std::future::poll_fn(|context| self.poll_flush(context, outbox, Instant::now())).await?;
        self.end().await
    }

    /// Closes this side's direction.
    pub(super) async fn end(&mut self) -> io::Result<()> {
        match &mut self.io {
            Some(io) => io.shutdown().await,
            None => Ok(()),
        }
    }

    /// Reads and forgets what the peer still sends, up to a bound.
    pub(super) async fn drain(&mut self) -> io::Result<()> {
        let Some(io) = &mut self.io else { return Ok(()) };
        let mut left = DRAINED;
        while left > 0 {
            let count = std::future::poll_fn(|context| {
                let mut space = [0; 1024];
                let mut buffer = ReadBuf::new(&mut space);
                ready!(Pin::new(&mut *io).poll_read(context, &mut buffer))?;
                Poll::Ready(io::Result::Ok(buffer.filled().len()))
            })
            .await?;
            if count == 0 {
                break;
            }
            left = left.saturating_sub(count);
        }
        Ok(())
    }
}

/// How much is read from a socket at once.
const READ: usize = 64 * 1024;

/// How much a closing connection reads and forgets.
const DRAINED: usize = 64 * 1024;
