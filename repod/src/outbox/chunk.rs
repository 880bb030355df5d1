//! [`Chunk`]: a run of whole frames that is written in one go. It does not know what waits before or behind it.

use bytes::Bytes;
use tokio::time::Instant;

/// A run of whole frames.
#[derive(Debug)]
pub(crate) struct Chunk {
    content: Content,
    messages: u32,
    origin: Origin,
    /// Since when its first frame waits for a socket that takes no more, or else since when it is written.
    since: Option<Instant>,
}

/// Where a chunk comes from, and so where it goes when it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The queue.
    Queue,
    /// The protocol itself: nobody counts it.
    Control,
    /// It was written before, over a stream that was lost.
    Again,
}

#[derive(Debug)]
enum Content {
    /// Small frames one behind the other, from `start` on.
    Own { buffer: Vec<u8>, start: usize },
    /// One frame that a later one with the same key may replace.
    Latest { key: u64, buffer: Vec<u8> },
    /// One large frame of a broadcast, whose bytes all its receivers share.
    Shared(Bytes),
}

impl Chunk {
    /// A chunk of so many frames, to which others can be appended.
    pub(super) fn own(buffer: Vec<u8>, messages: usize) -> Self {
        Self { messages: messages as u32, ..Self::new(Content::Own { buffer, start: 0 }) }
    }

    pub(super) fn latest(key: u64, bytes: &[u8]) -> Self {
        Self::new(Content::Latest { key, buffer: bytes.to_vec() })
    }

    pub(super) fn broadcast(bytes: Bytes) -> Self {
        Self::new(Content::Shared(bytes))
    }

    fn new(content: Content) -> Self {
        Self { content, messages: 1, origin: Origin::Queue, since: None }
    }

    /// A chunk of the protocol's own frames.
    pub(super) fn control(buffer: Vec<u8>, frames: usize) -> Self {
        Self { origin: Origin::Control, ..Self::own(buffer, frames) }
    }

    /// Whether it comes from the queue, so that others can be put behind it.
    pub(super) fn is_queued(&self) -> bool {
        self.origin == Origin::Queue
    }

    pub(super) fn origin(&self) -> Origin {
        self.origin
    }

    /// It will be written once more, and waits for nothing yet.
    pub(super) fn again(mut self) -> Self {
        self.origin = Origin::Again;
        self.since = None;
        self
    }

    /// It begins to wait anew.
    pub(super) fn forget_age(&mut self) {
        self.since = None;
    }

    /// Puts its frames behind those of another; gives it back if there is no room in `max` bytes.
    pub(super) fn join(self, other: &mut Self, max: usize) -> Result<Vec<u8>, Self> {
        if !matches!(self.content, Content::Own { .. }) || !other.has_room(self.bytes().len(), max) {
            return Err(self);
        }
        other.append(self.bytes(), self.messages());
        self.into_buffer().ok_or_else(|| Self::own(Vec::new(), 0))
    }

    /// How much memory it takes.
    pub(super) fn held(&self) -> usize {
        match &self.content {
            Content::Own { buffer, .. } | Content::Latest { buffer, .. } => buffer.len(),
            Content::Shared(bytes) => bytes.len(),
        }
    }

    /// As much of it as others hold too.
    pub(super) fn shared(&self) -> usize {
        if self.is_shared() { self.held() } else { 0 }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        match &self.content {
            Content::Own { buffer, start } => buffer.get(*start..).unwrap_or_default(),
            Content::Latest { buffer, .. } => buffer,
            Content::Shared(bytes) => bytes,
        }
    }

    pub(crate) fn messages(&self) -> usize {
        self.messages as usize
    }

    pub(crate) fn since(&self) -> Option<Instant> {
        self.since
    }

    /// It waits from now on, unless it did before.
    pub(super) fn begin(&mut self, now: Instant) {
        self.since.get_or_insert(now);
    }

    pub(super) fn key(&self) -> Option<u64> {
        match self.content {
            Content::Latest { key, .. } => Some(key),
            _ => None,
        }
    }

    pub(super) fn is_shared(&self) -> bool {
        matches!(self.content, Content::Shared(_))
    }

    /// Whether `len` bytes can be appended without exceeding `max`.
    pub(super) fn has_room(&self, len: usize, max: usize) -> bool {
        matches!(&self.content, Content::Own { buffer, .. } if buffer.len() + len <= max)
    }

    pub(super) fn append(&mut self, bytes: &[u8], messages: usize) {
        if let Content::Own { buffer, .. } = &mut self.content {
            buffer.extend_from_slice(bytes);
            self.messages += messages as u32;
        }
    }

    pub(super) fn replace(&mut self, bytes: &[u8]) {
        if let Content::Latest { buffer, .. } = &mut self.content {
            buffer.clear();
            // What a large one left behind would be memory that nobody counts.
            if buffer.capacity() > KEPT.max(bytes.len().saturating_mul(2)) {
                *buffer = Vec::new();
            }
            buffer.extend_from_slice(bytes);
        }
    }

    /// From now on it is written, and nothing replaces it.
    pub(super) fn forget_key(&mut self) {
        if let Content::Latest { buffer, .. } = &mut self.content {
            let buffer = std::mem::take(buffer);
            self.content = Content::Own { buffer, start: 0 };
        }
    }

    /// Drops its first frame, and says how many bytes that had.
    pub(super) fn drop_first(&mut self) -> usize {
        let before = self.bytes().len();
        self.messages -= 1;
        match &mut self.content {
            Content::Own { buffer, start } if self.messages > 0 => {
                // Frames say their own length.
                let header = buffer.get(*start..).and_then(|frames| frames.first_chunk::<4>());
                *start += header.map_or(0, |header| 4 + u32::from_be_bytes(*header) as usize);
                before - self.bytes().len()
            }
            _ => before,
        }
    }

    /// Drops frames from its front to give back so many bytes, but not the last one; says how many.
    pub(super) fn shed(&mut self, bytes: usize) -> u64 {
        let (held, mut dropped) = (self.held(), 0);
        while self.messages > 1 && held - self.bytes().len() < bytes {
            self.drop_first();
            dropped += 1;
        }
        if let Content::Own { buffer, start } = &mut self.content {
            buffer.drain(..std::mem::take(start));
            buffer.shrink_to_fit();
        }
        dropped
    }

    /// Its buffer, emptied, to be used again.
    pub(super) fn into_buffer(self) -> Option<Vec<u8>> {
        match self.content {
            Content::Own { mut buffer, .. } | Content::Latest { mut buffer, .. } => {
                buffer.clear();
                Some(buffer)
            }
            Content::Shared(_) => None,
        }
    }
}

/// The largest buffer that may hold a much smaller frame.
const KEPT: usize = 512;
