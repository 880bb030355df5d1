//! [`Total`]: how many bytes wait in all queues of a server together. Which queue has to give way is decided elsewhere.

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

    pub(crate) fn is_exceeded(&self) -> bool {
        self.bytes.load(Ordering::Relaxed) > self.max
    }

    pub(crate) fn max(&self) -> usize {
        self.max
    }
}
