//! [`Lifeline`]: how a connection with a session waits for another stream when its own is lost, and goes on over that.
//! Where the other stream comes from, and whether it may have the session, is not known here.

// Each side needs its part of it.
#![cfg_attr(not(all(feature = "server", feature = "client")), allow(dead_code))]

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::{Arrival, Driver};
use crate::proto::{Bin, CloseReason, Control, Grant};

/// What a driver has whose connection outlives its stream.
pub(crate) struct Lifeline<S> {
    pub(crate) summons: mpsc::Receiver<Summons<S>>,
    /// How long the peer is waited for; without end where somebody else knows when to stop.
    pub(crate) window: Option<Duration>,
    /// Is told how it goes.
    pub(crate) keeper: Box<dyn Keeper>,
    /// Its place in the server; given up while there is no stream.
    pub(crate) place: Option<Box<dyn Send>>,
    down: Option<Down>,
    /// What the receiver has to be told, once so many messages were taken.
    notices: VecDeque<(u64, Notice)>,
}

/// What comes to a connection from outside.
pub(crate) enum Summons<S> {
    /// Its peer is back.
    Comeback(Box<Comeback<S>>),
    /// It is not waited for any more.
    End,
}

/// Another stream of the same peer.
pub(crate) struct Comeback<S> {
    pub(crate) arrival: Arrival<S>,
    /// How many messages the peer has, as it says.
    pub(crate) received: u64,
    /// The number of the first message that it can send again.
    pub(crate) kept: u64,
    /// On a server, what the peer is to be answered.
    pub(crate) token: Option<Vec<u8>>,
    pub(crate) addr: Option<SocketAddr>,
    pub(crate) place: Option<Box<dyn Send>>,
    /// Is given the stream that there still was, to say goodbye on it.
    pub(crate) predecessor: Option<oneshot::Sender<Predecessor<S>>>,
}

/// A stream that another one has taken the place of.
pub(crate) struct Predecessor<S> {
    pub(crate) io: S,
    /// What is left of a frame that was being written.
    pub(crate) rest: Vec<u8>,
}

/// Whoever has to know how a session fares.
pub(crate) trait Keeper: Send {
    /// The peer has shown that it knows its token.
    fn confirmed(&mut self) {}

    fn suspended(&mut self) {}

    /// Whether a stream, on which the peer is to be given this token, is the newest of its. If not, that one is on its way.
    fn accepts(&mut self, _token: Option<&[u8]>) -> bool {
        true
    }

    fn resumed(&mut self) {}
}

/// A stream was lost.
#[derive(Debug, Clone)]
pub(crate) struct Suspension {
    pub(crate) reason: CloseReason,
    /// How many messages have come.
    pub(crate) received: u64,
    /// The number of the first message that can be sent again.
    pub(crate) kept: u64,
}

/// How a client, or a server's channel, came back to its session: with all that was sent meanwhile, or with a gap.
///
/// ```
/// use repod::Resumption;
///
/// fn is_up_to_date(how: Resumption) -> bool {
///     match how {
///         Resumption::Resumed { .. } => true,
///         Resumption::Gap { lost, undelivered } => lost == 0 && undelivered == 0, // never: else there was no gap
///     }
/// }
///
/// assert!(is_up_to_date(Resumption::Resumed { replayed: 3 }));
/// assert!(!is_up_to_date(Resumption::Gap { lost: 1, undelivered: 0 }));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resumption {
    /// Nothing is lost in either direction; what did not arrive is sent again, each message once and in order.
    Resumed {
        /// How many messages of this side's are sent again.
        replayed: u64,
    },
    /// There were more messages under way than are kept, and the oldest of them are lost. Those behind them arrive.
    Gap {
        /// How many messages of the peer's never come.
        lost: u64,
        /// How many messages of this side's the peer never gets.
        undelivered: u64,
    },
}

/// What the receiver is told between messages.
pub(super) enum Notice {
    Suspended(Suspension),
    Resumed(Resumption),
}

struct Down {
    suspension: Suspension,
    until: Option<Instant>,
}

