//! [`Peers`]: all open connections of a server, as something to broadcast to.
//! It does not own the connections: their tasks do, and enter and leave by themselves.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::Hash;
use std::marker::PhantomData;
#[cfg(feature = "server")]
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
#[cfg(feature = "server")]
use std::time::Duration;

use crate::action::Action;
use crate::outbox::{Frame, Refused, Total};
use crate::peer::{Line, Peer, PeerId, SendError, encode_shared, hash_of};
use crate::proto::{Backlog, CloseReason, Limits};

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
    total: Arc<Total>,
    max_frame_out: usize,
    out: PhantomData<fn(Out)>,
}

#[derive(Debug, Default)]
struct Registry {
    lines: BTreeMap<PeerId, Arc<Line>>,
    /// The same as a list, until somebody comes or goes: a broadcast must not run under the lock, and to copy all of it each time would cost
    /// as much as to queue the message.
    list: Option<Arc<[Arc<Line>]>>,
    /// Those that have closed and whose tasks still write what was queued: they hold memory, too.
    leaving: BTreeMap<PeerId, Arc<Line>>,
    /// Once set, whoever comes is closed with it.
    #[cfg(feature = "server")]
    closed: Option<CloseReason>,
}

impl<Out> Peers<Out> {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            registry: Arc::default(),
            total: Arc::new(Total::new(limits.max_buffered_total)),
            max_frame_out: limits.max_frame_out.min(Limits::FRAME_CEILING),
            out: PhantomData,
        }
    }

    /// How many peers there are now.
    ///
    /// ```
    /// # use repod::prelude::*;
    /// # #[derive(Action)]
    /// # enum ToClient { Start }
    /// fn start_when_complete(peers: &Peers<ToClient>) -> repod::Result {
    ///     if peers.len() == 4 {
    ///         peers.send(ToClient::Start)?;
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub fn len(&self) -> usize {
        self.lock().lines.len()
    }

    /// Whether there is no peer now.
    ///
    /// ```
    /// # use repod::prelude::*;
    /// # #[derive(Action)] enum Chat { Say { text: String } }
    /// # struct Room;
    /// # struct Guest;
    /// # impl Channel for Guest { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Guest { async fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    /// # impl Server for Room { type Channel = Guest; fn channel(self: &std::sync::Arc<Self>, _: Peer<Chat>) -> Guest { Guest } }
    /// let server = Room.spawn("127.0.0.1:0")?;
    /// assert!(server.peers().is_empty());
    /// # Ok::<(), repod::ServeError>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The peers that there are now, in the order in which they came.
    ///
    /// ```
    /// # use repod::prelude::*;
    /// # #[derive(Action)]
    /// # enum ToClient { Welcome }
    /// fn kick_the_slow(peers: &Peers<ToClient>) {
    ///     for peer in peers.iter().filter(|peer| peer.queued_messages() > 500) {
    ///         peer.close("you read too slowly");
    ///     }
    /// }
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = Peer<Out>> + use<Out> {
        let lines = self.list();
        let peers = self.clone();
        (0..lines.len()).map(move |index| Peer::of(lines[index].clone(), peers.clone()))
    }

    /// The peer with this number, if it is open.
    ///
    /// ```
    /// use repod::PeerId;
    /// # use repod::prelude::*;
    /// # #[derive(Action)]
    /// # enum ToClient { Whispered { text: String } }
    ///
    /// fn whisper(peers: &Peers<ToClient>, to: PeerId, text: String) -> repod::Result {
    ///     let peer = peers.find(to).ok_or("that player has left")?;
    ///     peer.send(ToClient::Whispered { text })?;
    ///     Ok(())
    /// }
    /// ```
    pub fn find(&self, id: PeerId) -> Option<Peer<Out>> {
        let line = self.lock().lines.get(&id).cloned()?;
        Some(Peer::of(line, self.clone()))
    }

    /// Enters a peer; one that comes too late is closed.
    #[cfg(feature = "server")]
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
            registry.list = None;
        }
    }

    pub(crate) fn remove(&self, id: PeerId) {
        let mut registry = self.lock();
        if let Some(line) = registry.lines.remove(&id) {
            registry.leaving.insert(id, line);
            registry.list = None;
        }
    }

    /// A peer that was removed has nothing left to be written, and its task ends.
    pub(crate) fn forget(&self, id: PeerId) {
        self.lock().leaving.remove(&id);
    }

    /// Closes all peers, and those that come later. Each is asked to come back after a time of its own, so that not all do in one
    /// instant.
    #[cfg(feature = "server")]
    pub(crate) fn close(&self, reason: &CloseReason, mut retry_after: impl FnMut() -> Option<Duration>) {
        let mut registry = self.lock();
        registry.closed.get_or_insert_with(|| reason.clone());
        let lines = std::mem::take(&mut registry.lines);
        registry.leaving.extend(lines.iter().map(|(id, line)| (*id, line.clone())));
        registry.list = None;
        drop(registry);
        for line in lines.into_values() {
            line.outbox.stop();
            line.outbox.close(reason.clone(), retry_after());
        }
    }

    /// Closes the peers for whom most is held, until all together hold no more than they may: first whoever is leaving, who is not waited for
    /// any more, then those who give back most. What others hold too is given back by the last of them alone.
    pub(crate) fn relieve(&self) {
        // Some of it comes back a moment later, when a task has heard of its end.
        let mut excess = self.total.excess();
        while excess > 0 {
            let Some((held, is_leaving, line)) = self.heaviest() else { return };
            if is_leaving {
                line.outbox.give_up();
            } else {
                let backlog = Backlog::Total { queued: held, max: self.total.max() };
                Peer::of(line.clone(), self.clone()).close(CloseReason::Slow(backlog));
            }
            // Its task is about to drop what it has read.
            line.hold(0);
            excess = self.total.excess().min(excess.saturating_sub(held));
        }
    }

    /// Who is to give way next, how much is held for it, and whether it is leaving anyway; then it is forgotten.
    fn heaviest(&self) -> Option<(usize, bool, Arc<Line>)> {
        let mut registry = self.lock();
        let Registry { lines, leaving, .. } = &mut *registry;
        let weigh = |line: &Arc<Line>, is_leaving| {
            let (own, held) = line.weight();
            ((is_leaving, own, held), line.clone())
        };
        let all = lines.values().map(|line| weigh(line, false)).chain(leaving.values().map(|line| weigh(line, true)));
        let ((is_leaving, _, held), line) =
            all.filter(|((.., held), _)| *held > 0).max_by_key(|(weight, _)| *weight)?;
        leaving.remove(&line.id);
        Some((held, is_leaving, line))
    }

    /// Closes the oldest peer that has never said a word, to make room for another; says whether there was one.
    #[cfg(feature = "server")]
    pub(crate) fn evict(&self) -> bool {
        let silent = {
            let registry = self.lock();
            registry.lines.values().find(|line| !line.is_heard.load(Ordering::Relaxed)).cloned()
        };
        let Some(line) = silent else { return false };
        Peer::of(line, self.clone()).close(CloseReason::Evicted);
        true
    }

    /// As [`relieve`](Self::relieve), which most of the time there is no need for.
    #[inline]
    pub(crate) fn relieve_if_exceeded(&self) {
        if self.total.is_exceeded() {
            self.relieve();
        }
    }

    pub(crate) fn total(&self) -> &Arc<Total> {
        &self.total
    }

    /// All lines, in the order in which they came.
    fn list(&self) -> Arc<[Arc<Line>]> {
        let mut registry = self.lock();
        let Registry { lines, list, .. } = &mut *registry;
        list.get_or_insert_with(|| lines.values().cloned().collect()).clone()
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
    /// ```
    /// # use repod::prelude::*;
    /// # #[derive(Action)] enum Chat { Say { text: String } }
    /// # struct Room;
    /// # struct Guest;
    /// # impl Channel for Guest { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Guest { async fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    /// # impl Server for Room { type Channel = Guest; fn channel(self: &std::sync::Arc<Self>, _: Peer<Chat>) -> Guest { Guest } }
    /// let server = Room.spawn("127.0.0.1:0")?;
    /// let guest = std::net::TcpStream::connect(server.local_addr())?;
    /// while server.peers().is_empty() {
    /// #   std::thread::yield_now();
    /// }
    /// assert_eq!(server.peers().send(Chat::Say { text: "Hello!".into() })?, 1);
    /// # Ok::<(), repod::Error>(())
    /// ```
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
    /// ```
    /// # use repod::prelude::*;
    /// # #[derive(Action)]
    /// # enum ToClient { Moved { x: f64 } }
    /// fn moved(mover: &Peer<ToClient>, x: f64) -> repod::Result<usize> {
    ///     Ok(mover.peers().send_except(mover.id(), ToClient::Moved { x })?)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn send_except(&self, except: PeerId, message: Out) -> Result<usize, SendError> {
        self.send_if(message, |id| id != except)
    }

    /// Queues a message for every peer that `is_receiver` chooses, and says for how many.
    ///
    /// ```
    /// use repod::PeerId;
    /// use std::collections::HashSet;
    /// # use repod::prelude::*;
    /// # #[derive(Action)]
    /// # enum ToClient { Said { text: String } }
    ///
    /// fn tell_team(peers: &Peers<ToClient>, team: &HashSet<PeerId>, text: String) -> repod::Result {
    ///     peers.send_if(ToClient::Said { text }, |id| team.contains(&id))?;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn send_if(&self, message: Out, is_receiver: impl FnMut(PeerId) -> bool) -> Result<usize, SendError> {
        let frame = self.total.share(encode_shared(&message, self.max_frame_out)?);
        let queued = self.push(Frame::Broadcast(&frame), is_receiver);
        // If nobody holds it, it does not count.
        drop(frame);
        self.relieve_if_exceeded();
        Ok(queued)
    }

    /// Queues a message for every peer, in the place of the one that was sent with the same key and still waits; says for how many.
    ///
    /// See [`Peer::send_latest`].
    ///
    /// ```
    /// # use repod::prelude::*;
    /// # #[derive(Action)]
    /// # enum ToClient { Clock { seconds: u32 } }
    /// fn tick(peers: &Peers<ToClient>, seconds: u32) -> repod::Result {
    ///     peers.send_latest("clock", ToClient::Clock { seconds })?;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn send_latest(&self, key: impl Hash, message: Out) -> Result<usize, SendError> {
        let frame = encode_shared(&message, self.max_frame_out)?;
        let queued = self.push(Frame::Latest(hash_of(&key), &frame), |_| true);
        self.relieve_if_exceeded();
        Ok(queued)
    }

    fn push(&self, frame: Frame<'_>, mut is_receiver: impl FnMut(PeerId) -> bool) -> usize {
        let mut queued = 0;
        for line in &*self.list() {
            if !is_receiver(line.id) {
                continue;
            }
            match line.outbox.push(frame) {
                Ok(()) => queued += 1,
                Err(Refused::Slow(backlog)) => {
                    Peer::of(line.clone(), self.clone()).close(CloseReason::Slow(backlog));
                }
                Err(Refused::Closed | Refused::Dropped(_)) => {}
            }
        }
        queued
    }
}

impl<Out> Clone for Peers<Out> {
    fn clone(&self) -> Self {
        Self { registry: self.registry.clone(), total: self.total.clone(), ..*self }
    }
}

impl<Out> fmt::Debug for Peers<Out> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Peers").field("len", &self.len()).finish()
    }
}
