//! [`Chunk`]: a run of whole frames that is written in one go. It does not know what waits before or behind it.

use bytes::Bytes;
use tokio::time::Instant;

/// A run of whole frames.
#[derive(Debug)]
pub(crate) struct Chunk {
    content: Content,
    messages: usize,
    /// Since when its first frame waits for a socket that takes no more, or else since when it is written.
    since: Option<Instant>,
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
        Self { messages, ..Self::new(Content::Own { buffer, start: 0 }) }
    }

    pub(super) fn latest(key: u64, bytes: &[u8]) -> Self {
        Self::new(Content::Latest { key, buffer: bytes.to_vec() })
    }

    pub(super) fn shared(bytes: Bytes) -> Self {
        Self::new(Content::Shared(bytes))
    }

    fn new(content: Content) -> Self {
        Self { content, messages: 1, since: None }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        match &self.content {
            Content::Own { buffer, start } => buffer.get(*start..).unwrap_or_default(),
            Content::Latest { buffer, .. } => buffer,
            Content::Shared(bytes) => bytes,
        }
    }

    pub(crate) fn messages(&self) -> usize {
        self.messages
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
            self.messages += messages;
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
