//! [`Outbox`]: the bounded queue of frames between everybody who sends to a peer and the task that writes to its socket.
//! It knows bytes and counts; what the frames say, and the socket, are others' business.

mod chunk;
#[cfg(all(test, repod_loom))]
mod models;
mod queue;
mod ring;
mod state;
mod total;

use std::cell::Cell;
use std::sync::{Arc, PoisonError};
#[cfg(feature = "client")]
use std::task::Poll;
use std::task::Waker;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Notify;
use tokio::time::Instant;

pub(crate) use self::chunk::Chunk;
use self::ring::Ring;
use self::state::State;
pub(crate) use self::total::Total;
use crate::proto::{Backlog, CloseReason, Limits, WhenFull};
use crate::sync::{AtomicBool, Mutex, MutexGuard, Ordering};

/// What waits to be written to one peer.
#[derive(Debug)]
pub(crate) struct Outbox {
    state: Mutex<State>,
    /// Set with `State::closing`, to be seen without the lock.
    closed: AtomicBool,
    /// Set when this side asked for the close: then nothing more is dispatched either.
    stopped: AtomicBool,
    /// Set while more than half of what may wait does: then the task should write before it lets handlers send more.
    filling: AtomicBool,
    /// Set while something waits that the task has not taken: to be asked without the lock, by the task alone.
    waiting: AtomicBool,
    /// Set while the task sleeps because there was nothing to write, so that a push has to wake it. It is set under the lock.
    idle: AtomicBool,
    /// Set while the buffer that is kept for the next chunk is larger than an idle connection's should be.
    swollen: AtomicBool,
    /// Tells those who wait for an empty queue.
    emptied: Notify,
    total: Arc<Total>,
    max_bytes: usize,
    max_messages: usize,
}

/// A frame that is given to an [`Outbox`].
#[derive(Debug, Clone, Copy)]
pub(crate) enum Frame<'a> {
    /// For this peer alone; its bytes are copied.
    One(&'a [u8]),
    /// For many peers; its bytes are shared if they are many.
    Broadcast(&'a Bytes),
    /// Takes the place of the frame with the same key that still waits.
    Latest(u64, &'a [u8]),
}

impl Frame<'_> {
    fn bytes(&self) -> &[u8] {
        match self {
            Frame::One(bytes) | Frame::Latest(_, bytes) => bytes,
            Frame::Broadcast(bytes) => bytes,
        }
    }
}

/// Why an [`Outbox`] did not take a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refused {
    Closed,
    /// The queue is full, and the peer is to be closed for it.
    Slow(Backlog),
    /// The queue is full, and only this frame is lost.
    Dropped(Backlog),
}

impl Outbox {
    pub(crate) fn new(limits: &Limits, total: Arc<Total>) -> Self {
        Self {
            state: Mutex::new(State::new(limits.when_full)),
            closed: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
            filling: AtomicBool::new(false),
            waiting: AtomicBool::new(false),
            idle: AtomicBool::new(false),
            swollen: AtomicBool::new(false),
            emptied: Notify::new(),
            total,
            max_bytes: limits.out_queue_bytes,
            max_messages: limits.out_queue_messages,
        }
    }

    /// Queues a frame, and wakes the connection's task if it sleeps.
    pub(crate) fn push(&self, frame: Frame<'_>) -> Result<(), Refused> {
        let mut state = self.lock();
        if state.closing.is_some() {
            return Err(Refused::Closed);
        }
        if !state.replace(frame, self.max_bytes) {
            self.make_room(&mut state, frame.bytes().len())?;
            state.append(frame);
        }
        self.note(&mut state);
        let sleeper = if self.idle.load(Ordering::Relaxed) { state.waker.take() } else { None };
        drop(state);
        if self.is_filling() {
            CROWDED.set(true);
        }
        if let Some(waker) = sleeper {
            waker.wake();
        }
        Ok(())
    }

