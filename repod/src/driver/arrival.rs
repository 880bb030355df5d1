//! [`Arrival`]: a stream whose two sides have not been introduced yet. Once they are, a [`Driver`](super::Driver) takes it.

#[cfg(feature = "client")]
use std::future::poll_fn;

use tokio::io::{AsyncRead, AsyncWrite};
#[cfg(feature = "client")]
use tokio::time::Instant;

use super::stream::Stream;
use crate::proto::Session;
#[cfg(feature = "client")]
use crate::proto::{CloseReason, Event, Farewell};

/// A stream with its session, before it is known whose connection it will be.
pub(crate) struct Arrival<S> {
    pub(super) stream: Stream<S>,
    pub(super) session: Session,
}

/// Why a client was not greeted.
#[cfg(feature = "client")]
pub(crate) enum NotGreeted {
    /// The server greeted and turned it away.
    Refused(Farewell),
    /// The connection ended, or something else than a greeting came.
    Closed(CloseReason),
}

impl<S: AsyncRead + AsyncWrite + Unpin> Arrival<S> {
    pub(crate) fn new(stream: S, session: Session) -> Self {
        Self { stream: Stream::new(stream), session }
    }

    /// Waits until the server has greeted. Nothing is written before that. Returns the answer, which goes before everything else, if the
    /// server understands one.
    #[cfg(feature = "client")]
    pub(crate) async fn greeted(&mut self) -> Result<Option<Vec<u8>>, NotGreeted> {
        loop {
            let now = Instant::now();
            match self.session.next_event(now.into_std()) {
                Some(Event::Greeted) => return Ok(self.session.take_control(now.into_std())),
                Some(Event::Refused(farewell)) => return Err(NotGreeted::Refused(farewell)),
                Some(Event::Close(reason)) => return Err(NotGreeted::Closed(reason)),
                Some(Event::Message(_) | Event::Rejected(_)) => {
                    return Err(NotGreeted::Closed(CloseReason::NoGreeting));
                }
                None => {}
            }
            match poll_fn(|context| self.stream.poll_read(context, &mut self.session, Instant::now())).await {
                Ok(0) => return Err(NotGreeted::Closed(self.session.end())),
                Ok(_) => {}
                Err(error) => return Err(NotGreeted::Closed(CloseReason::lost(&error))),
            }
        }
    }
}
