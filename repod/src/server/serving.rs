//! [`Serving`]: a server that is bound and accepts. It is a handle: the work is done by the tasks behind it.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use super::accept::Hub;
use super::vault::Vault;
use super::{Outgoing, ServeError, Server};
use crate::jitter::spread;
use crate::peers::Peers;
use crate::proto::{CloseReason, later};
use crate::transport::Listener;

/// A server at work; made by [`Serve::bind`](super::Serve::bind).
///
/// Awaiting it waits until it is [shut down](Self::shutdown) or its listener fails. Dropping it cuts every connection at once.
///
/// ```no_run
/// # use repod::prelude::*;
/// # use std::time::Duration;
/// # async fn example<S: Server>(app: S) -> repod::Result {
/// let mut server = repod::serve(app).bind("0.0.0.0:5071").await?;
/// tokio::select! {
///     ended = &mut server => ended?,
///     _ = tokio::signal::ctrl_c() => {
///         server.shutdown(Duration::from_secs(10)).await;
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[doc(alias = "run")]
#[must_use = "dropping it ends the server"]
pub struct Serving<S: Server> {
    hub: Arc<Hub<S>>,
    local_addr: SocketAddr,
    accepting: JoinHandle<io::Result<()>>,
}

impl<S: Server> Serving<S> {
    pub(super) fn start<L: Listener>(
        hub: Arc<Hub<S>>,
        listener: L,
        vault: Option<Arc<Vault<L::Stream>>>,
        local_addr: SocketAddr,
    ) -> Self {
        let accepting = hub.tasks.spawn(hub.clone().accept(listener, vault));
        Self { hub, local_addr, accepting }
    }

    /// The address it listens on, with the port that was taken if port 0 was asked for.
    ///
    /// ```
    /// # use repod::prelude::*;
    /// # #[derive(Action)] enum Chat { Say { text: String } }
    /// # struct Room;
    /// # struct Guest;
    /// # impl Channel for Guest { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Guest { async fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    /// # impl Server for Room { type Channel = Guest; fn channel(self: &std::sync::Arc<Self>, _: Peer<Chat>) -> Guest { Guest } }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> repod::Result {
    /// let server = repod::serve(Room).bind("127.0.0.1:0").await?;
    /// println!("tell your friends to join {}", server.local_addr());
    /// assert!(server.local_addr().ip().is_loopback());
    /// # Ok(())
    /// # }
    /// ```
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// All connected peers.
    ///
    /// ```
    /// # use repod::prelude::*;
    /// # #[derive(Action)] enum Chat { Say { text: String } }
    /// # struct Room;
    /// # struct Guest;
    /// # impl Channel for Guest { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Guest { async fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    /// # impl Server for Room { type Channel = Guest; fn channel(self: &std::sync::Arc<Self>, _: Peer<Chat>) -> Guest { Guest } }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> repod::Result {
    /// let server = repod::serve(Room).bind("127.0.0.1:0").await?;
    /// let reached = server.peers().send(Chat::Say { text: "The server restarts soon.".into() })?;
    /// assert_eq!(reached, 0); // nobody is here
    /// # Ok(())
    /// # }
    /// ```
    pub fn peers(&self) -> &Peers<Outgoing<S>> {
        &self.hub.peers
    }

    /// The program that is served.
    ///
    /// ```
    /// # use repod::prelude::*;
    /// # #[derive(Action)] enum Chat { Say { text: String } }
    /// # struct Room { name: &'static str }
    /// # struct Guest;
    /// # impl Channel for Guest { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Guest { async fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    /// # impl Server for Room { type Channel = Guest; fn channel(self: &std::sync::Arc<Self>, _: Peer<Chat>) -> Guest { Guest } }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> repod::Result {
    /// let server = repod::serve(Room { name: "lobby" }).bind("127.0.0.1:0").await?;
    /// assert_eq!(server.app().name, "lobby");
    /// # Ok(())
    /// # }
    /// ```
    pub fn app(&self) -> &Arc<S> {
        &self.hub.app
    }