    /// Draws the consequences of a queue that grew or shrank.
    fn note(&self, state: &mut State) {
        let is_filling = state.messages > self.max_messages / 2 || state.bytes > self.max_bytes / 2;
        self.filling.store(is_filling, Ordering::Relaxed);
        self.waiting.store(state.has_more(), Ordering::Relaxed);
        // The total is shared by all connections, so it is not told of every message.
        let counted = state.counted();
        if counted == 0 || counted.abs_diff(state.accounted) >= GRAIN {
            self.total.change(state.accounted, counted);
            state.accounted = counted;
        }
    }

    /// Whether more than half of what may wait does.
    #[inline]
    pub(crate) fn is_filling(&self) -> bool {
        self.filling.load(Ordering::Relaxed)
    }

    /// Whether this thread has pushed to a queue of which more than half is used, since it was last asked.
    #[inline]
    pub(crate) fn has_crowded() -> bool {
        CROWDED.take()
    }

    /// Whether there is something to [`take`](Self::take). A push of this very moment may be missed: whoever means to sleep takes.
    #[inline]
    pub(crate) fn is_waiting(&self) -> bool {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Queues a frame of the protocol's own before all messages. It is small, and the connection's task gives others only when those that it
    /// gave before are taken. So no limit of the queue applies but its age, and nothing is dropped that both sides rely on.
    pub(crate) fn push_control(&self, frame: &[u8]) {
        let mut state = self.lock();
        state.bytes += frame.len();
        state.messages += 1;
        state.controls += 1;
        if state.control.capacity() == 0 {
            state.control = std::mem::take(&mut state.spare);
        }
        state.control.extend_from_slice(frame);
        self.note(&mut state);
    }

    /// Queues a frame of the protocol's own behind all messages, after the queue was ended.
    pub(crate) fn push_last(&self, frame: &[u8]) {
        let mut state = self.lock();
        state.append(Frame::One(frame));
        self.note(&mut state);
    }

    /// Keeps what is written from now on until the peer has it, up to so many bytes, to write it again over another stream.
    pub(crate) fn keep(&self, max: usize) {
        self.lock().ring = Some(Box::new(Ring::new(max)));
    }

    /// The peer has so many messages.
    pub(crate) fn acked(&self, received: u64) {
        let mut state = self.lock();
        if let Some(ring) = &mut state.ring {
            ring.ack(received);
        }
        self.note(&mut state);
    }

    /// The stream is gone, with a chunk that was being written. Returns the number of the first message that can be written again.
    pub(crate) fn suspend(&self, writing: Option<Chunk>) -> u64 {
        let mut state = self.lock();
        let state = &mut *state;
        state.blocked = false;
        if let Some(chunk) = &writing {
            state.release(chunk);
        }
        // What the protocol itself had to say on the old stream has no meaning on another.
        state.forget_controls();
        let Some(ring) = &mut state.ring else { return 0 };
        ring.suspend(writing);
        let first = ring.first();
        self.note(state);
        first
    }

    /// There is another stream, and the peer has so many messages. Returns the number of the first that is written again, how many are, and
    /// how many are lost.
    pub(crate) fn resume(&self, received: u64) -> (u64, u64, u64) {
        let mut state = self.lock();
        let state = &mut *state;
        // They do not wait for this stream yet.
        state.chunks.iter_mut().for_each(Chunk::forget_age);
        let Some(ring) = &mut state.ring else { return (0, 0, 0) };
        let (replayed, lost) = ring.resume(received);
        let first = ring.first();
        self.note(state);
        (first, replayed, lost)
    }

    /// Has `waker` woken by the close, and not by a push: there is no socket.
    pub(crate) fn rest(&self, waker: &Waker) {
        self.lock().sleep(waker);
        self.idle.store(false, Ordering::Relaxed);
    }

    /// How many bytes were written and may have to be written again.
    pub(crate) fn kept(&self) -> usize {
        self.lock().ring.as_ref().map_or(0, |ring| ring.bytes())
    }

    /// How many bytes are held for the peer: those that wait, and those that may have to be written again.
    pub(crate) fn held(&self) -> usize {
        self.lock().held()
    }

    /// As many of them as nobody else holds.
    pub(crate) fn counted(&self) -> usize {
        self.lock().counted()
    }

    /// Whether a frame of the protocol's own waits.
    pub(crate) fn has_controls(&self) -> bool {
        self.lock().controls > 0
    }

    /// Makes room for a frame of `len` bytes, or says why there is none.
    fn make_room(&self, state: &mut State, len: usize) -> Result<(), Refused> {
        let Some(backlog) = self.backlog(state.bytes, state.messages, len) else { return Ok(()) };
        match state.when_full {
            WhenFull::Close => return Err(Refused::Slow(backlog)),
            WhenFull::DropNewest => return Err(Refused::Dropped(backlog)),
            WhenFull::DropOldest => {}
        }
        // Nothing is dropped for a frame that has no room beside what is being written.
        let (bytes, messages) = state.in_hand();
        if self.backlog(bytes, messages, len).is_some() {
            return Err(Refused::Dropped(backlog));
        }
        while self.backlog(state.bytes, state.messages, len).is_some() && state.drop_oldest() {}
        Ok(())
    }

    /// What is too much if a frame of `len` bytes comes behind so many bytes and messages.
    fn backlog(&self, bytes: usize, messages: usize, len: usize) -> Option<Backlog> {
        if messages >= self.max_messages {
            return Some(Backlog::Messages { queued: messages, max: self.max_messages });
        }
        // A frame that fits the limit of a frame always fits an empty queue.
        let is_full = bytes > 0 && bytes + len > self.max_bytes;
        is_full.then_some(Backlog::Bytes { queued: bytes, max: self.max_bytes })
    }

    /// Ends the queue: what is in it is still written, nothing more is taken. The first reason stays; says whether this one did.
    pub(crate) fn close(&self, reason: CloseReason, retry_after: Option<Duration>) -> bool {
        let mut state = self.lock();
        if state.closing.is_some() {
            return false;
        }
        // A peer that does not read will not read what waits either, and its memory is wanted.
        if matches!(reason, CloseReason::Slow(_)) {
            state.abandon();
            self.note(&mut state);
        }
        state.closing = Some(reason);
        state.retry_after = retry_after;
        self.closed.store(true, Ordering::Release);
        let waker = state.waker.take();
        drop(state);
        self.emptied.notify_waiters();
        if let Some(waker) = waker {
            waker.wake();
        }
        true
    }

    /// What still waits after the close is not written any more: its memory is wanted.
    pub(crate) fn give_up(&self) {
        let mut state = self.lock();
        state.abandon();
        state.given_up = true;
        self.note(&mut state);
        // What is being written goes as soon as the task has heard of this.
        self.total.change(std::mem::take(&mut state.accounted), 0);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Drops everything, also what was being written. Nothing is written after this.
    pub(crate) fn discard(&self) {
        let mut state = self.lock();
        state.abandon();
        (state.bytes, state.messages, state.shared) = (0, 0, 0);
        (state.spare, state.ring) = (Vec::new(), None);
        self.note(&mut state);
        // It would keep the memory of the whole task, for as long as anybody keeps a handle of this peer.
        let waker = state.waker.take();
        drop(state);
        drop(waker);
        self.emptied.notify_waiters();
    }

    /// Whether a burst has left a buffer behind that [`shrink`](Self::shrink) would drop.
    #[inline]
    pub(crate) fn is_swollen(&self) -> bool {
        self.swollen.load(Ordering::Relaxed)
    }

    /// Drops the buffer that a burst has left behind.
    pub(crate) fn shrink(&self) {
        if self.swollen.swap(false, Ordering::Relaxed) {
            self.lock().spare = Vec::new();
        }
    }

    /// Notes that this side asked for the close, even if another reason came first.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
    }

    #[inline]
    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    #[inline]
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Why the queue was ended, once it was.
    pub(crate) fn reason(&self) -> Option<CloseReason> {
        self.lock().closing.clone()
    }

    /// How long the peer is asked to wait before it comes back.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        self.lock().retry_after
    }

