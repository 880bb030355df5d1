//! Accepting: from a listener to a connection that is served, or refused.
//! What happens on the connection afterwards is the [`Driver`]'s business.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::admission::{Gate, Ticket};
use super::vault::Vault;
use super::{Outgoing, ServeError, Server};
use crate::action::{Action, Dispatch, Result, Unknown};
use crate::channel::Channel;
use crate::driver::{Arrival, ConnectionError, Driver, Policy, Receiver, Resumption, Suspension, panic_message};
use crate::jitter::spread;
use crate::peer::{Peer, SendError};
use crate::peers::Peers;
use crate::proto::{CloseReason, Control, Excerpt, Farewell, FarewellCode, Limits, Role, Session};
use crate::transport::Listener;

/// Turns a client away: what [`Server::accept`] returns for one that may not stay.
///
/// ```
/// # use repod::prelude::*;
/// # #[derive(Action)]
/// # enum ToClient { Full }
/// let with_a_word = Refuse::with(ToClient::Full);
/// let silently = Refuse::<ToClient>::silently();
/// ```
#[derive(Debug)]
pub struct Refuse<Out> {
    message: Option<Out>,
}

impl<Out> Refuse<Out> {
    /// Sends the client this message, and closes the connection when it is out.
    ///
    /// ```
    /// # use repod::prelude::*;
    /// #[derive(Action)]
    /// enum ToClient {
    ///     Full { seats: u32 },
    /// }
    ///
    /// fn seat(taken: u32, seats: u32) -> Result<(), Refuse<ToClient>> {
    ///     if taken >= seats {
    ///         return Err(Refuse::with(ToClient::Full { seats }));
    ///     }
    ///     Ok(())
    /// }
    ///
    /// assert!(seat(2, 2).is_err());
    /// ```
    pub fn with(message: Out) -> Self {
        Self { message: Some(message) }
    }

    /// Closes the connection without a word.
    ///
    /// ```
    /// # use repod::prelude::*;
    /// # #[derive(Action)]
    /// # enum ToClient { Full }
    /// fn check(is_banned: bool) -> Result<(), Refuse<ToClient>> {
    ///     if is_banned { Err(Refuse::silently()) } else { Ok(()) }
    /// }
    ///
    /// assert!(check(true).is_err());
    /// ```
    pub fn silently() -> Self {
        Self { message: None }
    }
}

/// What all connections of one server share.
pub(super) struct Hub<S: Server> {
    pub(super) app: Arc<S>,
    pub(super) limits: Arc<Limits>,
    pub(super) role: Role,
    pub(super) policy: Policy,
    pub(super) peers: Peers<Outgoing<S>>,
    pub(super) gate: Arc<Gate>,
    /// The frame with which every connection begins.
    pub(super) greeting: Vec<u8>,
    /// How many connections may wait for their goodbyes to be heard at once. Beyond it they do not wait: a flood must not keep others out.
    pub(super) goodbyes: Arc<Semaphore>,
    /// Every task of the server, to be waited for.
    pub(super) tasks: TaskTracker,
    /// Cancelled to stop accepting.
    pub(super) stop: CancellationToken,
    /// Cancelled to end the connections that have not ended by themselves.
    pub(super) cut: CancellationToken,
}

