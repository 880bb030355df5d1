//! How a connection that is over leaves: it says what is left to be said, and gives the peer a moment to hear it.
//! Why it is over was decided before.

use std::future::poll_fn;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, timeout};

use super::Driver;
use crate::proto::CloseReason;

impl<S: AsyncRead + AsyncWrite + Unpin, Out> Driver<S, Out> {
    /// Sends what is still queued, says goodbye to the network and gives the peer a moment to hear it.
    ///
    /// Closing a socket with unread input resets it, and the peer would lose what it has not read yet: so the stream is
    /// half-closed first, and what still comes is drained.
    pub(crate) async fn linger(self) {
        // Else nobody is there.
        if self.stream.is_plugged() && !matches!(self.ended, Some(CloseReason::Lost(_) | CloseReason::Timeout(_))) {
            let cut = self.cut.clone();
            tokio::select! {
                biased;
                () = self.say_goodbye() => {}
                () = cut.cancelled() => {}
            }
        }
    }

    /// As [`linger`](Self::linger), but waits for nothing: what the socket does not take at once is lost.
    #[cfg(feature = "server")]
    pub(crate) async fn leave(mut self) {
        self.sign_off();
        let flushed = poll_fn(|context| std::task::Poll::Ready(self.flush(context)));
        let _ = tokio::task::unconstrained(flushed).await;
    }

    /// Queues the last words.
    fn sign_off(&mut self) {
        let outbox = &self.peer.line.outbox;
        let reason = outbox.reason();
        let farewell = reason.and_then(|reason| self.session.farewell(&reason, outbox.retry_after()));
        if let Some(farewell) = farewell {
            outbox.push_last(&farewell);
        }
    }

    async fn say_goodbye(mut self) {
        if self.session.awaits_hello(Instant::now().into_std()) {
            let _ = timeout(HELLO, self.hear_hello()).await;
        }
        self.sign_off();
        if let Ok(Ok(())) = timeout(FLUSH, self.stream.finish(&self.peer.line.outbox)).await {
            let _ = timeout(DRAIN, self.stream.drain()).await;
        }
    }

    /// Sends what is queued, and reads the first frame. A client that was refused at once is still about to say hello, and only one that has
    /// said it can be told why.
    async fn hear_hello(&mut self) {
        loop {
            // It may have come with the last bytes that were read.
            let _ = self.session.next_event(self.now.into_std());
            if !self.session.awaits_hello(Instant::now().into_std()) {
                return;
            }
            let read = poll_fn(|context| {
                self.now = Instant::now();
                self.flush(context)?;
                self.stream.poll_read(context, &mut self.session, self.now).map_err(|error| CloseReason::lost(&error))
            });
            match read.await {
                Ok(1..) => {}
                Ok(0) | Err(_) => return,
            }
        }
    }
}

/// How long a closing connection waits for the hello of a peer that has just come. A client of this crate says it at once; a Python one says
/// nothing, and sees the end so much later.
const HELLO: Duration = Duration::from_millis(500);

/// How long a closing connection tries to send what is still queued.
const FLUSH: Duration = Duration::from_secs(10);

/// How long a closing connection waits for the peer to close its side.
const DRAIN: Duration = Duration::from_secs(1);
