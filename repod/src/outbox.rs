//! [`Outbox`]: the bounded queue of frames between everybody who sends to a peer and the task that writes to its socket.
//! It knows bytes and counts; what the frames say, and the socket, are others' business.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use bytes::Bytes;

use crate::proto::{CloseReason, Limits};

/// What waits to be written to one peer.
#[derive(Debug)]
pub(crate) struct Outbox {
    state: Mutex<State>,
    /// Set with `State::closing`, to be seen without the lock.
    closed: AtomicBool,
    /// Set when this side asked for the close: then nothing more is dispatched either.
    stopped: AtomicBool,
    max_bytes: usize,
    max_messages: usize,
}

#[derive(Debug, Default)]
struct State {
    chunks: VecDeque<Chunk>,
    /// Bytes and messages in `chunks` and in the chunk that is being written.
    bytes: usize,
    messages: usize,
    closing: Option<CloseReason>,
    /// The connection's task, while it sleeps.
    waker: Option<Waker>,
    /// Whether it sleeps because there was nothing to write, and not because the socket took no more.
    idle: bool,
    /// The buffer of the last small chunk that was written, to be used again.
    spare: Vec<u8>,
}

/// A run of frames that is written in one go.
#[derive(Debug)]
pub(crate) struct Chunk {
    content: Content,
    messages: usize,
}

#[derive(Debug)]
enum Content {
    /// Small frames, one behind the other.
    Own(Vec<u8>),
    /// A large frame of a broadcast, whose bytes all its receivers share.
    Shared(Bytes),
}

impl Chunk {
    pub(crate) fn bytes(&self) -> &[u8] {
        match &self.content {
            Content::Own(bytes) => bytes,
            Content::Shared(bytes) => bytes,
        }
    }
}

/// A frame that is given to an [`Outbox`].
#[derive(Debug, Clone, Copy)]
pub(crate) enum Frame<'a> {
    /// For this peer alone; its bytes are copied.
    One(&'a [u8]),
    /// For many peers; its bytes are shared if they are many.
    Broadcast(&'a Bytes),
}

impl Frame<'_> {
    fn bytes(&self) -> &[u8] {
        match self {
            Frame::One(bytes) => bytes,
            Frame::Broadcast(bytes) => bytes,
        }
    }
}

/// Why an [`Outbox`] did not take a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Full {
    Closed,
    Bytes { queued: usize, max: usize },
    Messages { queued: usize, max: usize },
}

/// What the connection's task finds in an [`Outbox`].
#[derive(Debug)]
pub(crate) enum Taken {
    Chunk(Chunk),
    /// Nothing now; the task is woken when there is something.
    Empty,
}

impl Outbox {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            state: Mutex::default(),
            closed: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
            max_bytes: limits.out_queue_bytes,
            max_messages: limits.out_queue_messages,
        }
    }

    /// Queues a frame, and wakes the connection's task if it sleeps.
    pub(crate) fn push(&self, frame: Frame<'_>) -> Result<(), Full> {
        let bytes = frame.bytes();
        let mut state = self.lock();
        if state.closing.is_some() {
            return Err(Full::Closed);
        }
        if state.messages >= self.max_messages {
            return Err(Full::Messages {
                queued: state.messages,
                max: self.max_messages,
            });
        }
        // A frame that fits the limit of a frame always fits an empty queue.
        if state.bytes > 0 && state.bytes + bytes.len() > self.max_bytes {
            return Err(Full::Bytes {
                queued: state.bytes,
                max: self.max_bytes,
            });
        }
        state.append(frame);
        let sleeper = if state.idle { state.waker.take() } else { None };
        drop(state);
        if let Some(waker) = sleeper {
            waker.wake();
        }
        Ok(())
    }

    /// Ends the queue: what is in it is still written, nothing more is taken. The first reason stays; says whether this one did.
    pub(crate) fn close(&self, reason: CloseReason) -> bool {
        let mut state = self.lock();
        if state.closing.is_some() {
            return false;
        }
        state.closing = Some(reason);
        self.closed.store(true, Ordering::Release);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
        true
    }

    /// Notes that this side asked for the close, even if another reason came first.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Why the queue was ended, once it was.
    pub(crate) fn reason(&self) -> Option<CloseReason> {
        self.lock().closing.clone()
    }

    /// How many bytes and how many messages wait, those that are being written included.
    pub(crate) fn queued(&self) -> (usize, usize) {
        let state = self.lock();
        (state.bytes, state.messages)
    }

    /// The next chunk to write. If there is none, `waker` is woken by the next push or the close.
    pub(crate) fn take(&self, waker: &Waker) -> Taken {
        let mut state = self.lock();
        if let Some(chunk) = state.chunks.pop_front() {
            return Taken::Chunk(chunk);
        }
        state.sleep(waker, true);
        Taken::Empty
    }

    /// Has `waker` woken by the close, and not by a push: the socket takes no more.
    pub(crate) fn watch(&self, waker: &Waker) {
        self.lock().sleep(waker, false);
    }

    /// Ready once the queue was ended and nothing is in it.
    #[cfg(feature = "client")]
    pub(crate) fn poll_closed_empty(&self, waker: &Waker) -> Poll<()> {
        let mut state = self.lock();
        state.sleep(waker, false);
        if state.closing.is_some() && state.messages == 0 {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }

    /// Forgets the waker: the task is awake, so that what its own handlers send need not wake it.
    pub(crate) fn awake(&self) {
        self.lock().waker = None;
    }

    /// Gives a chunk back that was written, or that never will be.
    pub(crate) fn done(&self, chunk: Chunk) {
        let mut state = self.lock();
        state.bytes -= chunk.bytes().len();
        state.messages -= chunk.messages;
        if let Content::Own(mut buffer) = chunk.content {
            if buffer.capacity() <= KEPT {
                buffer.clear();
                state.spare = buffer;
            }
        }
    }

    /// No code of the user's runs under this lock, so a poisoned one holds nothing half-done.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn sleep(&mut self, waker: &Waker, idle: bool) {
        self.idle = idle;
        match &mut self.waker {
            Some(known) => known.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
    }

    fn append(&mut self, frame: Frame<'_>) {
        let bytes = frame.bytes();
        self.bytes += bytes.len();
        self.messages += 1;
        if let Frame::Broadcast(shared) = frame {
            if shared.len() >= SHARED_FROM {
                self.chunks.push_back(Chunk {
                    content: Content::Shared(shared.clone()),
                    messages: 1,
                });
                return;
            }
        }
        if let Some(Chunk {
            content: Content::Own(buffer),
            messages,
        }) = self.chunks.back_mut()
        {
            if buffer.len() + bytes.len() <= CHUNK {
                buffer.extend_from_slice(bytes);
                *messages += 1;
                return;
            }
        }
        let mut buffer = std::mem::take(&mut self.spare);
        buffer.extend_from_slice(bytes);
        self.chunks.push_back(Chunk {
            content: Content::Own(buffer),
            messages: 1,
        });
    }
}

/// From this size on the receivers of a broadcast share its bytes; smaller frames are cheaper to copy into one long write.
const SHARED_FROM: usize = 1024;

/// How many bytes small frames may fill before a new chunk is begun: about what one write to a socket takes.
const CHUNK: usize = 64 * 1024;

/// The largest buffer that an idle connection keeps.
const KEPT: usize = 1024;
