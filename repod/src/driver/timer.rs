//! [`Timer`]: one alarm for all deadlines of a connection. What a deadline means is not known here.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::time::{Instant, Sleep, sleep_until};

/// An alarm that is set anew only for an earlier deadline.
///
/// Deadlines move later with every byte that comes. Setting the alarm anew each time would cost more than the byte; instead it goes off at
/// the old time, and is set then.
#[derive(Default)]
pub(super) struct Timer {
    /// `None` until the first deadline: many connections never have one.
    sleep: Option<Pin<Box<Sleep>>>,
    is_set: bool,
}

impl Timer {
    /// Ready when the alarm has gone off, at the deadline or before.
    pub(super) fn poll(&mut self, context: &mut Context<'_>, deadline: Instant) -> Poll<()> {
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if !self.is_set || deadline < sleep.deadline() {
            sleep.as_mut().reset(deadline);
            self.is_set = true;
        }
        let poll = sleep.as_mut().poll(context);
        if poll.is_ready() {
            self.is_set = false;
        }
        poll
    }
}