impl<S> Lifeline<S> {
    pub(crate) fn new(summons: mpsc::Receiver<Summons<S>>, window: Option<Duration>, keeper: Box<dyn Keeper>) -> Self {
        Self { summons, window, keeper, place: None, down: None, notices: VecDeque::new() }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin, Out> Driver<S, Out> {
    /// From now on the connection outlives its stream. Nothing was written yet.
    pub(crate) fn hold_on(&mut self, lifeline: Lifeline<S>, ring: usize) {
        self.peer.line.outbox.keep(ring);
        self.lifeline = Some(Box::new(lifeline));
    }

    /// From now on the connection ends with its stream.
    pub(crate) fn let_go(&mut self) {
        self.lifeline = None;
    }

    /// What is to be told before the next message.
    #[inline]
    pub(super) fn due_notice(&mut self) -> Option<Notice> {
        let lifeline = self.lifeline.as_mut()?;
        let (at, _) = lifeline.notices.front()?;
        if *at > self.session.taken() {
            return None;
        }
        lifeline.notices.pop_front().map(|(_, notice)| notice)
    }

    /// The stream is lost. Says whether that is the end.
    pub(super) fn lost(&mut self, reason: CloseReason) -> Poll<Result<(), CloseReason>> {
        let may_resume = self.lifeline.is_some();
        let reason = match self.session.heard_farewell().filter(|_| may_resume) {
            Some(farewell) => CloseReason::Farewell(farewell),
            None => reason,
        };
        if may_resume && reason.is_interruption() && self.ended.is_none() && !self.peer.line.outbox.is_closed() {
            self.suspend(reason);
            return Poll::Ready(Ok(()));
        }
        Poll::Ready(Err(self.finished(reason)))
    }

    fn suspend(&mut self, reason: CloseReason) -> Option<Predecessor<S>> {
        let (taken, received) = self.session.cut_off();
        let (io, writing, rest) = self.stream.unplug();
        let kept = self.peer.line.outbox.suspend(writing);
        self.peer.line.suspend(true);
        let lifeline = self.lifeline.as_mut()?;
        lifeline.place = None;
        lifeline.keeper.suspended();
        let suspension = Suspension { reason, received, kept };
        lifeline.notices.push_back((taken, Notice::Suspended(suspension.clone())));
        let until = lifeline.window.and_then(|window| self.now.checked_add(window));
        lifeline.down = Some(Down { suspension, until });
        io.map(|io| Predecessor { io, rest })
    }

    /// Looks for another stream. Ready if something changed; `None` if there is nothing to wait for, and the connection is as any other.
    pub(super) fn poll_lifeline(&mut self, context: &mut Context<'_>) -> Option<Poll<Result<(), CloseReason>>> {
        let lifeline = self.lifeline.as_mut()?;
        if let Some(received) = self.session.take_acked() {
            lifeline.keeper.confirmed();
            self.peer.line.outbox.acked(received);
        }
        loop {
            match lifeline.summons.poll_recv(context) {
                Poll::Ready(Some(Summons::Comeback(comeback))) => {
                    self.come_back(*comeback);
                    return Some(Poll::Ready(Ok(())));
                }
                Poll::Ready(end) => {
                    if let Some(down) = lifeline.down.take() {
                        return Some(Poll::Ready(Err(self.finished(down.suspension.reason))));
                    }
                    // It came too late, for one that is back. Others may come.
                    if end.is_none() {
                        break;
                    }
                }
                Poll::Pending => break,
            }
        }
        let down = lifeline.down.as_ref()?;
        self.peer.line.outbox.rest(context.waker());
        let rested = self.session.paused_until().map(Instant::from_std).filter(|until| *until > self.now);
        let Some(deadline) = down.until.into_iter().chain(rested).min() else {
            return Some(Poll::Pending);
        };
        let until = down.until;
        if self.timer.poll(context, self.now, deadline).is_pending() {
            return Some(Poll::Pending);
        }
        self.now = Instant::now();
        if until.is_none_or(|until| until > self.now) {
            return Some(Poll::Ready(Ok(())));
        }
        let reason = self.lifeline.as_mut().and_then(|lifeline| lifeline.down.take());
        let reason = reason.map_or(CloseReason::PeerLeft, |down| down.suspension.reason);
        Some(Poll::Ready(Err(self.finished(reason))))
    }

    /// Goes on over another stream.
    fn come_back(&mut self, comeback: Comeback<S>) {
        let Comeback { mut arrival, received, kept, token, addr, place, predecessor } = comeback;
        if !self.lifeline.as_mut().is_some_and(|lifeline| lifeline.keeper.accepts(token.as_deref())) {
            return;
        }
        let is_down = self.lifeline.as_ref().is_some_and(|lifeline| lifeline.down.is_some());
        // The peer knows earlier than this side that its stream is gone, or has taken its session elsewhere.
        let old = if is_down { None } else { self.suspend(CloseReason::PeerLeft) };
        if let (Some(old), Some(predecessor)) = (old, predecessor) {
            let _ = predecessor.send(old);
        }
        let Some(down) = self.lifeline.as_mut().and_then(|lifeline| lifeline.down.take()) else { return };
        let had = down.suspension.received;
        let lost = self.session.go_on(&mut arrival.session, had, kept, self.now.into_std());
        let (first, replayed, undelivered) = self.peer.line.outbox.resume(received);
        self.stream.plug(arrival.stream);
        let Some(lifeline) = &mut self.lifeline else { return };
        lifeline.keeper.resumed();
        match token {
            Some(token) => {
                let window = lifeline.window.unwrap_or_default();
                let window = u64::try_from(window.as_millis()).unwrap_or(u64::MAX);
                let grant = Grant { token: Bin(token), window, resumed: true, received: had, kept: first };
                self.peer.line.outbox.push_control(&Control::Session(grant).frame());
            }
            // The server is to know that its answer has come.
            None => self.session.acknowledge(),
        }
        if let Some(addr) = addr {
            self.peer.line.found(addr);
        }
        lifeline.place = place;
        self.peer.line.suspend(false);
        let how = match (lost, undelivered) {
            (0, 0) => Resumption::Resumed { replayed },
            _ => Resumption::Gap { lost, undelivered },
        };
        // It follows the messages that came over the old stream.
        let at = lifeline.notices.back().map_or(0, |(at, _)| *at).max(self.session.taken());
        lifeline.notices.push_back((at, Notice::Resumed(how)));
    }
}
