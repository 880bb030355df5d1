//! Models of the outbox in which loom tries every interleaving of its users: that no wake-up is lost and that one close wins.
//! What is in the frames does not matter here.

use std::future::poll_fn;
use std::task::{Poll, Waker};

use loom::future::block_on;
use loom::sync::Arc;
use loom::thread;
use tokio::time::Instant;

use super::{Frame, Outbox, Refused, Total};
use crate::proto::{CloseReason, Limits};

fn outbox() -> Arc<Outbox> {
    let total = std::sync::Arc::new(Total::new(usize::MAX));
    Arc::new(Outbox::new(&Limits::server(), total))
}

/// Takes what is queued, as a connection's task does, until the queue is closed and empty; says how many messages came.
fn written(outbox: &Outbox) -> usize {
    let mut messages = 0;
    block_on(poll_fn(|context| {
        messages += taken(outbox, context.waker());
        // The waker was left before this is asked, so that a close in between is not missed.
        if outbox.is_closed() { Poll::Ready(()) } else { Poll::Pending }
    }));
    // What was pushed before the close may have come after the last look.
    messages + taken(outbox, Waker::noop())
}

/// Takes what is there.
fn taken(outbox: &Outbox, waker: &Waker) -> usize {
    let (mut messages, mut written) = (0, None);
    while let Some(chunk) = outbox.next(written.take(), waker, Instant::now()) {
        messages += chunk.messages();
        written = Some(chunk);
    }
    messages
}

#[test]
fn what_was_taken_is_written_whoever_sends_and_closes_when() {
    loom::model(|| {
        let outbox = outbox();
        let sender = thread::spawn({
            let outbox = outbox.clone();
            move || {
                let sent = (0..1).filter(|_| outbox.push(Frame::One(b"\0\0\0\x01x")).is_ok()).count();
                outbox.close(CloseReason::Shutdown, None);
                sent
            }
        });
        let written = written(&outbox);
        assert_eq!(written, sender.join().unwrap());
        assert_eq!(outbox.queued(), (0, 0));
    });
}

#[test]
fn one_of_two_closes_wins_and_nothing_is_taken_after() {
    loom::model(|| {
        let outbox = outbox();
        let other = thread::spawn({
            let outbox = outbox.clone();
            move || outbox.close(CloseReason::PeerLeft, None)
        });
        let this_won = outbox.close(CloseReason::Shutdown, None);
        let other_won = other.join().unwrap();
        assert!(this_won != other_won);
        let expected = if this_won { CloseReason::Shutdown } else { CloseReason::PeerLeft };
        assert_eq!(outbox.reason(), Some(expected));
        assert_eq!(outbox.push(Frame::One(b"x")), Err(Refused::Closed));
    });
}

#[test]
fn a_push_after_the_task_was_awake_still_wakes_it() {
    loom::model(|| {
        let outbox = outbox();
        let sender = thread::spawn({
            let outbox = outbox.clone();
            move || {
                outbox.push(Frame::One(b"x")).unwrap();
                outbox.push(Frame::One(b"y")).unwrap();
            }
        });
        let mut messages = 0;
        block_on(poll_fn(|context| {
            outbox.awake();
            messages += taken(&outbox, context.waker());
            if messages == 2 { Poll::Ready(()) } else { Poll::Pending }
        }));
        sender.join().unwrap();
    });
}
