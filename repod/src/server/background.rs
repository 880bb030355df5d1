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
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(ServeError::Runtime)?;
        let thread = std::thread::Builder::new()
            .name("repod-server".to_owned())
            .spawn(move || Self::work(runtime, serve, addr, &bound, stopped))
            .map_err(ServeError::Runtime)?;
        let Ok(bound) = is_bound.recv() else {
            // The thread ended before it was bound: it says why.
            return Err(join(thread).err().unwrap_or_else(gone));
        };
        Ok(Self {
            bound,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    fn work(
        runtime: Runtime,
        serve: Serve<S>,
        addr: String,
        bound: &mpsc::SyncSender<Bound<S>>,
        stopped: oneshot::Receiver<Duration>,
    ) -> Result<(), ServeError> {
        let result = runtime.block_on(async {
            let mut server = serve.bind(addr).await?;
            let _ = bound.send(Bound {
                app: server.app().clone(),
                local_addr: server.local_addr(),
                peers: server.peers().clone(),
            });
            tokio::select! {
                ended = &mut server => ended,
                deadline = stopped => {
                    server.shutdown(deadline.unwrap_or_default()).await;
                    Ok(())
                }
            }
        });
        runtime.shutdown_background();
        result
    }

    /// The address it listens on.
    pub fn local_addr(&self) -> SocketAddr {
        self.bound.local_addr
    }

    /// All connected peers.
    pub fn peers(&self) -> &Peers<Outgoing<S>> {
        &self.bound.peers
    }

    /// The program that is served.
    pub fn app(&self) -> &Arc<S> {
        &self.bound.app
    }

    /// Ends the server as [`Serving::shutdown`](super::Serving::shutdown) does, and blocks until it has ended, or the deadline.
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
