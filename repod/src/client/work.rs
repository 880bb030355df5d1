//! The work behind a [`Connection`](super::Connection): it dials, drives what was dialled to its end, and begins again if that is wanted.
//! How a connection with a session goes on over another stream is in `comeback`.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc::{self, error::TrySendError};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use super::comeback::{Outcome, Returning};
use super::dial::{Dial, Dialled};
use super::helm::Helm;
use super::reconnect::{Backoff, Interruption, Reconnect};
use super::{ConnectError, Event};
use crate::action::{Action, Result, Unknown};
use crate::driver::{
    Arrival, ConnectionError, Driver, NotGreeted, OnHandlerError, Policy, Receiver, Resumption, Suspension,
};
use crate::peer::Peer;
use crate::peers::Peers;
use crate::proto::{Claim, CloseReason, Grant, Limits, Role, Session, later};

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
    /// Whoever looks for another stream when one is lost, if the connection has a session.
    pub(super) losses: Option<mpsc::Sender<Suspension>>,
}

/// What is told to whoever pumps.
pub(super) enum Notice<In, Out> {
    /// A connection is up; this is its other side.
    Connected(Peer<Out>),
    Event(Event<In>),
}

/// A stream whose two sides have been introduced.
pub(super) struct Opened<T> {
    pub(super) arrival: Arrival<T>,
    pub(super) addr: Option<std::net::SocketAddr>,
    /// The session, if there is one.
    pub(super) grant: Option<Grant>,
    /// What is still to be said, before everything else.
    hello: Option<Vec<u8>>,
}

/// A connection that was up.
struct Closed<T, Out> {
    driver: Box<Driver<T, Out>>,
    reason: CloseReason,
    outcome: Outcome<T>,
}

