//! [`Returning`]: how a connection with a session gets another stream when its own is lost. What happens on the streams is the driver's business.

use std::future::pending;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::dial::Dial;
use super::reconnect::{Backoff, Interruption};
use super::work::{Call, Notice, Opened};
use super::{ConnectError, Event};
use crate::action::Action;
use crate::driver::{Comeback, Keeper, Lifeline, Summons, Suspension};
use crate::proto::{Bin, Claim};

/// Whoever looks for another stream.
pub(super) struct Returning<'a, D: Dial, In, Out> {
    call: &'a Call<Out>,
    dial: &'a mut D,
    notices: mpsc::Sender<Notice<In, Out>>,
    backoff: &'a mut Backoff,
    /// Names the session the next time.
    token: Bin,
    losses: mpsc::Receiver<Suspension>,
    /// Without it, the driver knows that nobody comes.
    summons: mpsc::Sender<Summons<D::Stream>>,
}

/// How a connection came to its end.
pub(super) enum Outcome<T> {
    /// By itself.
    Ended,
    /// No other stream was found, at last for this reason.
    GivenUp(Option<ConnectError>),
    /// The server does not know the session any more: what was opened is another connection.
    Anew(Box<Opened<T>>),
}

/// A client's session is kept by its server.
struct Nobody;

impl Keeper for Nobody {}

impl<'a, D: Dial, In: Action, Out: Action> Returning<'a, D, In, Out> {
    /// With what the driver waits for, and where its losses are to be told.
    pub(super) fn new(
        call: &'a Call<Out>,
        dial: &'a mut D,
        notices: mpsc::Sender<Notice<In, Out>>,
        backoff: &'a mut Backoff,
        token: Bin,
    ) -> (Self, Lifeline<D::Stream>, mpsc::Sender<Suspension>) {
        let (summons, receiver) = mpsc::channel(1);
        let (told, losses) = mpsc::channel(1);
        let lifeline = Lifeline::new(receiver, None, Box::new(Nobody));
        (Self { call, dial, notices, backoff, token, losses, summons }, lifeline, told)
    }

    /// Finds another stream for each that is lost, for as long as that makes sense.
    pub(super) async fn watch(mut self) -> Outcome<D::Stream> {
        loop {
            let since = Instant::now();
            let Some(loss) = self.losses.recv().await else { return pending().await };
            if self.call.helm.policy().is_some_and(|policy| since.elapsed() >= policy.stable) {
                self.backoff.reset();
            }
            if let Some(outcome) = self.replace(loss).await {
                return outcome;
            }
        }
    }

    /// Finds another stream for one that was lost; `None` if the connection goes on.
    async fn replace(&mut self, loss: Suspension) -> Option<Outcome<D::Stream>> {
        let mut interruption = Interruption::Closed(loss.reason);
        loop {
            let policy = self.call.helm.policy().filter(|_| self.dial.may_dial());
            let Some((attempt, delay)) = policy.and_then(|policy| self.backoff.next(&policy, &interruption)) else {
                return Some(Outcome::GivenUp(match interruption {
                    Interruption::Failed(error) => Some(error),
                    Interruption::Closed(_) => None,
                }));
            };
            tracing::info!(attempt, delay_ms = delay.as_millis(), reason = %interruption, "reconnecting");
            self.call.helm.calm();
            let event = Event::Reconnecting { attempt, delay, reason: interruption };
            let _ = self.notices.send(Notice::Event(event)).await;
            if !self.call.helm.wait(delay).await {
                return Some(Outcome::GivenUp(None));
            }
            let claim = Claim { token: Some(self.token.clone()), received: loss.received, kept: loss.kept };
            let opened = tokio::select! {
                biased;
                opened = self.call.open(self.dial, Some(claim)) => opened,
                () = self.call.helm.given_up() => return Some(Outcome::GivenUp(None)),
            };
            let opened = match opened {
                Ok(opened) => opened,
                Err(error) => {
                    tracing::info!(%error, "connection_failed");
                    interruption = Interruption::Failed(error);
                    continue;
                }
            };
            let Some(grant) = opened.grant.as_ref().filter(|grant| grant.resumed) else {
                return Some(Outcome::Anew(Box::new(opened)));
            };
            self.token = grant.token.clone();
            let comeback = Comeback {
                received: grant.received,
                kept: grant.kept,
                arrival: opened.arrival,
                token: None,
                addr: opened.addr,
                place: None,
                predecessor: None,
            };
            let _ = self.summons.send(Summons::Comeback(Box::new(comeback))).await;
            return None;
        }
    }
}
