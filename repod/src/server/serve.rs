//! [`serve`]: how a server is set up and bound. What is served then is [`Serving`].

use std::io;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::accept::Hub;
use super::admission::Gate;
use super::vault::Vault;
use super::{Background, Server, Serving, Sessions};
use crate::driver::{OnHandlerError, Policy};
use crate::peers::Peers;
use crate::proto::{Control, Limits, Role};
use crate::transport::{self, Listener};

/// Prepares to serve `app`; nothing happens until it is bound.
///
/// ```
/// # use repod::prelude::*;
/// # use std::{sync::Arc, time::Duration};
/// # #[derive(Action)] enum ToServer { Ping }
/// # #[derive(Action)] enum ToClient { Pong }
/// # struct Seat { peer: Peer<ToClient> }
/// # impl Channel for Seat { type Incoming = ToServer; type Outgoing = ToClient; }
/// # impl ToServerHandler for Seat { async fn on_ping(&mut self) -> repod::Result { Ok(()) } }
/// # struct Table;
/// # impl Server for Table {
/// #     type Channel = Seat;
/// #     fn channel(self: &Arc<Self>, peer: Peer<ToClient>) -> Seat { Seat { peer } }
/// # }
/// #[tokio::main]
/// async fn main() -> repod::Result {
///     let server = repod::serve(Table).bind("127.0.0.1:0").await?;
///     println!("listening on {}", server.local_addr());
///     server.shutdown(Duration::from_secs(10)).await;
///     Ok(())
/// }
/// ```
pub fn serve<S: Server>(app: S) -> Serve<S> {
    Serve {
        app: Arc::new(app),
        limits: Limits::server(),
        role: Role::Server,
        on_handler_error: OnHandlerError::Keep,
        sessions: None,
    }
}

/// A server that is set up but not bound yet; made by [`serve`].
///
/// ```
/// use repod::proto::Limits;
///
/// # use repod::prelude::*;
/// # #[derive(Action)] enum Chat { Say { text: String } }
/// # struct Room;
/// # struct Guest;
/// # impl Channel for Guest { type Incoming = Chat; type Outgoing = Chat; }
/// # impl ChatHandler for Guest { async fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
/// # impl Server for Room { type Channel = Guest; fn channel(self: &std::sync::Arc<Self>, _: Peer<Chat>) -> Guest { Guest } }
/// let server = repod::serve(Room)
///     .limits(Limits::server().max_frame_in(16 * 1024))
///     .require_hello()
///     .spawn("127.0.0.1:0")?;
/// assert!(server.peers().is_empty());
/// # Ok::<(), repod::ServeError>(())
/// ```
#[derive(Debug)]
#[must_use = "nothing is served until it is bound"]
pub struct Serve<S> {
    app: Arc<S>,
    limits: Limits,
    role: Role,
    on_handler_error: OnHandlerError,
    sessions: Option<Sessions>,
}

/// Why a server could not be started, or could not go on.
///
/// Its `Debug` reads as its `Display`, because that is what `fn main() -> repod::Result` prints.
///
/// ```
/// use repod::ServeError;
///
/// let error = ServeError::Bind { addr: "0.0.0.0:5071".into(), error: std::io::ErrorKind::AddrInUse.into() };
/// assert!(error.to_string().ends_with("another program listens there: stop it, or take another port"));
/// ```
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The address could not be bound.
    #[error("cannot listen on {addr}: {error}{}", advice(.error))]
    Bind {
        /// The address as it was given.
        addr: String,
        /// What the system said.
        error: io::Error,
    },
    /// Connections cannot be accepted for the moment: the system has no descriptors or no memory left. Told to
    /// [`Server::on_error`] once, until one was accepted again.
    #[error("cannot accept connections for the moment: {0}")]
    Exhausted(io::Error),
    /// The listener failed for good.
    #[error("cannot accept connections any more: {0}")]
    Listener(io::Error),
    /// The runtime or the thread of a server could not be started.
    #[error("cannot start a server: {0}")]
    Runtime(io::Error),
}