impl<S: Server> Hub<S> {
    /// Accepts until it is stopped, or the listener fails for good.
    pub(super) async fn accept<L: Listener>(
        self: Arc<Self>,
        mut listener: L,
        vault: Option<Arc<Vault<L::Stream>>>,
    ) -> io::Result<()> {
        let mut pause = SHORTEST_PAUSE;
        loop {
            let accepted = tokio::select! {
                biased;
                () = self.stop.cancelled() => return Ok(()),
                accepted = listener.accept() => accepted,
            };
            let error = match accepted {
                Ok((stream, addr)) => {
                    pause = SHORTEST_PAUSE;
                    self.welcome::<L>(stream, addr, vault.as_ref()).await;
                    continue;
                }
                Err(error) => error,
            };
            match Trouble::of(&error) {
                // That client is gone; the next one is waiting.
                Trouble::Client => {}
                Trouble::Fatal => return Err(error),
                // Out of descriptors or memory: an accept fails at once until some are free, so asking on would burn a core.
                Trouble::Exhausted => {
                    if pause == SHORTEST_PAUSE {
                        tracing::error!(%error, "accept_exhausted");
                        guarded("on_error", || self.app.on_error(&ServeError::Exhausted(error)));
                    }
                    tokio::select! {
                        () = self.stop.cancelled() => return Ok(()),
                        () = tokio::time::sleep(pause) => {}
                    }
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    /// Gives a connection its place, or says what there is too much of.
    async fn admit(&self, from: IpAddr) -> std::result::Result<Ticket, FarewellCode> {
        self.gate.knock(from, Instant::now().into_std())?;
        for _ in 0..PATIENCE {
            if let Some(ticket) = self.gate.enter(from, || self.peers.evict()) {
                return Ok(ticket);
            }
            // In a burst those who could be evicted may not have come to their seats yet.
            tokio::task::yield_now().await;
        }
        Err(FarewellCode::Full)
    }

    /// Lets a connection in, or turns it away at the door.
    async fn welcome<L: Listener>(
        self: &Arc<Self>,
        stream: L::Stream,
        addr: SocketAddr,
        vault: Option<&Arc<Vault<L::Stream>>>,
    ) {
        match self.admit(addr.ip()).await {
            Ok(ticket) => match vault.cloned() {
                None => _ = self.tasks.spawn(self.clone().attend::<L>(stream, addr, ticket)),
                Some(vault) => {
                    self.tasks.spawn(self.clone().attend_again::<L>(vault, stream, addr, ticket));
                }
            },
            Err(code) => {
                tracing::info!(%addr, reason = %code, "client_turned_away");
                if let Ok(permit) = self.goodbyes.clone().try_acquire_owned() {
                    self.tasks.spawn(turn_away(stream, code, self.cut.clone(), permit));
                }
            }
        }
    }

    /// Serves one connection from its greeting to its end. No `async fn`: one keeps room for its arguments beside what is made of them.
    fn attend<L: Listener>(
        self: Arc<Self>,
        stream: L::Stream,
        addr: SocketAddr,
        ticket: Ticket,
    ) -> impl Future<Output = ()> + Send {
        let peer = Peer::new(Some(addr), &self.limits, self.peers.clone());
        let session = Session::new(self.role, self.limits.clone(), Instant::now().into_std());
        let mut driver = Driver::new(Arrival::new(stream, session), peer, self.policy, self.cut.clone());
        async move {
            if let Err(error) = driver.io().map_or(Ok(()), |io| L::prepare(io, &self.limits.socket)) {
                tracing::debug!(%addr, %error, "client_lost_at_once");
                return;
            }
            let peer = driver.peer();
            peer.line.outbox.push_control(&self.greeting);
            if let Some(channel) = self.ask(peer) {
                self.serve(&mut driver, channel).await;
            }
            // Its place is free while it says goodbye.
            drop(ticket);
            self.part(driver).await;
        }
    }

    /// Asks the program for the channel of a client, and closes one that may not stay.
    pub(super) fn ask(&self, peer: &Peer<Outgoing<S>>) -> Option<S::Channel> {
        match catch_unwind(AssertUnwindSafe(|| self.app.accept(peer.clone()))) {
            Ok(Ok(channel)) => return Some(channel),
            Ok(Err(refuse)) => {
                guarded("accept", || Self::refuse(peer, refuse));
                peer.close("refused");
            }
            Err(panic) => {
                let message = panic_message(panic);
                tracing::error!(addr = %peer.addr(), panic = %Excerpt::line(&message), "accept_panicked");
                peer.end(CloseReason::Panicked);
            }
        }
        None
    }

    /// Says goodbye to a client. Where too many others do, nobody waits for it to hear that.
    pub(super) fn part<T>(&self, driver: Driver<T, Outgoing<S>>) -> impl Future<Output = ()>
    where
        T: AsyncRead + AsyncWrite + Unpin,
    {
        // Its place is not kept in every connection all along.
        Box::pin(async move {
            match self.goodbyes.try_acquire() {
                Ok(_permit) => driver.linger().await,
                Err(_) => driver.leave().await,
            }
        })
    }

    /// Queues what a client is told that may not stay.
    fn refuse(peer: &Peer<Outgoing<S>>, refuse: Refuse<Outgoing<S>>) {
        let addr = peer.addr();
        tracing::debug!(%addr, "client_refused");
        if let Some(Err(error)) = refuse.message.map(|message| peer.send(message)) {
            tracing::warn!(%addr, %error, "refusal_not_sent");
        }
    }

    /// Runs an accepted connection between `on_connect` and `on_disconnect`.
    pub(super) async fn serve<T: AsyncRead + AsyncWrite + Unpin>(
        &self,
        driver: &mut Driver<T, Outgoing<S>>,
        channel: S::Channel,
    ) {
        let peer = driver.peer().clone();
        self.peers.insert(&peer);
        tracing::info!(addr = %peer.addr(), clients = self.peers.len(), "client_connected");
        guarded("on_connect", || self.app.on_connect(&peer));
        let mut attendant = Attendant { channel, peer: &peer };
        let reason = driver.run(&mut attendant).await;
        tracing::info!(addr = %peer.addr(), %reason, clients = self.peers.len(), "client_disconnected");
        guarded("on_disconnect", || self.app.on_disconnect(&peer, &reason));
        guarded("drop", || drop(attendant));
    }
}

/// Greets a connection that there is no place for with the reason, and closes it. The reason is in the greeting itself, so that
/// a Python client notices nothing but the close.
async fn turn_away<T: AsyncRead + AsyncWrite + Unpin>(
    mut stream: T,
    code: FarewellCode,
    cut: CancellationToken,
    _permit: OwnedSemaphorePermit,
) {
    let farewell = Farewell { code, text: String::new(), retry_after: Some(spread(RETRY_SOONEST, RETRY_LATEST)) };
    let greeting = Control::Greeting { refused: Some(farewell), resume: None };
    let goodbye = async {
        stream.write_all(&greeting.frame()).await?;
        stream.shutdown().await?;
        let mut space = [0; 512];
        // What it has sent already must be read, or the close resets the connection before it has read the reason.
        while stream.read(&mut space).await? > 0 {}
        io::Result::Ok(())
    };
    tokio::select! {
        biased;
        _ = timeout(GOODBYE, goodbye) => {}
        () = cut.cancelled() => {}
    }
}

/// Hands what happens on a connection to its channel.
struct Attendant<'a, C: Channel> {
    channel: C,
    peer: &'a Peer<C::Outgoing>,
}

impl<C: Channel> Receiver for Attendant<'_, C> {
    type Incoming = C::Incoming;

    async fn open(&mut self) -> Result {
        self.channel.on_connect().await
    }

    // Not an `async fn`: it would move the action once more.
    #[inline(always)]
    fn message(&mut self, action: C::Incoming) -> impl Future<Output = Result> + Send {
        tracing::trace!(addr = %self.peer.addr(), action = action.name(), "message_dispatched");
        action.dispatch(&mut self.channel)
    }

    async fn unknown(&mut self, message: Unknown) -> Result {
        tracing::debug!(addr = %self.peer.addr(), action = %Excerpt::of(message.name()), "message_unhandled");
        self.channel.on_unknown(message).await
    }

    async fn error(&mut self, error: ConnectionError) {
        tracing::warn!(addr = %self.peer.addr(), error = %Excerpt::line(&error.to_string()), "channel_error");
        if let Some(reply) = self.channel.error_reply(&error) {
            match self.peer.send(reply) {
                Ok(()) | Err(SendError::Closed) => {}
                Err(error) => tracing::warn!(addr = %self.peer.addr(), %error, "error_reply_not_sent"),
            }
        }
        self.channel.on_error(error).await;
    }

    async fn close(&mut self, reason: CloseReason) {
        self.channel.on_close(reason).await;
    }

    async fn suspended(&mut self, suspension: Suspension) -> Result {
        let reason = suspension.reason;
        tracing::info!(addr = %self.peer.addr(), %reason, "client_suspended");
        self.channel.on_suspend(reason).await
    }

    async fn resumed(&mut self, how: Resumption) -> Result {
        tracing::info!(addr = %self.peer.addr(), ?how, "client_resumed");
        self.channel.on_resume(how).await
    }
}

/// Runs a callback of the server's; a panic ends with it.
fn guarded(callback: &'static str, run: impl FnOnce()) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(run)) {
        let message = panic_message(panic);
        tracing::error!(callback, panic = %Excerpt::line(&message), "callback_panicked");
    }
}

/// What a failed accept means for the next one.
enum Trouble {
    Client,
    Exhausted,
    Fatal,
}

impl Trouble {
    fn of(error: &io::Error) -> Self {
        use io::ErrorKind::{
            ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted, InvalidInput, TimedOut, WouldBlock,
        };
        match error.kind() {
            ConnectionAborted | ConnectionReset | ConnectionRefused | Interrupted | WouldBlock | TimedOut => {
                Self::Client
            }
            InvalidInput => Self::Fatal,
            _ if error.raw_os_error() == Some(EBADF) => Self::Fatal,
            // EMFILE, ENFILE, ENOBUFS, ENOMEM, and what a network stack may invent: wait and try again.
            _ => Self::Exhausted,
        }
    }
}

/// The number of "bad file descriptor" on every Unix; Windows has no error of this number.
const EBADF: i32 = 9;

const SHORTEST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How long a connection that was turned away has to read why.
pub(super) const GOODBYE: Duration = Duration::from_secs(1);

/// When a client that was turned away is asked to come back.
pub(super) const RETRY_SOONEST: Duration = Duration::from_secs(1);
pub(super) const RETRY_LATEST: Duration = Duration::from_secs(5);

/// How often a full server looks for somebody to evict.
const PATIENCE: usize = 9;
