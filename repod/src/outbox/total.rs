//! [`Total`]: how many bytes wait in all queues of a server together. Which queue has to give way is decided elsewhere.

use std::sync::Arc;

use bytes::Bytes;

use crate::sync::{AtomicUsize, Ordering};

/// The sum of many queues, and its limit.
#[derive(Debug)]
pub(crate) struct Total {
    bytes: AtomicUsize,
    max: usize,
}

impl Total {
    pub(crate) fn new(max: usize) -> Self {
        Self { bytes: AtomicUsize::new(0), max }
    }

    /// Notes that a queue went from so many bytes to so many.
    pub(crate) fn change(&self, before: usize, after: usize) {
        if after > before {
            self.bytes.fetch_add(after - before, Ordering::Relaxed);
        } else if after < before {
            self.bytes.fetch_sub(before - after, Ordering::Relaxed);
        }
    }

    /// A frame for many queues. From some size on they share its bytes, and those are counted once, for as long as one of them holds them.
    pub(crate) fn share(self: &Arc<Self>, frame: Bytes) -> Bytes {
        if frame.len() < SHARED_FROM {
            return frame;
        }
        self.change(0, frame.len());
        Bytes::from_owner(Shared { frame, total: self.clone() })
    }

    pub(crate) fn is_exceeded(&self) -> bool {
        self.bytes.load(Ordering::Relaxed) > self.max
    }

    /// How many bytes are too many.
    pub(crate) fn excess(&self) -> usize {
        self.bytes.load(Ordering::Relaxed).saturating_sub(self.max)
    }

    pub(crate) fn max(&self) -> usize {
        self.max
    }
}

/// The bytes of one frame, and where they are counted.
struct Shared {
    frame: Bytes,
    total: Arc<Total>,
}

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.frame
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.total.change(self.frame.len(), 0);
    }
}

/// From this size on the receivers of a broadcast share its bytes; smaller frames are cheaper to copy into one long write.
pub(super) const SHARED_FROM: usize = 1024;
