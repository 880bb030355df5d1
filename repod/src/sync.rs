//! The locks and atomics of code that threads share: std's, or loom's while every interleaving is tried (`--cfg repod_loom`).

#[cfg(repod_loom)]
pub(crate) use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
#[cfg(repod_loom)]
pub(crate) use loom::sync::{Mutex, MutexGuard};
#[cfg(not(repod_loom))]
pub(crate) use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
#[cfg(not(repod_loom))]
pub(crate) use std::sync::{Mutex, MutexGuard};
