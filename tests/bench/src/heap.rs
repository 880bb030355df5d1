//! [`Counting`]: the system's allocator, which counts once it is asked to. Who allocates is not known here.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

/// Counts allocations and the bytes that are in use. Until [`count`] was called it costs a load that everybody shares, so that peers
/// that allocate much are not slowed down where time is measured.
pub struct Counting;

/// What was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// How often memory was asked for, growing included.
    pub allocations: u64,
    /// The bytes that were asked for and not given back.
    pub bytes: i64,
}

/// Counts from now on.
pub fn count() {
    IS_COUNTING.store(true, Ordering::Relaxed);
}

/// Counts no more.
pub fn rest() {
    IS_COUNTING.store(false, Ordering::Relaxed);
}

pub fn counts() -> Counts {
    Counts { allocations: ALLOCATIONS.load(Ordering::Relaxed), bytes: BYTES.load(Ordering::Relaxed) }
}

/// How often `work` allocates, if nothing else runs.
pub fn allocations(work: impl FnOnce()) -> u64 {
    let before = counts().allocations;
    count();
    work();
    rest();
    counts().allocations - before
}

fn note(allocations: u64, bytes: i64) {
    if IS_COUNTING.load(Ordering::Relaxed) {
        ALLOCATIONS.fetch_add(allocations, Ordering::Relaxed);
        BYTES.fetch_add(bytes, Ordering::Relaxed);
    }
}

// SAFETY: every call is handed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(1, layout.size() as i64);
        // SAFETY: the caller's promise is the one that is asked for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(1, layout.size() as i64);
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        note(0, -(layout.size() as i64));
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(1, size as i64 - layout.size() as i64);
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

static IS_COUNTING: AtomicBool = AtomicBool::new(false);
static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicI64 = AtomicI64::new(0);
