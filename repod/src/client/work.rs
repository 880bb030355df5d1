//! The work behind a [`Connection`](super::Connection): it dials, drives what was dialled to its end, and begins again if that is wanted.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use super::dial::{Dial, Dialled};
use super::helm::Helm;
use super::reconnect::{Backoff, Interruption, Reconnect};
use super::{ConnectError, Event};
use crate::action::{Action, Result, Unknown};
use crate::driver::{Arrival, ConnectionError, Driver, NotGreeted, OnHandlerError, Policy, Receiver};
use crate::peer::Peer;
use crate::peers::Peers;
use crate::proto::{CloseReason, Limits, Role, Session};

/// What a connection is opened with.
pub(super) struct Call<Out> {
    pub(super) addr: String,
    pub(super) limits: Limits,
    pub(super) peer: Peer<Out>,
    pub(super) helm: Arc<Helm<Out>>,
}

/// The queue of events between the work and whoever pumps it.
pub(super) struct Inbox<In, Out> {
    pub(super) notices: mpsc::Sender<Notice<In, Out>>,
    /// The server of the connection that is up.
    pub(super) peer: Peer<Out>,
}

/// What is told to whoever pumps.
pub(super) enum Notice<In, Out> {
    /// A connection is up; this is its other side.
    Connected(Peer<Out>),
    Event(Event<In>),
}

/// How one attempt to have a connection went.
enum Attempt<T, Out> {
    /// It was up, and has ended.
    Closed(Box<Driver<T, Out>>, CloseReason),
    Failed(ConnectError),
    /// The program closed it before it was up.
    Abandoned,
}

/// Connects, drives the connection to its end, and does so again for as long as that is wanted; every event goes to the queue.
pub(super) async fn work<D: Dial, In: Action, Out: Action>(
    mut call: Call<Out>,
    mut dial: D,
    mut inbox: Inbox<In, Out>,
    cut: CancellationToken,
) {
    let mut backoff = Backoff::default();
    // Why the last connection that was up has ended.
    let mut lost = None;
    loop {
        let mut ended = None;
        let begun = Instant::now();
        let interruption = match call.attempt(&mut dial, &mut inbox, &cut).await {
            Attempt::Closed(driver, reason) => {
                lost = Some(reason.clone());
                ended = Some(driver);
                Interruption::Closed(reason)
            }
            Attempt::Failed(error) => {
                tracing::info!(%error, "connection_failed");
                Interruption::Failed(error)
            }
            Attempt::Abandoned => return call.tell_given_up(lost, None, &inbox).await,
        };
        let Some((interruption, policy)) = call.consult(interruption, dial.may_dial()).await else {
            // The program has taken the end itself.
            call.peer.end(CloseReason::ConnectFailed);
            if let Some(driver) = ended {
                driver.linger().await;
            }
            return;
        };
        if let Some(policy) = policy.as_ref().filter(|policy| ended.is_some() && begun.elapsed() >= policy.stable) {
            tracing::debug!(seconds = policy.stable.as_secs(), "connection_was_stable");
            backoff.reset();
        }
        let Some((attempt, delay)) = policy.and_then(|policy| backoff.next(&policy, &interruption)) else {
            call.peer.end(CloseReason::ConnectFailed);
            let told = tell_end(interruption, lost, inbox);
            match ended {
                Some(driver) => _ = tokio::join!(driver.linger(), told),
                None => told.await,
            }
            return;
        };
        // Whoever is to come back has said all that it had to say; what was queued for it goes with it.
        drop(ended);
        tracing::info!(attempt, delay_ms = delay.as_millis(), reason = %interruption, "reconnecting");
        let failed = match &interruption {
            Interruption::Failed(error) => Some(error.again()),
            Interruption::Closed(_) => None,
        };
        inbox.tell(Event::Reconnecting { attempt, delay, reason: interruption }).await;
        if !(call.helm.wait(delay).await && call.renew()) {
            return call.tell_given_up(lost, failed, &inbox).await;
        }
    }
}

impl<Out: Action> Call<Out> {
    async fn attempt<D: Dial, In: Action>(
        &mut self,
        dial: &mut D,
        inbox: &mut Inbox<In, Out>,
        cut: &CancellationToken,
    ) -> Attempt<D::Stream, Out> {
        let opened = tokio::select! {
            biased;
            opened = self.open(dial) => opened,
            // Nobody is to be told: who closed knows.
            () = self.peer.closed_empty() => return Attempt::Abandoned,
        };
        let arrival = match opened {
            Ok(arrival) => arrival,
            Err(error) => return Attempt::Failed(error),
        };
        tracing::info!(addr = %self.peer.addr(), "connected");
        let policy = Policy { write_stall: self.limits.write_stall, on_handler_error: OnHandlerError::Keep };
        let mut driver = Box::new(Driver::new(arrival, self.peer.clone(), policy, cut.clone()));
        inbox.peer = self.peer.clone();
        let reason = driver.run(inbox).await;
        Attempt::Closed(driver, reason)
    }

