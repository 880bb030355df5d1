//! Connections of a server that keeps sessions: each is asked first whether it is a new one, or comes back to a session.
//! Those of a server that keeps none are in `accept`.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};

use super::Server;
use super::accept::{GOODBYE, Hub, RETRY_LATEST, RETRY_SOONEST};
use super::admission::Ticket;
use super::vault::{Lease, Shown, Tenancy, Vault};
use crate::driver::{Arrival, Comeback, Driver, Keeper, Lifeline, Predecessor, Summons};
use crate::jitter::spread;
use crate::peer::Peer;
use crate::proto::{Bin, Claim, Control, Farewell, FarewellCode, Grant, Session};
use crate::transport::Listener;

impl<S: Server> Hub<S> {
    /// Serves one connection from its greeting to its end, or hands it over to the task of the session that it comes back to.
    pub(super) async fn attend_again<L: Listener>(
        self: Arc<Self>,
        vault: Arc<Vault<L::Stream>>,
        stream: L::Stream,
        addr: SocketAddr,
        ticket: Ticket,
    ) {
        let session = Session::new(self.role, self.limits.clone(), Instant::now().into_std());
        let mut arrival = Arrival::new(stream, session);
        if arrival.io().is_none_or(|io| L::prepare(io, &self.limits.socket).is_err()) {
            tracing::debug!(%addr, "client_lost_at_once");
            return;
        }
        let introduced = tokio::select! {
            biased;
            introduced = timeout(vault.settings.patience, arrival.introduced(&self.greeting)) => introduced,
            // It is told so as all others are.
            () = self.stop.cancelled() => Ok(Ok(false)),
        };
        if let Ok(Err(error)) = introduced {
            tracing::debug!(%addr, %error, "client_lost_at_once");
            return;
        }
        let claim = arrival.take_claim();
        let is_wanted = claim.is_some();
        if let Some(Claim { token: Some(Bin(token)), received, kept }) = claim {
            match vault.show(&token, addr.ip(), Instant::now().into_std()) {
                Shown::Known(summons, token) => {
                    let (sender, predecessor) = oneshot::channel();
                    let comeback = Comeback {
                        arrival,
                        received,
                        kept,
                        token: Some(token),
                        addr: Some(addr),
                        place: Some(Box::new(ticket)),
                        predecessor: Some(sender),
                    };
                    // A session that ends at this moment takes the stream with it; its client will try again.
                    summons.send(Summons::Comeback(Box::new(comeback)));
                    if let Ok(predecessor) = predecessor.await {
                        let _ = timeout(GOODBYE, replaced(predecessor, &self)).await;
                    }
                    return;
                }
                Shown::TooMany => {
                    tracing::warn!(%addr, "too_many_wrong_tokens");
                    let retry_after = Some(spread(RETRY_SOONEST, RETRY_LATEST));
                    let code = FarewellCode::TooManyAttempts;
                    let farewell = Farewell { code, text: String::new(), retry_after };
                    let _ = timeout(GOODBYE, arrival.dismiss(&Control::Close(farewell).frame())).await;
                    return;
                }
                Shown::Unknown => tracing::info!(%addr, "session_unknown"),
            }
        }
        let newcomer = Newcomer { arrival, addr, place: Some(Box::new(ticket)) };
        let admitted = if is_wanted { self.grant(&vault, newcomer).await } else { Some((newcomer, None)) };
        if let Some((newcomer, lifeline)) = admitted {
            self.begin(newcomer, lifeline, vault.settings.ring).await;
        }
    }