    /// Ends the server: it stops accepting, closes every connection as [`CloseReason::Shutdown`], sends what is queued, and
    /// returns when all is done, or at the deadline. Says how many connections had to be cut, those that were saying goodbye included.
    ///
    /// Handlers that still run at the deadline are dropped at their current `.await`; every `on_close` and `on_disconnect` is
    /// called all the same. Calling it again, or at the same time, is fine.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// # use repod::prelude::*;
    /// # #[derive(Action)] enum Chat { Say { text: String } }
    /// # struct Room;
    /// # struct Guest;
    /// # impl Channel for Guest { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Guest { async fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    /// # impl Server for Room { type Channel = Guest; fn channel(self: &std::sync::Arc<Self>, _: Peer<Chat>) -> Guest { Guest } }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> repod::Result {
    /// let server = repod::serve(Room).bind("127.0.0.1:0").await?;
    /// let cut = server.shutdown(Duration::from_secs(10)).await;
    /// assert_eq!(cut, 0);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is done, it leaves the server closing. Call it again to wait for the end.
    #[doc(alias = "stop")]
    pub async fn shutdown(&self, deadline: Duration) -> usize {
        let deadline = Instant::from_std(later(Instant::now().into_std(), deadline));
        self.hub.stop.cancel();
        let count = u32::try_from(self.hub.peers.len()).unwrap_or(u32::MAX);
        let latest = RETRY_SOONEST + RETRY_EACH.saturating_mul(count).max(RETRY_SPREAD);
        // Each has a turn of its own: where all draw from the whole time, chance makes crowds.
        let turn = latest.saturating_sub(RETRY_SOONEST) / count.max(1);
        let mut next = RETRY_SOONEST;
        let retry_after = || {
            let begin = next;
            next += turn;
            Some(spread(begin, next))
        };
        self.hub.peers.close(&CloseReason::Shutdown, retry_after);
        self.hub.tasks.close();
        // The last moment belongs to the callbacks of those that are cut.
        let patience = deadline.checked_sub(LAST_MOMENT).unwrap_or(deadline);
        if timeout_at(patience, self.hub.tasks.wait()).await.is_ok() {
            return 0;
        }
        let cut = self.hub.tasks.len();
        self.hub.cut.cancel();
        // A handler that blocks its thread cannot be dropped; it is not waited for beyond the deadline.
        let _ = timeout_at(deadline, self.hub.tasks.wait()).await;
        cut
    }
}

impl<S: Server> Serving<S> {
    /// Serves until `stop` says how long the shutdown may take, or the listener fails: then those who are connected are told as well.
    pub(super) async fn until(mut self, stop: impl Future<Output = Duration>) -> Result<(), ServeError> {
        let (ended, deadline) = tokio::select! {
            ended = &mut self => (ended, FAREWELL),
            deadline = stop => (Ok(()), deadline),
        };
        self.shutdown(deadline).await;
        ended
    }
}

impl<S: Server> Future for Serving<S> {
    type Output = Result<(), ServeError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.accepting).poll(context).map(|joined| match joined {
            Ok(Err(error)) => Err(ServeError::Listener(error)),
            Err(error) if error.is_panic() => Err(ServeError::Listener(io::Error::other(error))),
            // The task is aborted only with its runtime.
            Ok(Ok(())) | Err(_) => Ok(()),
        })
    }
}

impl<S: Server> Drop for Serving<S> {
    fn drop(&mut self) {
        self.hub.stop.cancel();
        self.hub.peers.close(&CloseReason::Shutdown, || None);
        self.hub.cut.cancel();
    }
}

impl<S: Server> std::fmt::Debug for Serving<S> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Serving")
            .field("local_addr", &self.local_addr)
            .field("peers", &self.hub.peers.len())
            .finish_non_exhaustive()
    }
}

/// How long before a shutdown's deadline the connections that are left are cut.
const LAST_MOMENT: Duration = Duration::from_millis(100);

/// When the peers of a server that shuts down are asked to come back: the first after a second, and then no more than a thousand in each
/// second, over three seconds at least.
const RETRY_SOONEST: Duration = Duration::from_secs(1);
const RETRY_SPREAD: Duration = Duration::from_secs(3);
const RETRY_EACH: Duration = Duration::from_millis(1);

/// How long connections may take to end when the listener has failed.
const FAREWELL: Duration = Duration::from_secs(1);
