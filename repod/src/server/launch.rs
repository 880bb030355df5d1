//! [`Launch`]: a server in one line, for programs that have no tokio runtime of their own.

use std::io::Write;
use std::time::Duration;

use super::{Background, Serve, ServeError, Server, serve};

/// Starts a [`Server`] in one line; implemented for all of them.
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
/// assert!(server.peers().is_empty());
/// # Ok::<(), repod::ServeError>(())
/// ```
pub trait Launch: Server {
    /// Serves until Ctrl-C or SIGTERM: the whole `main` of a server program.
    ///
    /// It makes a tokio runtime, binds `addr`, prints `listening on HOST:PORT` to standard output, and on the signal shuts down
    /// within ten seconds.
    ///
    /// ```no_run
    /// # use repod::prelude::*;
    /// # use std::sync::Arc;
    /// # #[derive(Action)] enum ToServer { Ping }
    /// # #[derive(Action)] enum ToClient { Pong }
    /// # struct Guest { peer: Peer<ToClient> }
    /// # impl Channel for Guest { type Incoming = ToServer; type Outgoing = ToClient; }
    /// # impl ToServerHandler for Guest { async fn on_ping(&mut self) -> repod::Result { Ok(()) } }
    /// # struct Lobby;
    /// # impl Server for Lobby {
    /// #     type Channel = Guest;
    /// #     fn channel(self: &Arc<Self>, peer: Peer<ToClient>) -> Guest { Guest { peer } }
    /// # }
    /// fn main() -> repod::Result {
    ///     Lobby.launch("0.0.0.0:5071")
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ServeError`], as a [`repod::Error`](crate::Error).
    ///
    /// # Panics
    ///
    /// Inside a tokio runtime, which it would block: use [`serve`] there.
    fn launch(self, addr: impl ToString) -> crate::Result {
        serve(self).launch(addr)
    }

    /// Serves on a thread in the background, for the player who hosts. Returns as soon as the address is bound.
    ///
    /// ```
    /// # use repod::prelude::*;
    /// # use std::sync::Arc;
    /// # #[derive(Action)] enum ToServer { Ping }
    /// # #[derive(Action)] enum ToClient { Pong }
    /// # struct Guest { peer: Peer<ToClient> }
    /// # impl Channel for Guest { type Incoming = ToServer; type Outgoing = ToClient; }
    /// # impl ToServerHandler for Guest { async fn on_ping(&mut self) -> repod::Result { Ok(()) } }
    /// # struct Lobby;
    /// # impl Server for Lobby {
    /// #     type Channel = Guest;
    /// #     fn channel(self: &Arc<Self>, peer: Peer<ToClient>) -> Guest { Guest { peer } }
    /// # }
    /// let server = Lobby.spawn("127.0.0.1:0")?;
    /// println!("tell your friends to join {}", server.local_addr());
    /// # Ok::<(), repod::ServeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ServeError`] if the address could not be bound.
    #[doc(alias = "start_background")]
    fn spawn(self, addr: impl ToString) -> Result<Background<Self>, ServeError> {
        serve(self).spawn(addr)
    }
}

impl<S: Server> Launch for S {}

pub(super) fn launch<S: Server>(serve: Serve<S>, addr: String) -> crate::Result {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(ServeError::Runtime)?;
    let result = runtime.block_on(async {
        let stop = stop_signal().map_err(ServeError::Runtime)?;
        let server = serve.bind(addr).await?;
        // A closed standard output is no reason not to serve.
        let _ = writeln!(std::io::stdout(), "listening on {}", server.local_addr());
        server
            .until(async {
                stop.await;
                PATIENCE
            })
            .await
    });
    // A handler that blocks its thread is not waited for.
    runtime.shutdown_background();
    Ok(result?)
}

/// Ends at Ctrl-C and, where there is such a thing, at SIGTERM. The signals are caught from now on, and not only when it is
/// awaited.
#[cfg(unix)]
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

/// How long a launched server takes to shut down at most.
const PATIENCE: Duration = Duration::from_secs(10);