/// Connects, drives the connection to its end, and does so again for as long as that is wanted; every event goes to the queue.
pub(super) async fn work<D: Dial, In: Action, Out: Action>(
    mut call: Call<Out>,
    mut dial: D,
    mut inbox: Inbox<In, Out>,
) {
    let mut backoff = Backoff::default();
    // Why the last connection that was up has ended.
    let mut lost = None;
    // Why the last one has failed that never was up.
    let mut failed = None;
    let mut is_another = false;
    let mut next = None;
    loop {
        let opened = match next.take() {
            Some(opened) => Ok(opened),
            None => tokio::select! {
                biased;
                opened = call.open(&mut dial, None) => opened,
                // Nobody is to be told of what never was up: who closed knows.
                () = call.peer.closed_empty() => return call.tell_given_up(lost, None, &inbox).await,
                () = call.helm.given_up(), if is_another => return call.tell_given_up(lost, failed, &inbox).await,
            },
        };
        let begun = Instant::now();
        let (interruption, ended) = match opened {
            Err(error) => {
                tracing::info!(%error, "connection_failed");
                (Interruption::Failed(error), None)
            }
            Ok(opened) => {
                let closed = call.converse(opened, &mut dial, &mut inbox, &mut backoff).await;
                lost = Some(closed.reason.clone());
                match closed.outcome {
                    Outcome::Ended => (Interruption::Closed(closed.reason), Some(closed.driver)),
                    Outcome::Anew(opened) => {
                        // What was queued for the old session goes with it.
                        drop(closed.driver);
                        if !call.renew() {
                            return call.tell_given_up(lost, None, &inbox).await;
                        }
                        next = Some(*opened);
                        continue;
                    }
                    Outcome::GivenUp(error) => {
                        let end = error.map_or(Interruption::Closed(closed.reason), Interruption::Failed);
                        return tell_end(end, lost, inbox).await;
                    }
                }
            }
        };
        let Some((interruption, policy)) = call.consult(interruption, dial.may_dial()).await else {
            // The program has taken the end itself.
            call.peer.end(CloseReason::ConnectFailed);
            if let Some(driver) = ended {
                driver.linger().await;
            }
            return;
        };
        if policy.as_ref().is_some_and(|policy| ended.is_some() && begun.elapsed() >= policy.stable) {
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
        is_another = true;
        failed = match &interruption {
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
    /// Drives a connection to its end, over as many streams as that takes.
    async fn converse<D: Dial, In: Action>(
        &self,
        opened: Opened<D::Stream>,
        dial: &mut D,
        inbox: &mut Inbox<In, Out>,
        backoff: &mut Backoff,
    ) -> Closed<D::Stream, Out> {
        if let Some(addr) = opened.addr {
            self.peer.found(addr);
        }
        tracing::info!(addr = %self.peer.addr(), "connected");
        // The answer to the greeting goes before everything that the program has sent already.
        if let Some(hello) = opened.hello {
            self.peer.line.outbox.push_control(&hello);
        }
        let policy = Policy {
            write_stall: self.limits.write_stall,
            on_handler_error: OnHandlerError::Keep,
            beat: Instant::now(),
        };
        // Whoever does not want to wait drops all of it.
        let cut = CancellationToken::new();
        let mut driver = Box::new(Driver::new(opened.arrival, self.peer.clone(), policy, cut));
        inbox.peer = self.peer.clone();
        let Some(grant) = opened.grant else {
            let reason = driver.run(inbox).await;
            return Closed { driver, reason, outcome: Outcome::Ended };
        };
        let notices = inbox.notices.clone();
        let (returning, lifeline, losses) = Returning::new(self, dial, notices, backoff, grant.token);
        driver.hold_on(lifeline, self.helm.policy().unwrap_or_default().ring);
        inbox.losses = Some(losses);
        let (reason, outcome) = {
            let mut running = std::pin::pin!(driver.run(inbox));
            tokio::select! {
                biased;
                reason = running.as_mut() => (reason, Outcome::Ended),
                outcome = returning.watch() => (running.await, outcome),
            }
        };
        inbox.losses = None;
        Closed { driver, reason, outcome }
    }

    /// Opens a stream, waits for the greeting, and asks for a session, or for that of the claim, where there are such.
    pub(super) async fn open<D: Dial>(
        &self,
        dial: &mut D,
        claim: Option<Claim>,
    ) -> std::result::Result<Opened<D::Stream>, ConnectError> {
        tracing::info!(addr = self.addr, "connecting");
        let deadline = Instant::from_std(later(Instant::now().into_std(), self.limits.handshake_timeout));
        let Dialled { stream, addr } = match timeout_at(deadline, dial.dial()).await {
            Ok(dialled) => dialled?,
            Err(_) => return Err(ConnectError::of(&self.addr, io::ErrorKind::TimedOut.into())),
        };
        let session = Session::new(Role::Client, self.limits.clone(), Instant::now().into_std());
        let mut arrival = Arrival::new(stream, session);
        match timeout_at(deadline, self.introduced(&mut arrival, claim)).await {
            Ok(Ok((grant, hello))) => Ok(Opened { arrival, addr, grant, hello }),
            Ok(Err(NotGreeted::Refused(farewell))) => {
                Err(ConnectError::TurnedAway { addr: self.addr.clone(), farewell })
            }
            Ok(Err(NotGreeted::Closed(reason))) => Err(ConnectError::NoGreeting { addr: self.addr.clone(), reason }),
            Err(_) => {
                let reason = CloseReason::HandshakeTimeout(self.limits.handshake_timeout);
                Err(ConnectError::NoGreeting { addr: self.addr.clone(), reason })
            }
        }
    }

    /// Hears the greeting and answers it; returns the session that there is, or what is still to be said.
    async fn introduced<T: AsyncRead + AsyncWrite + Unpin>(
        &self,
        arrival: &mut Arrival<T>,
        claim: Option<Claim>,
    ) -> std::result::Result<(Option<Grant>, Option<Vec<u8>>), NotGreeted> {
        arrival.greeted().await?;
        if !(arrival.is_offered_session() && self.helm.is_to_return().await) {
            return Ok((None, arrival.hello()));
        }
        let claim = claim.unwrap_or(Claim { token: None, received: 0, kept: 0 });
        match arrival.granted(claim).await {
            Ok(grant) => Ok((grant, None)),
            Err(CloseReason::Farewell(farewell)) => Err(NotGreeted::Refused(farewell)),
            Err(reason) => Err(NotGreeted::Closed(reason)),
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
        // Most of the time there is room, and to see that costs less than to wait for it.
        if let Err(TrySendError::Full(notice)) = self.notices.try_send(Notice::Event(event)) {
            let _ = self.notices.send(notice).await;
        }
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

    async fn suspended(&mut self, suspension: Suspension) -> Result {
        if let Some(losses) = &self.losses {
            let _ = losses.send(suspension).await;
        }
        Ok(())
    }

    async fn resumed(&mut self, how: Resumption) -> Result {
        tracing::info!(?how, "resumed");
        self.tell(Event::Resumed(how)).await;
        Ok(())
    }
}