    /// Opens a stream and waits for the greeting. The peer is as it was if that fails.
    async fn open<D: Dial>(&self, dial: &mut D) -> std::result::Result<Arrival<D::Stream>, ConnectError> {
        tracing::info!(addr = self.addr, "connecting");
        let deadline = Instant::now() + self.limits.handshake_timeout;
        let Dialled { stream, addr } = match timeout_at(deadline, dial.dial()).await {
            Ok(dialled) => dialled?,
            Err(_) => return Err(ConnectError::of(&self.addr, io::ErrorKind::TimedOut.into())),
        };
        let session = Session::new(Role::Client, self.limits.clone(), Instant::now().into_std());
        let mut arrival = Arrival::new(stream, session);
        let hello = self.greeted(&mut arrival, deadline).await?;
        if let Some(addr) = addr {
            self.peer.found(addr);
        }
        // The answer goes before everything that the program has sent already.
        if let Some(hello) = hello {
            self.peer.line.outbox.push_first(hello);
        }
        Ok(arrival)
    }

    async fn greeted<T: AsyncRead + AsyncWrite + Unpin>(
        &self,
        arrival: &mut Arrival<T>,
        deadline: Instant,
    ) -> std::result::Result<Option<Vec<u8>>, ConnectError> {
        let addr = self.addr.clone();
        match timeout_at(deadline, arrival.greeted()).await {
            Ok(Ok(hello)) => Ok(hello),
            Ok(Err(NotGreeted::Refused(farewell))) => Err(ConnectError::TurnedAway { addr, farewell }),
            Ok(Err(NotGreeted::Closed(reason))) => Err(ConnectError::NoGreeting { addr, reason }),
            Err(_) => {
                let reason = CloseReason::HandshakeTimeout(self.limits.handshake_timeout);
                Err(ConnectError::NoGreeting { addr, reason })
            }
        }
    }

    /// Asks how to go on, if there is a choice.
    async fn consult(&self, end: Interruption, may_dial: bool) -> Option<(Interruption, Option<Reconnect>)> {
        if may_dial && end.may_retry() { self.helm.consult(end).await } else { Some((end, None)) }
    }

    /// The next connection is another one than the last, if that was up. Says whether it is wanted still.
    fn renew(&mut self) -> bool {
        if !self.peer.is_open() {
            self.peer = Peer::new(None, &self.limits, Peers::new(&self.limits));
        }
        self.helm.renew(self.peer.clone())
    }

    /// Tells of the end when the program wants no other attempt. A program that has closed what never was up is told nothing.
    async fn tell_given_up<In: Action>(
        &self,
        lost: Option<CloseReason>,
        failed: Option<ConnectError>,
        inbox: &Inbox<In, Out>,
    ) {
        self.peer.end(CloseReason::ConnectFailed);
        let event = match (lost, self.helm.closing(), failed) {
            (Some(_), Some(closing), _) => Event::Closed(closing),
            (Some(lost), None, _) => Event::Closed(lost),
            (None, None, Some(failed)) => Event::Failed(failed),
            (None, _, _) => return,
        };
        inbox.tell(event).await;
    }
}

/// Tells of the last end there is.
async fn tell_end<In: Action, Out: Action>(end: Interruption, lost: Option<CloseReason>, inbox: Inbox<In, Out>) {
    let reason = match (end, lost) {
        (Interruption::Closed(reason), _) => reason,
        (Interruption::Failed(error), None) => return inbox.tell(Event::Failed(error)).await,
        (Interruption::Failed(ConnectError::TurnedAway { farewell, .. }), Some(_)) => CloseReason::Farewell(farewell),
        (Interruption::Failed(error), Some(reason)) => {
            inbox.tell(Event::Error(ConnectionError::Connect(error))).await;
            reason
        }
    };
    inbox.tell(Event::Closed(reason)).await;
}

impl<In: Action, Out: Action> Inbox<In, Out> {
    /// Waits for room; meanwhile the connection goes on writing. That nobody takes events any more is no error here: then the
    /// connection is being closed.
    async fn tell(&self, event: Event<In>) {
        let _ = self.notices.send(Notice::Event(event)).await;
    }
}

impl<In: Action, Out: Action> Receiver for Inbox<In, Out> {
    type Incoming = In;

    async fn open(&mut self) -> Result {
        let _ = self.notices.send(Notice::Connected(self.peer.clone())).await;
        Ok(())
    }

    async fn message(&mut self, action: In) -> Result {
        self.tell(Event::Message(action)).await;
        Ok(())
    }

    async fn unknown(&mut self, message: Unknown) -> Result {
        self.tell(Event::Unknown(message)).await;
        Ok(())
    }

    async fn error(&mut self, error: ConnectionError) {
        self.tell(Event::Error(error)).await;
    }

    /// The program is told when it is clear that there is no other attempt.
    async fn close(&mut self, reason: CloseReason) {
        tracing::info!(%reason, "disconnected");
    }
}
