//! [`Background`]: a server on a thread of its own.

use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use super::{Outgoing, Serve, ServeError, Server};
use crate::peers::Peers;

/// A server that works in the background; made by [`Launch::spawn`](super::Launch::spawn).
///
/// Dropping it shuts the server down and waits for that, for a second at most.
///
/// ```
/// # use repod::prelude::*;
/// # #[derive(Action)] enum Chat { Say { text: String } }
/// # struct Room;
/// # struct Guest;
/// # impl Channel for Guest { type Incoming = Chat; type Outgoing = Chat; }
/// # impl ChatHandler for Guest { async fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
/// # impl Server for Room { type Channel = Guest; fn channel(self: &std::sync::Arc<Self>, _: Peer<Chat>) -> Guest { Guest } }
/// let server = Room.spawn("127.0.0.1:0")?;
/// let peers = server.peers().clone();
/// drop(server);
/// assert!(peers.is_empty());
/// # Ok::<(), repod::ServeError>(())
/// ```
#[must_use = "dropping it ends the server"]
pub struct Background<S: Server> {
    bound: Bound<S>,
    /// Tells the thread to shut down within the given time. `None` once it was told.
    stop: Option<oneshot::Sender<Duration>>,
    thread: Option<JoinHandle<Result<(), ServeError>>>,
}

/// What is known of a server as soon as it is bound.
struct Bound<S: Server> {
    app: Arc<S>,
    local_addr: SocketAddr,
    peers: Peers<Outgoing<S>>,
}

impl<S: Server> Background<S> {
    pub(super) fn start(serve: Serve<S>, addr: String) -> Result<Self, ServeError> {
        let (stop, stopped) = oneshot::channel();
        let (bound, is_bound) = mpsc::sync_channel(1);
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(ServeError::Runtime)?;
        let thread = std::thread::Builder::new()
            .name("repod-server".to_owned())
            .spawn(move || Self::work(runtime, serve, addr, &bound, stopped))
            .map_err(ServeError::Runtime)?;
        let Ok(bound) = is_bound.recv() else {
            // The thread ended before it was bound: it says why.
            return Err(join(thread).err().unwrap_or_else(gone));
        };
        Ok(Self { bound, stop: Some(stop), thread: Some(thread) })
    }

    fn work(
        runtime: Runtime,
        serve: Serve<S>,
        addr: String,
        bound: &mpsc::SyncSender<Bound<S>>,
        stopped: oneshot::Receiver<Duration>,
    ) -> Result<(), ServeError> {
        let result = runtime.block_on(async {
            let server = serve.bind(addr).await?;
            let _ = bound.send(Bound {
                app: server.app().clone(),
                local_addr: server.local_addr(),
                peers: server.peers().clone(),
            });
            server.until(async { stopped.await.unwrap_or_default() }).await
        });
        runtime.shutdown_background();
        result
    }

    /// The address it listens on.
    ///
    /// ```
    /// # use repod::prelude::*;
    /// # #[derive(Action)] enum Chat { Say { text: String } }
    /// # struct Room;
    /// # struct Guest;
    /// # impl Channel for Guest { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Guest { async fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    /// # impl Server for Room { type Channel = Guest; fn channel(self: &std::sync::Arc<Self>, _: Peer<Chat>) -> Guest { Guest } }
    /// let server = Room.spawn("127.0.0.1:0")?;
    /// assert_ne!(server.local_addr().port(), 0);
    /// # Ok::<(), repod::ServeError>(())
    /// ```
    pub fn local_addr(&self) -> SocketAddr {
        self.bound.local_addr
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
    /// let server = Room.spawn("127.0.0.1:0")?;
    /// let reached = server.peers().send(Chat::Say { text: "The host pauses the game.".into() })?;
    /// assert_eq!(reached, 0); // nobody is here
    /// # Ok::<(), repod::Error>(())
    /// ```
    pub fn peers(&self) -> &Peers<Outgoing<S>> {
        &self.bound.peers
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
    /// let server = Room { name: "lobby" }.spawn("127.0.0.1:0")?;
    /// assert_eq!(server.app().name, "lobby");
    /// # Ok::<(), repod::ServeError>(())
    /// ```
    pub fn app(&self) -> &Arc<S> {
        &self.bound.app
    }

    /// Ends the server as [`Serving::shutdown`](super::Serving::shutdown) does, and blocks until it has ended, or the deadline.
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
    /// let server = Room.spawn("127.0.0.1:0")?;
    /// server.shutdown(Duration::from_secs(10))?;
    /// # Ok::<(), repod::ServeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ServeError::Listener`] if the server had ended before because its listener failed.
    pub fn shutdown(mut self, deadline: Duration) -> Result<(), ServeError> {
        self.end(deadline)
    }

    fn end(&mut self, deadline: Duration) -> Result<(), ServeError> {
        if let Some(stop) = self.stop.take() {
            // A thread that has ended needs no telling.
            let _ = stop.send(deadline);
        }
        self.thread.take().map_or(Ok(()), join)
    }
}

impl<S: Server> Drop for Background<S> {
    fn drop(&mut self) {
        if let Err(error) = self.end(FAREWELL) {
            tracing::error!(%error, "server_failed");
        }
    }
}

impl<S: Server> std::fmt::Debug for Background<S> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Background")
            .field("local_addr", &self.bound.local_addr)
            .field("peers", &self.bound.peers.len())
            .finish_non_exhaustive()
    }
}

fn join(thread: JoinHandle<Result<(), ServeError>>) -> Result<(), ServeError> {
    thread.join().unwrap_or_else(|_| Err(gone()))
}

fn gone() -> ServeError {
    ServeError::Runtime(std::io::Error::other("the server's thread ended early"))
}

/// How long a dropped server takes to shut down at most.
const FAREWELL: Duration = Duration::from_secs(1);
