//! What a driver does with its stream while there is nothing to dispatch: it writes, reads, and judges by the time.
//! What becomes of the messages that came is decided elsewhere.

use std::future::poll_fn;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use super::Driver;
use crate::proto::{Backlog, CloseReason, Reading};

impl<S: AsyncRead + AsyncWrite + Unpin, Out> Driver<S, Out> {
    /// Waits until there is something new to look at: bytes, the end of the stream, that this side closed, or that a peer which was too
    /// fast has waited long enough.
    pub(super) async fn more(&mut self) {
        // What is used all the time is kept, within reason; the rest goes with the next alarm. A buffer that a large frame is filling is used.
        if self.session.capacity() > KEPT_BUSY.max(self.session.pending() * 2) {
            self.session.shrink();
        }
        self.hold();
        let woken = self.now;
        let mut handled = Some(self.last_action);
        let result = poll_fn(|context| {
            let read = self.poll_io(context, Reading::On);
            if let Some(action) = handled.take() {
                self.warn_if_blocked(action, woken);
            }
            let is_rested = self.session.paused_until().is_some_and(|until| until <= self.now.into_std());
            if is_rested || self.peer.line.outbox.is_closed() {
                return Poll::Ready(Ok(()));
            }
            read
        })
        .await;
        // This task is awake; what its handlers send need not wake it.
        self.peer.line.outbox.awake();
        self.hold();
        if let Err(reason) = result {
            self.end(reason);
        }
    }

    /// Counts what was read and waits for its handler. When all connections together hold too much, those that hold the most give way.
    pub(super) fn hold(&self) {
        self.peer.line.hold(self.session.pending());
        self.peer.peers().relieve_if_exceeded();
    }

    /// Writes all that is queued, reads once, and judges by the time. `Pending` also when all is well and nothing came.
    pub(super) fn poll_io(&mut self, context: &mut Context<'_>, reading: Reading) -> Poll<Result<(), CloseReason>> {
        self.now = Instant::now();
        if self.lifeline.is_some() {
            if let Some(poll) = self.poll_lifeline(context) {
                return poll;
            }
        }
        loop {
            self.speak();
            let is_writing = self.stream.is_writing() || self.peer.line.outbox.is_waiting();
            if is_writing {
                if let Err(reason) = self.flush(context) {
                    return self.lost(reason);
                }
                // What has waited for that has its turn.
                if self.session.has_control() && !self.peer.line.outbox.has_controls() {
                    continue;
                }
            }
            let is_paused = self.session.paused_until().is_some() || self.session.is_full();
            let reading = if is_paused { Reading::Paused } else { reading };
            if !is_paused {
                match self.stream.poll_read(context, &mut self.session, self.now) {
                    Poll::Ready(Ok(0)) => {
                        let reason = self.session.end();
                        return self.lost(reason);
                    }
                    Poll::Ready(Ok(_)) => {
                        self.peer.line.heard();
                        return Poll::Ready(Ok(()));
                    }
                    Poll::Ready(Err(error)) => {
                        return self.lost(CloseReason::lost(&error));
                    }
                    Poll::Pending => {}
                }
            }
            // To be woken by what is queued from now on.
            if !is_writing {
                if let Err(reason) = self.flush(context) {
                    return self.lost(reason);
                }
            }
            match self.judge(context, reading) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(reason)) => return self.lost(reason),
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// Queues what the protocol itself has to say. While some of it waits for the socket, the rest waits here, where it does not add up.
    fn speak(&mut self) {
        if !self.session.has_control() || self.peer.line.outbox.has_controls() {
            return;
        }
        while let Some(frame) = self.session.take_control(self.now.into_std()) {
            self.peer.line.outbox.push_control(&frame);
        }
    }

    /// Writes what the socket takes.
    pub(super) fn flush(&mut self, context: &mut Context<'_>) -> Result<(), CloseReason> {
        match self.stream.poll_flush(context, &self.peer.line.outbox, self.now) {
            Poll::Ready(Err(error)) => Err(CloseReason::lost(&error)),
            Poll::Ready(Ok(())) | Poll::Pending => Ok(()),
        }
    }

    /// Ready with an error if something took too long, or without one if time brought something to write.
    fn judge(&mut self, context: &mut Context<'_>, reading: Reading) -> Poll<Result<(), CloseReason>> {
        let stalled = self.stream.stalled_since().and_then(|since| since.checked_add(self.policy.write_stall));
        let now = self.now.into_std();
        let rested = self.session.paused_until().filter(|until| *until > now);
        let deadlines = [self.session.deadline(reading), rested].map(|deadline| deadline.map(Instant::from_std));
        let tidying = self.is_swollen().then(|| self.now + TIDY);
        let Some(deadline) = deadlines.into_iter().flatten().chain(stalled).chain(tidying).min() else {
            return Poll::Pending;
        };
        ready!(self.timer.poll(context, self.now, deadline));
        self.now = Instant::now();
        self.session.shrink();
        self.peer.line.outbox.shrink();
        if stalled.is_some_and(|stalled| stalled <= self.now) {
            let max = self.policy.write_stall;
            return Poll::Ready(Err(CloseReason::Slow(Backlog::Age { max })));
        }
        let judged = self.session.tick(self.now.into_std(), reading);
        if let Some(rtt) = self.session.rtt() {
            self.peer.line.measured(rtt);
        }
        Poll::Ready(judged)
    }

    /// Whether a burst has left more memory behind than an idle connection should keep.
    fn is_swollen(&self) -> bool {
        self.session.capacity() > KEPT || self.peer.line.outbox.is_swollen()
    }

    /// Warns if the handlers since the last wake-up kept the thread for so long that others on it had to wait. It is asked once a wake-up, so
    /// that it costs a handler nothing; where several ran, the last one is named.
    fn warn_if_blocked(&self, action: &'static str, woken: Instant) {
        if self.now >= woken + BLOCKED {
            let time = self.now.saturating_duration_since(woken);
            let milliseconds = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
            tracing::warn!(addr = %self.peer.addr(), action, milliseconds, "handler_blocked");
        }
    }
}

/// How many bytes of its buffers an idle connection keeps: enough for the small messages of a game, so that they cost no allocation.
const KEPT: usize = 512;

/// How many bytes of each of its buffers a busy connection keeps.
const KEPT_BUSY: usize = 16 * 1024;

/// After this time at the latest, a connection gives back what a burst has left behind.
const TIDY: Duration = Duration::from_secs(5);

/// A handler that takes so long without awaiting is worth a warning: a thread serves many connections.
const BLOCKED: Duration = Duration::from_millis(100);
