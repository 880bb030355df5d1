//! [`State`]: what waits for one peer, in which order, and how much it is. Who may look at it when is the outbox's business.

use std::task::Waker;
use std::time::Duration;

use tokio::time::Instant;

use super::Frame;
use super::chunk::{Chunk, Origin};
use super::queue::Queue;
use super::ring::Ring;
use super::total::SHARED_FROM;
use crate::proto::{CloseReason, WhenFull};

/// What an [`Outbox`](super::Outbox) has under its lock.
#[derive(Debug)]
pub(super) struct State {
    pub(super) chunks: Queue,
    /// Frames of the protocol's own, which go before the chunks and are not dropped for them, and how many they are.
    pub(super) control: Vec<u8>,
    pub(super) controls: usize,
    /// Bytes and messages in both of them and in the chunk that is being written.
    pub(super) bytes: usize,
    pub(super) messages: usize,
    /// As many of the bytes as others hold too: a total counts those once, and not here.
    pub(super) shared: usize,
    /// As many of the others as the total knows of.
    pub(super) accounted: usize,
    pub(super) when_full: WhenFull,
    pub(super) closing: Option<CloseReason>,
    /// How long the peer is asked to wait before it comes back.
    pub(super) retry_after: Option<Duration>,
    /// The connection's task, while it sleeps.
    pub(super) waker: Option<Waker>,
    /// Whether the socket took no more when it was last asked: then what is queued begins to age.
    pub(super) blocked: bool,
    /// Whether somebody waits for an empty queue.
    pub(super) awaited: bool,
    /// Whether what is queued is not to be written any more.
    pub(super) given_up: bool,
    /// The buffer of the last chunk that was written, to be used again.
    pub(super) spare: Vec<u8>,
    /// What was written, where it may have to be written again.
    pub(super) ring: Option<Box<Ring>>,
}

impl State {
    pub(super) fn new(when_full: WhenFull) -> Self {
        Self {
            chunks: Queue::default(),
            control: Vec::new(),
            controls: 0,
            bytes: 0,
            messages: 0,
            shared: 0,
            accounted: 0,
            when_full,
            closing: None,
            retry_after: None,
            waker: None,
            blocked: false,
            awaited: false,
            given_up: false,
            spare: Vec::new(),
            ring: None,
        }
    }

    /// How many bytes are held for the peer: those that wait, and those that may have to be written again.
    pub(super) fn held(&self) -> usize {
        self.bytes + self.ring.as_ref().map_or(0, |ring| ring.bytes())
    }

    /// As many of them as nobody else holds.
    pub(super) fn counted(&self) -> usize {
        self.held() - self.shared - self.ring.as_ref().map_or(0, |ring| ring.shared())
    }

    /// Whether there is something to take.
    pub(super) fn has_more(&self) -> bool {
        self.controls > 0 || !self.chunks.is_empty() || self.ring.as_ref().is_some_and(|ring| ring.has_more())
    }

    pub(super) fn sleep(&mut self, waker: &Waker) {
        match &mut self.waker {
            Some(known) => known.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
    }

    /// Puts a frame in the place of the one with the same key, if that still waits, and all is no more than `max` bytes then.
    pub(super) fn replace(&mut self, frame: Frame<'_>, max: usize) -> bool {
        let Frame::Latest(key, bytes) = frame else {
            return false;
        };
        let Some(chunk) = self.chunks.iter_mut().find(|chunk| chunk.key() == Some(key)) else {
            return false;
        };
        let others = self.bytes - chunk.bytes().len();
        if others > 0 && others + bytes.len() > max {
            // If there is room in the end, the newer one comes behind it.
            chunk.forget_key();
            return false;
        }
        self.bytes = others + bytes.len();
        chunk.replace(bytes);
        true
    }

    pub(super) fn append(&mut self, frame: Frame<'_>) {
        let bytes = frame.bytes();
        self.bytes += bytes.len();
        self.messages += 1;
        match frame {
            Frame::Broadcast(shared) if shared.len() >= SHARED_FROM => {
                self.shared += shared.len();
                self.add(Chunk::broadcast(shared.clone()));
            }
            Frame::Latest(key, _) => self.add(Chunk::latest(key, bytes)),
            Frame::One(_) | Frame::Broadcast(_) => {
                if let Some(chunk) = self.chunks.back_mut().filter(|chunk| chunk.has_room(bytes.len(), CHUNK)) {
                    chunk.append(bytes, 1);
                    return;
                }
                let mut buffer = std::mem::take(&mut self.spare);
                buffer.extend_from_slice(bytes);
                self.add(Chunk::own(buffer, 1));
            }
        }
    }

    fn add(&mut self, mut chunk: Chunk) {
        // A task that is not held up takes it at once; to ask for the time here would cost more than all the rest.
        if self.blocked {
            chunk.begin(Instant::now());
        }
        self.chunks.push_back(chunk);
    }

    /// The first chunk, with all small ones that follow put behind it, so that they are one write.
    pub(super) fn take(&mut self, now: Instant) -> Option<Chunk> {
        let mut first = match (std::mem::take(&mut self.controls), &mut self.ring) {
            (0, None) => self.chunks.pop_front()?,
            (0, Some(ring)) => ring.next().or_else(|| self.chunks.pop_front())?,
            (controls, None) => Chunk::own(std::mem::take(&mut self.control), controls),
            (controls, Some(_)) => Chunk::control(std::mem::take(&mut self.control), controls),
        };
        first.begin(now);
        if first.is_shared() || !first.is_queued() {
            return Some(first);
        }
        first.forget_key();
        while let Some(next) = self.chunks.front().filter(|next| !next.is_shared()) {
            if !first.has_room(next.bytes().len(), CHUNK) {
                break;
            }
            first.append(next.bytes(), next.messages());
            self.chunks.pop_front();
        }
        Some(first)
    }

    /// A chunk that was taken is written, or lost.
    pub(super) fn release(&mut self, chunk: &Chunk) {
        if chunk.origin() == Origin::Again {
            return;
        }
        self.bytes -= chunk.bytes().len();
        self.messages -= chunk.messages();
        self.shared -= chunk.shared();
    }

    /// The bytes and messages that cannot be dropped: what is being written, and the protocol's own.
    pub(super) fn in_hand(&self) -> (usize, usize) {
        self.chunks.iter().fold((self.bytes, self.messages), |(bytes, messages), chunk| {
            (bytes - chunk.bytes().len(), messages - chunk.messages())
        })
    }

    /// Drops the oldest message that is not being written; says whether there was one.
    pub(super) fn drop_oldest(&mut self) -> bool {
        let Some(chunk) = self.chunks.front_mut() else {
            return false;
        };
        self.shared -= chunk.shared();
        self.bytes -= chunk.drop_first();
        self.messages -= 1;
        if chunk.messages() == 0 {
            self.chunks.pop_front();
        }
        true
    }

    pub(super) fn forget_controls(&mut self) {
        self.bytes -= self.control.len();
        self.messages -= std::mem::take(&mut self.controls);
        self.control = Vec::new();
    }

    /// Drops everything that is not being written.
    pub(super) fn abandon(&mut self) {
        // What may have to be written again will not be: nobody is left to go on.
        if let Some(ring) = &mut self.ring {
            ring.close();
        }
        self.forget_controls();
        while let Some(chunk) = self.chunks.pop_front() {
            self.release(&chunk);
        }
        self.chunks.shrink();
    }
}

/// How many bytes small frames may fill before a new chunk is begun: about what one write to a socket takes.
const CHUNK: usize = 64 * 1024;
