//! [`connect`]: from an address to a greeted connection, or a [`ConnectError`] that says why not.
//! What happens on the connection afterwards is the [`Driver`]'s business.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use super::{Client, Connection, Event};
use crate::action::{Action, Result, Unknown};
use crate::driver::{ConnectionError, Driver, NotGreeted, OnHandlerError, Policy, Receiver};
use crate::peer::Peer;
use crate::proto::{CloseReason, Farewell, Limits, Role, Session};
use crate::transport;

/// Connects to a server, such as `"localhost:5071"`. Returns at once: connecting goes on in the background, and the first
/// [`pump`](Connection::pump), [`poll`](Connection::poll) or [`run`](Connection::run) that has news tells how it went.
///
/// Messages can be sent from now on; those that are sent early go out as soon as the server has greeted. Each call makes a
/// connection of its own.
///
/// ```
/// # use repod::prelude::*;
/// # #[derive(Action)] enum ToServer { Hello }
/// # #[derive(Action)] #[action(sync)] enum ToClient { Welcome }
/// # struct Game;
/// # impl Client for Game { type Incoming = ToClient; type Outgoing = ToServer; fn on_error(&mut self, _: repod::ConnectionError) {} }
/// # impl ToClientHandler for Game { fn on_welcome(&mut self) -> repod::Result { Ok(()) } }
/// let mut connection = repod::connect::<Game>("localhost:1");
/// let mut game = Game;
/// while connection.pump(&mut game).is_open() {
///     // One frame of the game.
/// #   std::thread::yield_now();
/// }
/// ```
pub fn connect<C: Client>(addr: impl ToString) -> Connection<C> {
    connect_with(addr, Limits::client())
}

/// As [`connect`], with bounds of your own.
///
/// ```
/// use repod::proto::Limits;
/// use std::time::Duration;
///
/// # use repod::prelude::*;
/// # #[derive(Action)] #[action(sync)] enum Chat { Say { text: String } }
/// # struct Game;
/// # impl Client for Game { type Incoming = Chat; type Outgoing = Chat; }
/// # impl ChatHandler for Game { fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
/// let limits = Limits::client().handshake_timeout(Duration::from_secs(2)); // an impatient player
/// let connection = repod::connect_with::<Game>("localhost:1", limits);
/// assert!(connection.is_open()); // nobody has asked yet how it went
/// ```
pub fn connect_with<C: Client>(addr: impl ToString, limits: Limits) -> Connection<C> {
    Connection::start(addr.to_string(), limits)
}

/// Connects over a transport of your own: `dial` opens anything that is `AsyncRead + AsyncWrite`, such as a stream of a simulated network
/// in a test.
///
/// The connection is a task of the tokio runtime that it is called in, whatever its kind.
///
/// ```
/// # use repod::prelude::*;
/// # #[derive(Action)] enum ToServer { Hello }
/// # #[derive(Action)] #[action(sync)] enum ToClient { Welcome }
/// # struct Game;
/// # impl Client for Game { type Incoming = ToClient; type Outgoing = ToServer; }
/// # impl ToClientHandler for Game { fn on_welcome(&mut self) -> repod::Result { Ok(()) } }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let (ours, mut theirs) = tokio::io::duplex(1024);
/// let mut connection = repod::connect_over::<Game, _>(async { Ok(ours) }, repod::proto::Limits::client());
/// # use tokio::io::AsyncWriteExt;
/// theirs.write_all(b"\x00\x00\x00\x12\x81\xa6action\xa9connected").await.unwrap();
/// assert!(matches!(connection.next().await, Some(repod::Event::Connected)));
/// # }
/// ```
///
/// # Panics
///
/// Outside a tokio runtime.
pub fn connect_over<C: Client, T>(
    dial: impl Future<Output = io::Result<T>> + Send + 'static,
    limits: Limits,
) -> Connection<C>
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    Connection::over(dial, limits)
}