impl<S: Server> Serve<S> {
    /// Sets the bounds on every connection.
    ///
    /// ```
    /// use repod::proto::{Admission, Limits};
    ///
    /// # use repod::prelude::*;
    /// # #[derive(Action)] enum Chat { Say { text: String } }
    /// # struct Room;
    /// # struct Guest;
    /// # impl Channel for Guest { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Guest { async fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    /// # impl Server for Room { type Channel = Guest; fn channel(self: &std::sync::Arc<Self>, _: Peer<Chat>) -> Guest { Guest } }
    /// let limits = Limits::server().admission(Admission { connections: 16, ..Admission::default() });
    /// let server = repod::serve(Room).limits(limits).spawn("127.0.0.1:0")?;
    /// # Ok::<(), repod::ServeError>(())
    /// ```
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Takes only peers that say hello within [`Limits::handshake_timeout`]: Rust ones. Others, such as Python ones and silent
    /// connections, are closed then.
    ///
    /// ```
    /// use repod::proto::Limits;
    /// use std::io::Read;
    /// use std::time::Duration;
    ///
    /// # use repod::prelude::*;
    /// # #[derive(Action)] enum Chat { Say { text: String } }
    /// # struct Room;
    /// # struct Guest;
    /// # impl Channel for Guest { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Guest { async fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    /// # impl Server for Room { type Channel = Guest; fn channel(self: &std::sync::Arc<Self>, _: Peer<Chat>) -> Guest { Guest } }
    /// let limits = Limits::server().handshake_timeout(Duration::from_millis(10));
    /// let server = repod::serve(Room).limits(limits).require_hello().spawn("127.0.0.1:0")?;
    /// let mut silent = std::net::TcpStream::connect(server.local_addr())?;
    /// let mut received = Vec::new();
    /// silent.read_to_end(&mut received)?; // the greeting, and 10 ms later the end
    /// assert!(!received.is_empty());
    /// # Ok::<(), repod::Error>(())
    /// ```
    pub fn require_hello(mut self) -> Self {
        self.role = Role::StrictServer;
        self
    }

    /// Keeps the session of a client that was lost, so that it finds its channel as it left it when it comes back in time. By default a
    /// channel ends with its connection.
    ///
    /// When the connection of a client that [reconnects](crate::Connection::reconnect) is lost, its channel is told
    /// ([`Channel::on_suspend`](crate::Channel::on_suspend)) and kept; it stays among the peers, and what is sent to it is queued, within
    /// the limits of its queue. If the client is back within [`Sessions::resume_window`], it gets everything that it has not got yet, each
    /// message once and in order, and [`Channel::on_resume`](crate::Channel::on_resume) is called; if not, `on_close`, with the reason for which the
    /// connection was lost. A client that leaves on purpose, is closed, or breaks the rules, ends at once.
    ///
    /// ```
    /// use repod::Sessions;
    /// use std::time::Duration;
    ///
    /// # use repod::prelude::*;
    /// # #[derive(Action)] enum Chat { Say { text: String } }
    /// # struct Room;
    /// # struct Guest;
    /// # impl Channel for Guest { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Guest { async fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    /// # impl Server for Room { type Channel = Guest; fn channel(self: &std::sync::Arc<Self>, _: Peer<Chat>) -> Guest { Guest } }
    /// let sessions = Sessions::default().resume_window(Duration::from_secs(60));
    /// let server = repod::serve(Room).sessions(sessions).spawn("127.0.0.1:0")?;
    /// # Ok::<(), repod::ServeError>(())
    /// ```
    pub fn sessions(mut self, sessions: Sessions) -> Self {
        self.sessions = Some(sessions);
        self
    }

    /// Sets what becomes of a connection whose handler returned an error. By default it goes on.
    ///
    /// ```
    /// use repod::OnHandlerError;
    ///
    /// # use repod::prelude::*;
    /// # #[derive(Action)] enum Chat { Say { text: String } }
    /// # struct Room;
    /// # struct Guest;
    /// # impl Channel for Guest { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Guest { async fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    /// # impl Server for Room { type Channel = Guest; fn channel(self: &std::sync::Arc<Self>, _: Peer<Chat>) -> Guest { Guest } }
    /// let server = repod::serve(Room).on_handler_error(OnHandlerError::Close).spawn("127.0.0.1:0")?;
    /// # Ok::<(), repod::ServeError>(())
    /// ```
    pub fn on_handler_error(mut self, treatment: OnHandlerError) -> Self {
        self.on_handler_error = treatment;
        self
    }

