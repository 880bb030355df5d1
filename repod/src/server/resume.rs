//! Connections of a server that keeps sessions: each is asked first whether it is a new one, or comes back to a session.
//! Those of a server that keeps none are in `accept`.

use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

use super::Server;
use super::accept::{GOODBYE, Hub, RETRY_LATEST, RETRY_SOONEST};
use super::admission::Ticket;
use super::vault::{Lease, Shown, Vault};
use crate::driver::{Arrival, Comeback, Driver, Lifeline, Predecessor, Summons, panic_message};
use crate::jitter::spread;
use crate::peer::Peer;
use crate::proto::{Bin, Claim, CloseReason, Control, Farewell, FarewellCode, Grant, Session};
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
                    let _ = summons.try_send(Summons::Comeback(Box::new(comeback)));
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
        self.begin(vault, arrival, addr, ticket, is_wanted).await;
    }

    /// Serves a new client.
    async fn begin<T>(
        &self,
        vault: Arc<Vault<T>>,
        arrival: Arrival<T>,
        addr: SocketAddr,
        ticket: Ticket,
        is_wanted: bool,
    ) where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let peer = Peer::new(Some(addr), &self.limits, self.peers.clone());
        let mut driver = Driver::new(arrival, peer.clone(), self.policy, self.cut.clone());
        let mut place = Some(ticket);
        match catch_unwind(AssertUnwindSafe(|| self.app.accept(peer.clone()))) {
            Ok(Ok(channel)) => {
                if is_wanted {
                    peer.line.heard();
                    if let Some(Lease { token, summons, tenancy }) = vault.open() {
                        let window = vault.settings.resume_window;
                        let mut lifeline = Lifeline::new(summons, Some(window), Box::new(tenancy));
                        lifeline.place = place.take().map(|ticket| Box::new(ticket) as Box<dyn Send>);
                        driver.hold_on(lifeline, vault.settings.ring);
                        let window = u64::try_from(window.as_millis()).unwrap_or(u64::MAX);
                        let grant = Grant { token: Bin(token), window, resumed: false, received: 0, kept: 0 };
                        peer.line.outbox.push_control(&Control::Session(grant).frame());
                    }
                }
                self.serve(&mut driver, channel).await;
            }
            Ok(Err(refuse)) => self.refuse(&peer, refuse),
            Err(panic) => {
                tracing::error!(%addr, panic = panic_message(&*panic), "accept_panicked");
                peer.end(CloseReason::Panicked);
            }
        }
        // Its place is free while it says goodbye, and nobody comes back to it.
        driver.let_go();
        drop(place);
        if let Ok(_permit) = self.goodbyes.try_acquire() {
            driver.linger().await;
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
