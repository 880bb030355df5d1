//! [`Peers`]: all open connections of a server, as something to broadcast to.
//! It does not own the connections: their tasks do, and enter and leave by themselves.

use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::action::Action;
use crate::outbox::Frame;
use crate::peer::{Line, Peer, PeerId, SendError, encode_shared};
use crate::proto::CloseReason;

/// All open connections of a server: a cheap clone that can be kept anywhere and sent to from any thread.
///
/// A peer is among them from just before its `on_connect` until it closes or is closed; a refused one never is.
///
/// ```
/// use repod::prelude::*;
///
/// # #[derive(Action)]
/// # enum ToClient { Players { count: usize } }
/// fn announce(peers: &Peers<ToClient>) -> repod::Result {
///     peers.send(ToClient::Players { count: peers.len() })?;
///     Ok(())
/// }
/// ```
pub struct Peers<Out> {
    registry: Arc<Mutex<Registry>>,
    max_frame_out: usize,
    out: PhantomData<fn(Out)>,
}

#[derive(Debug, Default)]
struct Registry {
    lines: HashMap<PeerId, Arc<Line>>,
    /// Once set, whoever comes is closed with it.
    closed: Option<CloseReason>,
}

impl<Out> Peers<Out> {
    pub(crate) fn new(max_frame_out: usize) -> Self {
        Self {
            registry: Arc::default(),
            max_frame_out,
            out: PhantomData,
        }
    }

    /// How many peers there are now.
    pub fn len(&self) -> usize {
        self.lock().lines.len()
    }

    /// Whether there is no peer now.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The peers that there are now, in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = Peer<Out>> + use<Out> {
        let mut lines: Vec<_> = self.lock().lines.values().cloned().collect();
        lines.sort_unstable_by_key(|line| line.id);
        let peers = self.clone();
        lines
            .into_iter()
            .map(move |line| Peer::of(line, peers.clone()))
    }

    /// The peer with this number, if it is open.
    pub fn find(&self, id: PeerId) -> Option<Peer<Out>> {
        let line = self.lock().lines.get(&id).cloned()?;
        Some(Peer::of(line, self.clone()))
    }

    /// Enters a peer; one that comes too late is closed.
    pub(crate) fn insert(&self, peer: &Peer<Out>) {
        let mut registry = self.lock();
        if let Some(reason) = registry.closed.clone() {
            drop(registry);
            peer.close(reason);
            return;
        }
        // Checked under the lock, so that a peer that closes meanwhile is either not entered or removed afterwards.
        if peer.is_open() {
            registry.lines.insert(peer.id(), peer.line.clone());
        }
    }

    pub(crate) fn remove(&self, id: PeerId) {
        self.lock().lines.remove(&id);
    }

    /// Closes all peers, and those that come later.
    pub(crate) fn close(&self, reason: &CloseReason) {
        let mut registry = self.lock();
        registry.closed.get_or_insert_with(|| reason.clone());
        let lines = std::mem::take(&mut registry.lines);
        drop(registry);
        for line in lines.into_values() {
            line.outbox.stop();
            line.outbox.close(reason.clone());
        }
    }

    /// No code of the user's runs under this lock, so a poisoned one holds nothing half-done.
    fn lock(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<Out: Action> Peers<Out> {
    /// Queues a message for every peer and says for how many. It never blocks.
    ///
    /// The message is encoded once, whatever the number of peers. A peer whose queue is full is a slow consumer: it is closed as
    /// [`CloseReason::Slow`] and not counted.
    ///
    /// # Errors
    ///
    /// [`SendError::TooLarge`] or [`SendError::Encode`] if the message could be sent to nobody.
    #[doc(alias = "send_to_all")]
    #[doc(alias = "broadcast")]
    pub fn send(&self, message: Out) -> Result<usize, SendError> {
        self.send_if(message, |_| true)
    }

    /// Queues a message for every peer but one, usually the one it came from, and says for how many.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn send_except(&self, except: PeerId, message: Out) -> Result<usize, SendError> {
        self.send_if(message, |id| id != except)
    }

    /// Queues a message for every peer that `is_receiver` chooses, and says for how many.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn send_if(
        &self,
        message: Out,
        mut is_receiver: impl FnMut(PeerId) -> bool,
    ) -> Result<usize, SendError> {
        let frame = encode_shared(&message, self.max_frame_out)?;
        // Copied out, because the choice is the user's code, and that does not run under a lock.
        let lines: Vec<_> = self.lock().lines.values().cloned().collect();
        let mut queued = 0;
        for line in lines {
            if !is_receiver(line.id) {
                continue;
            }
            match line.push(Frame::Broadcast(&frame)) {
                Ok(()) => queued += 1,
                Err((_, Some(reason))) => Peer::of(line, self.clone()).close(reason),
                Err((_, None)) => {}
            }
        }
        Ok(queued)
    }
}

impl<Out> Clone for Peers<Out> {
    fn clone(&self) -> Self {
        Self {
            registry: self.registry.clone(),
            ..*self
        }
    }
}

impl<Out> fmt::Debug for Peers<Out> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Peers")
            .field("len", &self.len())
            .finish()
    }
}