    pub(crate) fn when_full(&self, treatment: WhenFull) {
        self.lock().when_full = treatment;
    }

    /// How many bytes and how many messages wait, those that are being written included.
    pub(crate) fn queued(&self) -> (usize, usize) {
        let state = self.lock();
        (state.bytes, state.messages)
    }

    pub(crate) fn total(&self) -> &Arc<Total> {
        &self.total
    }

    /// Waits until nothing is queued, or the queue was ended.
    pub(crate) async fn emptied(&self) {
        loop {
            let emptied = self.emptied.notified();
            {
                let mut state = self.lock();
                if state.closing.is_some() || state.messages == 0 {
                    return;
                }
                state.awaited = true;
            }
            emptied.await;
        }
    }

    /// Takes the chunk back that was written, and gives the next one. If there is none, `waker` is woken by the next push or the close.
    pub(crate) fn next(&self, written: Option<Chunk>, waker: &Waker, now: Instant) -> Option<Chunk> {
        let mut state = self.lock();
        if let Some(chunk) = written {
            state.release(&chunk);
            let buffer = match &mut state.ring {
                Some(ring) => ring.keep(chunk),
                None => chunk.into_buffer(),
            };
            if let Some(buffer) = buffer.filter(|buffer| buffer.capacity() <= KEPT_BUSY) {
                self.swollen.store(buffer.capacity() > KEPT, Ordering::Relaxed);
                state.spare = buffer;
            }
        }
        state.blocked = false;
        let next = state.take(now);
        self.note(&mut state);
        if next.is_none() {
            state.chunks.shrink();
            state.sleep(waker);
            self.idle.store(true, Ordering::Relaxed);
        }
        let is_awaited = state.messages == 0 && std::mem::take(&mut state.awaited);
        drop(state);
        if is_awaited {
            self.emptied.notify_waiters();
        }
        next
    }

