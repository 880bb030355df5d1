//! [`Arrival`]: a stream whose two sides have not been introduced yet. Once they are, a [`Driver`](super::Driver) takes it.

use std::future::poll_fn;
use std::io;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use super::stream::Stream;
use crate::proto::{Claim, Session};
#[cfg(feature = "client")]
use crate::proto::{CloseReason, Event, Farewell, Grant};

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

    /// Reads once; says how many bytes.
    async fn read(&mut self) -> io::Result<usize> {
        poll_fn(|context| self.stream.poll_read(context, &mut self.session, Instant::now())).await
    }

    /// Greets, and waits for the first frame; says whether it was a hello, or that the peer is gone. Another frame is left for the session.
    #[cfg(feature = "server")]
    pub(crate) async fn introduced(&mut self, greeting: &[u8]) -> io::Result<bool> {
        self.stream.write(greeting).await?;
        loop {
            if let Some(is_hello) = self.session.next_control(Instant::now().into_std()) {
                return Ok(is_hello);
            }
            if self.read().await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// Grants a session, and waits until the peer shows that it knows.
    #[cfg(feature = "server")]
    pub(crate) async fn confirmed(&mut self, grant: &[u8]) -> io::Result<()> {
        self.stream.write(grant).await?;
        loop {
            while let Some(is_control) = self.session.next_control(Instant::now().into_std()) {
                // A message comes from one who has read on as well.
                if !is_control || self.session.take_acked().is_some() {
                    return Ok(());
                }
            }
            if self.read().await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// What the peer says of a session in its hello.
    #[cfg(feature = "server")]
    pub(crate) fn take_claim(&mut self) -> Option<Claim> {
        self.session.take_claim()
    }

    #[cfg(feature = "server")]
    pub(crate) fn io(&self) -> Option<&S> {
        self.stream.io()
    }

    /// Says the last that there is to say, and gives the peer a moment to read it.
    #[cfg(feature = "server")]
    pub(crate) async fn dismiss(mut self, farewell: &[u8]) -> io::Result<()> {
        self.stream.write(farewell).await?;
        self.stream.end().await?;
        self.stream.drain().await
    }

    /// Whether the server keeps the sessions of clients that were lost.
    #[cfg(feature = "client")]
    pub(crate) fn is_offered_session(&self) -> bool {
        self.session.is_resumable()
    }

    /// Says hello, asks for a session, and waits for the answer; `None` if there is none, and something else comes.
    #[cfg(feature = "client")]
    pub(crate) async fn granted(&mut self, claim: Claim) -> Result<Option<Grant>, CloseReason> {
        self.session.claim(claim);
        if let Some(hello) = self.session.take_control(Instant::now().into_std()) {
            self.stream.write(&hello).await.map_err(|error| CloseReason::lost(&error))?;
        }
        loop {
            while let Some(is_control) = self.session.next_control(Instant::now().into_std()) {
                if let Some(grant) = self.session.take_grant() {
                    self.session.acknowledge();
                    return Ok(Some(grant));
                }
                if !is_control {
                    self.session.forget_resume();
                    return Ok(None);
                }
            }
            match self.read().await {
                Ok(0) => return Err(self.session.end()),
                Ok(_) => {}
                Err(error) => return Err(CloseReason::lost(&error)),
            }
        }
    }

    /// The answer to a greeting, which goes before everything else, if the server understands one.
    #[cfg(feature = "client")]
    pub(crate) fn hello(&mut self) -> Option<Vec<u8>> {
        self.session.forget_resume();
        self.session.take_control(Instant::now().into_std())
    }

    /// Waits until the server has greeted. Nothing is written before that.
    #[cfg(feature = "client")]
    pub(crate) async fn greeted(&mut self) -> Result<(), NotGreeted> {
        loop {
            let now = Instant::now();
            match self.session.next_event(now.into_std()) {
                Some(Event::Greeted) => return Ok(()),
                Some(Event::Refused(farewell)) => return Err(NotGreeted::Refused(farewell)),
                Some(Event::Close(reason)) => return Err(NotGreeted::Closed(reason)),
                Some(Event::Message(_) | Event::Rejected(_)) => {
                    return Err(NotGreeted::Closed(CloseReason::NoGreeting));
                }
                None => {}
            }
            match self.read().await {
                Ok(0) => return Err(NotGreeted::Closed(self.session.end())),
                Ok(_) => {}
                Err(error) => return Err(NotGreeted::Closed(CloseReason::lost(&error))),
            }
        }
    }
}