/// Why a client could not connect. Each reads as a sentence that can be shown to a player.
///
/// Its `Debug` reads as its `Display`, because that is what `fn main() -> repod::Result` prints.
///
/// ```
/// use repod::ConnectError;
///
/// fn may_help_to_wait(error: &ConnectError) -> bool {
///     matches!(error, ConnectError::Refused { .. } | ConnectError::TimedOut { .. })
/// }
/// ```
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The machine is there, but nothing listens on that port.
    #[error("the server is not running ({addr} refused the connection)")]
    Refused {
        /// The address as it was given.
        addr: String,
        /// What the system said.
        source: io::Error,
    },
    /// Nothing answered in time.
    #[error("the server did not answer in time ({addr}); it may be overloaded, or a firewall may be in the way")]
    TimedOut {
        /// The address as it was given.
        addr: String,
        /// What the system said.
        source: io::Error,
    },
    /// There is no way to that machine.
    #[error("the server cannot be reached ({addr}); is this machine connected to the network?")]
    Unreachable {
        /// The address as it was given.
        addr: String,
        /// What the system said.
        source: io::Error,
    },
    /// No machine of that name is known.
    #[error("there is no server of that name ({addr}); is it spelled right?")]
    NameNotFound {
        /// The address as it was given.
        addr: String,
        /// What the system said.
        source: io::Error,
    },
    /// Something listens there, but it is not a repod server, or it refused this client without a word.
    #[error("what answers at {addr} is not a repod server")]
    NoGreeting {
        /// The address as it was given.
        addr: String,
        /// What it did instead of greeting.
        #[source]
        reason: CloseReason,
    },
    /// The server has no place for this client now.
    #[error("the server ({addr}) turned this client away: {farewell}")]
    TurnedAway {
        /// The address as it was given.
        addr: String,
        /// Why, and when it makes sense to try again.
        farewell: Farewell,
    },
    /// Anything else.
    #[error("cannot connect to the server ({addr}): {source}")]
    Other {
        /// The address as it was given.
        addr: String,
        /// What the system said.
        source: io::Error,
    },
}

impl ConnectError {
    fn of(addr: &str, source: io::Error) -> Self {
        use io::ErrorKind::{ConnectionRefused, HostUnreachable, NetworkDown, NetworkUnreachable, TimedOut};
        let addr = addr.to_owned();
        match source.kind() {
            ConnectionRefused => Self::Refused { addr, source },
            TimedOut => Self::TimedOut { addr, source },
            HostUnreachable | NetworkUnreachable | NetworkDown => Self::Unreachable { addr, source },
            _ => Self::Other { addr, source },
        }
    }
}

impl std::fmt::Debug for ConnectError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, formatter)
    }
}

/// Connects, waits for the greeting, and drives the connection to its end; every event goes to the queue.
pub(super) async fn work<T, In: Action, Out: Action>(
    call: Call<Out>,
    dial: impl Future<Output = std::result::Result<Dialled<T>, ConnectError>>,
    mut inbox: Inbox<In>,
    cut: CancellationToken,
) where
    T: AsyncRead + AsyncWrite + Unpin,
{
    let peer = call.peer.clone();
    let connected = tokio::select! {
        biased;
        connected = call.open(dial, cut) => connected,
        // Nobody is to be told: who closed knows.
        () = peer.closed_empty() => return,
    };
    let mut driver = match connected {
        Ok(driver) => driver,
        Err(error) => {
            tracing::info!(%error, "connection_failed");
            peer.end(CloseReason::ConnectFailed);
            let _ = inbox.events.send(Event::Failed(error)).await;
            return;
        }
    };
    tracing::info!(addr = %peer.addr(), "connected");
    driver.run(&mut inbox).await;
    drop(inbox);
    driver.linger().await;
}

/// What a connection is opened with.
pub(super) struct Call<Out> {
    pub(super) addr: String,
    pub(super) limits: Limits,
    pub(super) peer: Peer<Out>,
}

/// A stream that leads to a server, and the server's address if it has one.
pub(super) struct Dialled<T> {
    pub(super) stream: T,
    pub(super) addr: Option<SocketAddr>,
}

