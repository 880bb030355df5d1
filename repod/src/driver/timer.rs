//! [`Timer`]: one alarm for all deadlines of a connection. What a deadline means is not known here.

use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::task::unconstrained;
use tokio::time::{Instant, Sleep, sleep_until};

/// An alarm that is set anew only for an earlier deadline.
///
/// Alarms that are a while away go off on a beat, together with those of other connections: a thread that has to wake up for one ping may
/// as well write fifty.
///
/// Deadlines move later with every byte that comes. Setting the alarm anew each time would cost more than the byte; instead it goes off at
/// the old time, and is set then.
pub(super) struct Timer {
    /// A time on the beat.
    beat: Instant,
    /// The deadline that the alarm was set for, until it has gone off.
    set_for: Option<Instant>,
    /// `None` until the first deadline: many connections never have one.
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Timer {
    /// An alarm that shares the beat of all that are given the same `beat`.
    pub(super) fn new(beat: Instant) -> Self {
        Self { beat, set_for: None, sleep: None }
    }

    /// Ready when the alarm has gone off: at the deadline or before, or on the next beat. It has to be polled by one task alone.
    #[inline]
    pub(super) fn poll(&mut self, context: &mut Context<'_>, now: Instant, deadline: Instant) -> Poll<()> {
        // That it was polled once is enough: the task is woken when it goes off.
        match &self.sleep {
            Some(sleep) if self.set_for.is_some_and(|set_for| set_for <= deadline) && now < sleep.deadline() => {
                Poll::Pending
            }
            _ => self.set(context, now, deadline),
        }
    }

    fn set(&mut self, context: &mut Context<'_>, now: Instant, deadline: Instant) -> Poll<()> {
        let is_far = deadline.saturating_duration_since(now) >= FAR;
        let alarm = if is_far { next(self.beat, deadline) } else { deadline };
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(alarm)));
        if self.set_for.is_none_or(|set_for| deadline < set_for) {
            sleep.as_mut().reset(alarm);
            self.set_for = Some(deadline);
        }
        // A task that has used up its share of the thread would be told to wait, and the alarm would not be set.
        let poll = pin!(unconstrained(sleep.as_mut())).poll(context);
        if poll.is_ready() {
            self.set_for = None;
        }
        poll
    }
}

/// The first time on the beat after a deadline.
fn next(beat: Instant, deadline: Instant) -> Instant {
    let since = u64::try_from(deadline.saturating_duration_since(beat).as_millis()).unwrap_or(u64::MAX);
    let next = Duration::from_millis((since / BEAT + 1).saturating_mul(BEAT));
    beat.checked_add(next).unwrap_or(deadline)
}

/// The time from beat to beat, in milliseconds.
const BEAT: u64 = 50;

/// Alarms that are nearer than this go off when they are due.
const FAR: Duration = Duration::from_secs(1);
