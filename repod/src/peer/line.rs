//! [`Line`]: what a connection's task and all clones of its peer share.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::PeerId;
use crate::outbox::Outbox;

/// What a connection's task and all clones of its [`Peer`] share.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) id: PeerId,
    /// A peer that comes back may have another one.
    pub(super) addr: Mutex<Option<SocketAddr>>,
    pub(crate) outbox: Outbox,
    pub(crate) max_frame_out: usize,
    /// Bytes that came from the peer and wait for their handler.
    pub(crate) inbound: AtomicUsize,
    /// Whether anything ever came from the peer.
    pub(crate) is_heard: AtomicBool,
    /// Whether the peer was lost, and is waited for.
    pub(super) is_suspended: AtomicBool,
    /// The last round trip in microseconds; `u64::MAX` before the first.
    pub(super) rtt: AtomicU64,
}

impl Line {
    pub(crate) fn addr(&self) -> Option<SocketAddr> {
        *self.addr.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn found(&self, addr: SocketAddr) {
        *self.addr.lock().unwrap_or_else(PoisonError::into_inner) = Some(addr);
    }

    /// Notes that something came from the peer.
    #[inline]
    pub(crate) fn heard(&self) {
        if !self.is_heard.load(Ordering::Relaxed) {
            self.is_heard.store(true, Ordering::Relaxed);
        }
    }

    /// Notes how much of what came waits for its handler.
    #[inline]
    pub(crate) fn hold(&self, inbound: usize) {
        if self.inbound.load(Ordering::Relaxed) != inbound {
            let before = self.inbound.swap(inbound, Ordering::Relaxed);
            self.outbox.total().change(before, inbound);
        }
    }

    pub(crate) fn suspend(&self, is_suspended: bool) {
        self.is_suspended.store(is_suspended, Ordering::Relaxed);
    }

    pub(crate) fn measured(&self, rtt: Duration) {
        let micros = u64::try_from(rtt.as_micros()).unwrap_or(u64::MAX);
        self.rtt.store(micros, Ordering::Relaxed);
    }

    /// How many bytes are held for this peer alone, in both directions, and how many with those that others hold too.
    pub(crate) fn weight(&self) -> (usize, usize) {
        let inbound = self.inbound.load(Ordering::Relaxed);
        (self.outbox.counted() + inbound, self.outbox.held() + inbound)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.outbox.total().change(*self.inbound.get_mut(), 0);
    }
}