    /// Grants a session, and waits until the client has it; `None` if it is lost and does not come back. Until then it is no player, and
    /// nothing was said: so a client that has got its session always finds it again, and one that has not leaves nothing behind.
    async fn grant<T: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
        &self,
        vault: &Arc<Vault<T>>,
        mut newcomer: Newcomer<T>,
    ) -> Option<(Newcomer<T>, Option<Lifeline<T>>)> {
        let Some(Lease { mut token, mut summons, mut tenancy }) = vault.open() else {
            return Some((newcomer, None));
        };
        let window = vault.settings.resume_window;
        let mut resumed = false;
        loop {
            let milliseconds = u64::try_from(window.as_millis()).unwrap_or(u64::MAX);
            let grant = Grant { token: Bin(token), window: milliseconds, resumed, received: 0, kept: 0 };
            let grant = Control::Session(grant).frame();
            let mut summoned = tokio::select! {
                biased;
                summoned = newest(&mut summons, &mut tenancy) => summoned,
                confirmed = timeout(vault.settings.patience, newcomer.arrival.confirmed(&grant)) => match confirmed {
                    Ok(Err(_)) => None,
                    // One that says nothing is taken for one that has it.
                    Ok(Ok(())) | Err(_) => break,
                },
                () = self.stop.cancelled() => break,
            };
            let known = newcomer.addr;
            if summoned.is_none() {
                // Its socket and its place are free meanwhile.
                drop(newcomer);
                tenancy.suspended();
                summoned = tokio::select! {
                    summoned = timeout(window, newest(&mut summons, &mut tenancy)) => summoned.ok().flatten(),
                    () = self.stop.cancelled() => None,
                };
            }
            let comeback = summoned?;
            tenancy.resumed();
            // What it cannot send again would be missing in a conversation that has not begun.
            resumed = comeback.kept == 0;
            token = comeback.token.unwrap_or_default();
            let addr = comeback.addr.unwrap_or(known);
            newcomer = Newcomer { arrival: comeback.arrival, addr, place: comeback.place };
        }
        tenancy.confirmed();
        Some((newcomer, Some(Lifeline::new(summons, Some(window), Box::new(tenancy)))))
    }

    /// Serves a new client.
    async fn begin<T>(&self, newcomer: Newcomer<T>, lifeline: Option<Lifeline<T>>, ring: usize)
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let Newcomer { arrival, addr, mut place } = newcomer;
        let peer = Peer::new(Some(addr), &self.limits, self.peers.clone());
        let mut driver = Driver::new(arrival, peer.clone(), self.policy, self.cut.clone());
        if let Some(channel) = self.ask(&peer) {
            if let Some(mut lifeline) = lifeline {
                peer.line.heard();
                lifeline.place = place.take();
                driver.hold_on(lifeline, ring);
            }
            self.serve(&mut driver, channel).await;
        }
        // Its place is free while it says goodbye, and nobody comes back to it.
        driver.let_go();
        drop(place);
        self.part(driver).await;
    }
}

/// A client that has been greeted, and is not served yet.
struct Newcomer<T> {
    arrival: Arrival<T>,
    addr: SocketAddr,
    /// Its place in the server.
    place: Option<Box<dyn Send>>,
}

/// The next stream of a client that has no newer one; `None` if it is not waited for any more.
async fn newest<T: Send>(
    summons: &mut mpsc::Receiver<Summons<T>>,
    tenancy: &mut Tenancy<T>,
) -> Option<Box<Comeback<T>>> {
    loop {
        match summons.recv().await? {
            Summons::Comeback(comeback) if tenancy.accepts(comeback.token.as_deref()) => return Some(comeback),
            Summons::Comeback(_) => {}
            Summons::End => return None,
        }
    }
}

/// Tells the older of two streams of one session that it is not the one any more.
async fn replaced<T, S: Server>(predecessor: Predecessor<T>, hub: &Hub<S>) -> std::io::Result<()>
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    let Predecessor { io, rest } = predecessor;
    let session = Session::new(hub.role, hub.limits.clone(), Instant::now().into_std());
    let farewell = Farewell { code: FarewellCode::Replaced, text: String::new(), retry_after: None };
    Arrival::new(io, session).dismiss(&[rest, Control::Close(farewell).frame()].concat()).await
}