    /// Binds `addr`, such as `"0.0.0.0:5071"`, and begins to accept. Port 0 takes a free one:
    /// [`Serving::local_addr`] tells which.
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
    /// assert_ne!(server.local_addr().port(), 0);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ServeError::Bind`] if the address is not free, not allowed, or no address at all.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime, as everything of tokio's does. A program without one uses [`launch`](super::Launch::launch) or
    /// [`spawn`](super::Launch::spawn).
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is done, it leaves nothing behind.
    #[doc(alias = "start")]
    pub async fn bind(self, addr: impl ToString) -> Result<Serving<S>, ServeError> {
        let addr = addr.to_string();
        let failed = |error| ServeError::Bind { addr: addr.clone(), error };
        let listener = transport::listen(&addr).await.map_err(failed)?;
        self.listen(listener).map_err(|error| match error {
            ServeError::Listener(error) => failed(error),
            error => error,
        })
    }

    /// Begins to accept from a listener that is there already: a socket with options of its own, or another transport.
    ///
    /// ```
    /// use tokio::net::TcpListener;
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
    /// let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// let addr = listener.local_addr()?;
    /// let server = repod::serve(Room).listen(listener)?;
    /// assert_eq!(server.local_addr(), addr);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ServeError::Listener`] if the listener does not know its address.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub fn listen<L: Listener>(self, listener: L) -> Result<Serving<S>, ServeError> {
        let local_addr = listener.local_addr().map_err(ServeError::Listener)?;
        let goodbyes = self.limits.admission.connections.clamp(FEWEST_GOODBYES, Semaphore::MAX_PERMITS);
        let hub = Arc::new(Hub {
            app: self.app,
            role: self.role,
            policy: Policy {
                write_stall: self.limits.write_stall,
                on_handler_error: self.on_handler_error,
                beat: Instant::now(),
            },
            peers: Peers::new(&self.limits),
            gate: Arc::new(Gate::new(self.limits.admission)),
            greeting: Control::Greeting {
                refused: None,
                resume: self.sessions.as_ref().map(|sessions| sessions.resume_window),
            }
            .frame(),
            goodbyes: Arc::new(Semaphore::new(goodbyes)),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            cut: CancellationToken::new(),
            limits: Arc::new(self.limits),
        });
        tracing::info!(addr = %local_addr, "server_started");
        let vault = self.sessions.map(|sessions| Arc::new(Vault::new(sessions)));
        Ok(Serving::start(hub, listener, vault, local_addr))
    }

    /// As [`Launch::launch`](super::Launch::launch), with the settings made here.
    ///
    /// ```no_run
    /// use repod::proto::Limits;
    ///
    /// # use repod::prelude::*;
    /// # #[derive(Action)] enum Chat { Say { text: String } }
    /// # struct Room;
    /// # struct Guest;
    /// # impl Channel for Guest { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Guest { async fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    /// # impl Server for Room { type Channel = Guest; fn channel(self: &std::sync::Arc<Self>, _: Peer<Chat>) -> Guest { Guest } }
    /// fn main() -> repod::Result {
    ///     let limits = Limits::server().max_depth(8);
    ///     repod::serve(Room).limits(limits).launch("0.0.0.0:5071")
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ServeError`], as a [`repod::Error`](crate::Error).
    pub fn launch(self, addr: impl ToString) -> crate::Result {
        super::launch::launch(self, addr.to_string())
    }

    /// As [`Launch::spawn`](super::Launch::spawn), with the settings made here.
    ///
    /// ```
    /// use repod::proto::Limits;
    ///
    /// # use repod::prelude::*;
    /// # #[derive(Action)] enum Chat { Say { text: String } }
    /// # struct Room;
    /// # struct Guest;
    /// # impl Channel for Guest { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Guest { async fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    /// # impl Server for Room { type Channel = Guest; fn channel(self: &std::sync::Arc<Self>, _: Peer<Chat>) -> Guest { Guest } }
    /// let server = repod::serve(Room).limits(Limits::server().max_depth(8)).spawn("127.0.0.1:0")?;
    /// assert_ne!(server.local_addr().port(), 0);
    /// # Ok::<(), repod::ServeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ServeError`] if the address could not be bound.
    pub fn spawn(self, addr: impl ToString) -> Result<Background<S>, ServeError> {
        Background::start(self, addr.to_string())
    }
}

impl std::fmt::Debug for ServeError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, formatter)
    }
}

/// What to do about a bind that failed.
fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => "; another program listens there: stop it, or take another port",
        io::ErrorKind::PermissionDenied => "; ports below 1024 need privileges: take a higher one",
        io::ErrorKind::AddrNotAvailable => "; this machine does not have that address: 0.0.0.0 means all it has",
        io::ErrorKind::InvalidInput => "; write it as host:port, such as 0.0.0.0:5071",
        _ => "",
    }
}

/// How many connections may say goodbye at once, however few places there are.
const FEWEST_GOODBYES: usize = 64;