    /// Has `waker` woken by the close, and not by a push: the socket takes no more. Says whether it is worth waiting for it.
    pub(crate) fn watch(&self, waker: &Waker) -> bool {
        let mut state = self.lock();
        state.blocked = true;
        state.sleep(waker);
        self.idle.store(false, Ordering::Relaxed);
        !state.given_up
    }

    /// Ready once the queue was ended and nothing is in it.
    #[cfg(feature = "client")]
    pub(crate) fn poll_closed_empty(&self, waker: &Waker) -> Poll<()> {
        let mut state = self.lock();
        state.sleep(waker);
        if state.closing.is_some() && state.messages == 0 { Poll::Ready(()) } else { Poll::Pending }
    }

    /// The task is awake, so that what its own handlers send need not wake it. A push of this very moment may still do.
    #[inline]
    pub(crate) fn awake(&self) {
        self.idle.store(false, Ordering::Relaxed);
    }

    /// No code of the user's runs under this lock, so a poisoned one holds nothing half-done.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        let accounted = self.lock().accounted;
        self.total.change(accounted, 0);
    }
}

thread_local! {
    /// Whether a queue is filling that this thread has pushed to: the thread may be the one that its task waits for.
    static CROWDED: Cell<bool> = const { Cell::new(false) };
}

/// How many bytes a queue may hold more or less than the total of all queues knows of.
const GRAIN: usize = 4 * 1024;

/// The largest buffer that an idle connection keeps.
const KEPT: usize = 512;

/// The largest buffer that a busy connection keeps.
const KEPT_BUSY: usize = 16 * 1024;

#[cfg(all(test, not(repod_loom)))]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_dropped_for_a_frame_that_has_no_room_all_the_same() {
        let limits = Limits::server().out_queue(20_000, 10).when_full(WhenFull::DropOldest);
        let outbox = Outbox::new(&limits, Arc::new(Total::new(usize::MAX)));
        let push = |len: usize| outbox.push(Frame::One(&vec![0; len]));
        push(15_000).unwrap();
        let writing = outbox.next(None, Waker::noop(), Instant::now());
        push(4_500).unwrap();
        assert!(matches!(push(6_000), Err(Refused::Dropped(_))));
        assert_eq!(outbox.queued(), (19_500, 2));
        // What can be dropped is, if that helps.
        push(5_000).unwrap();
        assert_eq!(outbox.queued(), (20_000, 2));
        let next = outbox.next(writing, Waker::noop(), Instant::now()).unwrap();
        assert_eq!(next.bytes().len(), 5_000);
    }
}