impl<Out: Action> Call<Out> {
    async fn open<T: AsyncRead + AsyncWrite + Unpin>(
        self,
        dial: impl Future<Output = std::result::Result<Dialled<T>, ConnectError>>,
        cut: CancellationToken,
    ) -> std::result::Result<Driver<T, Out>, ConnectError> {
        tracing::info!(addr = self.addr, "connecting");
        let deadline = Instant::now() + self.limits.handshake_timeout;
        let Dialled { stream, addr } = match timeout_at(deadline, dial).await {
            Ok(dialled) => dialled?,
            Err(_) => return Err(ConnectError::of(&self.addr, io::ErrorKind::TimedOut.into())),
        };
        if let Some(addr) = addr {
            self.peer.found(addr);
        }
        let policy = Policy {
            write_stall: self.limits.write_stall,
            on_handler_error: OnHandlerError::Keep,
            beat: Instant::now(),
        };
        let session = Session::new(Role::Client, self.limits, Instant::now().into_std());
        let mut driver = Driver::new(stream, session, self.peer, policy, cut);
        let addr = self.addr;
        match timeout_at(deadline, driver.greeted()).await {
            Ok(Ok(())) => Ok(driver),
            Ok(Err(NotGreeted::Refused(farewell))) => Err(ConnectError::TurnedAway { addr, farewell }),
            Ok(Err(NotGreeted::Closed(reason))) => Err(ConnectError::NoGreeting { addr, reason }),
            Err(_) => Err(ConnectError::NoGreeting { addr, reason: CloseReason::NoGreeting }),
        }
    }
}

/// Opens a stream over a transport of the caller's.
pub(super) async fn over<T>(
    addr: String,
    dial: impl Future<Output = io::Result<T>>,
) -> std::result::Result<Dialled<T>, ConnectError> {
    match dial.await {
        Ok(stream) => Ok(Dialled { stream, addr: None }),
        Err(error) => Err(ConnectError::of(&addr, error)),
    }
}

/// A TCP connection to the first address of the name that answers. The time is shared out, so that an address which does not
/// answer leaves some for the next.
pub(super) async fn reach(addr: String, limits: Limits) -> std::result::Result<Dialled<TcpStream>, ConnectError> {
    let deadline = Instant::now() + limits.handshake_timeout;
    let found = tokio::net::lookup_host(&addr).await.map(Vec::from_iter);
    let found: Vec<SocketAddr> = match found {
        Ok(found) => found,
        Err(source) if source.kind() == io::ErrorKind::InvalidInput => {
            let source = io::Error::new(source.kind(), "write the address as host:port, such as localhost:5071");
            return Err(ConnectError::of(&addr, source));
        }
        Err(source) => return Err(ConnectError::NameNotFound { addr, source }),
    };
    let mut failed = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for (index, candidate) in found.iter().enumerate() {
        let candidates_left = u32::try_from(found.len() - index).unwrap_or(u32::MAX);
        let share = deadline.saturating_duration_since(Instant::now()) / candidates_left;
        match timeout(share, transport::connect(*candidate, &limits.socket)).await {
            Ok(Ok(stream)) => {
                return Ok(Dialled { stream, addr: Some(*candidate) });
            }
            Ok(Err(error)) => failed = error,
            Err(_) => failed = io::ErrorKind::TimedOut.into(),
        }
    }
    Err(ConnectError::of(&addr, failed))
}

/// The queue of events between the connection and whoever pumps it.
pub(super) struct Inbox<In> {
    pub(super) events: mpsc::Sender<Event<In>>,
}

impl<In: Action> Inbox<In> {
    /// Waits for room; meanwhile the connection goes on writing. That nobody takes events any more is no error here: then the
    /// connection is being closed.
    async fn tell(&self, event: Event<In>) {
        let _ = self.events.send(event).await;
    }
}

impl<In: Action> Receiver for Inbox<In> {
    type Incoming = In;

    async fn open(&mut self) -> Result {
        self.tell(Event::Connected).await;
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

    async fn close(&mut self, reason: CloseReason) {
        tracing::info!(%reason, "disconnected");
        self.tell(Event::Closed(reason)).await;
    }
}
