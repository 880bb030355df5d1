//! [`End`]: one end of a connection over a [`Link`]. What happens on the way is decided by the link.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use super::Link;

/// One end of a connection in memory: what is written to it comes out of the other end, as the [`Link`] between them allows.
///
/// ```
/// use repod::testing::Link;
/// use tokio::io::AsyncReadExt;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let (ours, mut theirs) = Link::new().open()?;
/// drop(ours);
/// assert_eq!(theirs.read(&mut [0; 8]).await?, 0); // the other end was closed
/// # Ok(())
/// # }
/// ```
pub struct End {
    link: Link,
    wire: Arc<Wire>,
    side: Side,
    /// Until what is under way arrives.
    arrival: Option<Pin<Box<Sleep>>>,
}

/// The two directions of one connection.
#[derive(Debug, Default)]
pub(super) struct Wire {
    is_reset: AtomicBool,
    forth: Mutex<Direction>,
    back: Mutex<Direction>,
}

/// What is under way in one direction.
#[derive(Debug, Default)]
struct Direction {
    /// With the time at which each piece arrives. One that was sent later does not overtake those before it.
    pieces: VecDeque<(Instant, Vec<u8>)>,
    /// How many bytes these are.
    bytes: usize,
    /// When the end arrives, once the writer has closed.
    end: Option<Instant>,
    has_reader_left: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

#[derive(Debug, Clone, Copy)]
enum Side {
    First,
    Second,
}

impl End {
    pub(super) fn both(link: Link, wire: Arc<Wire>) -> (Self, Self) {
        let first = Self { link: link.clone(), wire: wire.clone(), side: Side::First, arrival: None };
        (first, Self { link, wire, side: Side::Second, arrival: None })
    }

    fn incoming(&self) -> MutexGuard<'_, Direction> {
        match self.side {
            Side::First => lock(&self.wire.back),
            Side::Second => lock(&self.wire.forth),
        }
    }

    fn outgoing(&self) -> MutexGuard<'_, Direction> {
        match self.side {
            Side::First => lock(&self.wire.forth),
            Side::Second => lock(&self.wire.back),
        }
    }

    /// Takes what has arrived.
    fn take(&self, context: &Context<'_>, space: &mut ReadBuf<'_>) -> Arrival {
        let is_stalled = self.link.conditions().is_stalled;
        let mut incoming = self.incoming();
        incoming.reader = Some(context.waker().clone());
        if is_stalled {
            return Arrival::Unknown;
        }
        let now = Instant::now();
        let Some((arrival, piece)) = incoming.pieces.front_mut() else {
            return match incoming.end {
                Some(end) if end <= now => Arrival::Now,
                Some(end) => Arrival::At(end),
                None => Arrival::Unknown,
            };
        };
        if *arrival > now {
            return Arrival::At(*arrival);
        }
        let count = piece.len().min(space.remaining());
        space.put_slice(&piece[..count]);
        piece.drain(..count);
        if piece.is_empty() {
            incoming.pieces.pop_front();
        }
        incoming.bytes -= count;
        wake(&mut incoming.writer);
        Arrival::Now
    }
}

/// When there is something to read.
enum Arrival {
    /// It was read; nothing is the end.
    Now,
    At(Instant),
    /// When the other end writes, or the link changes.
    Unknown,
}

impl AsyncRead for End {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, space: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            if self.wire.is_reset() {
                return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
            }
            let arrival = match self.take(context, space) {
                Arrival::Now => return Poll::Ready(Ok(())),
                Arrival::At(arrival) => arrival,
                // The waker was noted before this is asked, so that a reset in between is not missed.
                Arrival::Unknown if self.wire.is_reset() => continue,
                Arrival::Unknown => return Poll::Pending,
            };
            let sleep = self.arrival.get_or_insert_with(|| Box::pin(sleep_until(arrival)));
            if sleep.deadline() != arrival {
                sleep.as_mut().reset(arrival);
            }
            if sleep.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
        }
    }
}

impl AsyncWrite for End {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let conditions = self.link.conditions();
        let mut outgoing = self.outgoing();
        outgoing.writer = Some(context.waker().clone());
        // Asked after the waker was noted, so that a reset in between is not missed.
        if self.wire.is_reset() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        if outgoing.has_reader_left || outgoing.end.is_some() {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let count = bytes.len().min(conditions.capacity.saturating_sub(outgoing.bytes));
        if count == 0 && !bytes.is_empty() {
            return Poll::Pending;
        }
        let arrival = Instant::now() + conditions.delay;
        outgoing.pieces.push_back((arrival, bytes[..count].to_vec()));
        outgoing.bytes += count;
        wake(&mut outgoing.reader);
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let delay = self.link.conditions().delay;
        self.outgoing().close(delay);
        Poll::Ready(Ok(()))
    }
}

impl Drop for End {
    fn drop(&mut self) {
        let delay = self.link.conditions().delay;
        self.outgoing().close(delay);
        let mut incoming = self.incoming();
        incoming.has_reader_left = true;
        wake(&mut incoming.writer);
    }
}

impl fmt::Debug for End {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("End").field("side", &self.side).field("wire", &self.wire).finish_non_exhaustive()
    }
}

impl Direction {
    fn close(&mut self, delay: Duration) {
        if self.end.is_none() {
            self.end = Some(Instant::now() + delay);
            wake(&mut self.reader);
        }
    }
}

impl Wire {
    /// Both ends fail from now on.
    pub(super) fn reset(&self) {
        self.is_reset.store(true, Ordering::SeqCst);
        self.wake();
    }

    fn is_reset(&self) -> bool {
        self.is_reset.load(Ordering::SeqCst)
    }

    /// Lets both ends look again at how things are.
    pub(super) fn wake(&self) {
        for direction in [&self.forth, &self.back] {
            let mut direction = lock(direction);
            wake(&mut direction.reader);
            wake(&mut direction.writer);
        }
    }
}

fn wake(waker: &mut Option<Waker>) {
    if let Some(waker) = waker.take() {
        waker.wake();
    }
}

fn lock(direction: &Mutex<Direction>) -> MutexGuard<'_, Direction> {
    direction.lock().unwrap_or_else(PoisonError::into_inner)
}
