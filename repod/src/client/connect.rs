//! [`connect`]: how a program asks for a connection, and the [`ConnectError`] that says why there is none.
//! The connecting itself is in `work` and `dial`.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};

use super::dial::{Once, Repeated};
use super::{Client, Connection};
use crate::proto::{CloseReason, Farewell, Limits};

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
    Connection::over(Once::new(dial), limits)
}

/// As [`connect_over`], for a transport that can be opened again and again: `dial` is called for each attempt, so that the connection can
/// [reconnect](Connection::reconnect).
///
/// ```
/// # use repod::prelude::*;
/// # #[derive(Action)] #[action(sync)] enum Chat { Say { text: String } }
/// # struct Game;
/// # impl Client for Game { type Incoming = Chat; type Outgoing = Chat; }
/// # impl ChatHandler for Game { fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
/// use repod::{Event, Reconnect};
/// use repod::proto::Limits;
/// use tokio::net::TcpStream;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let through_a_proxy = || TcpStream::connect("127.0.0.1:1"); // nothing listens there
/// let mut connection = repod::connect_by::<Game, _, _, _>(through_a_proxy, Limits::client())
///     .reconnect(Reconnect::default().attempts(1));
/// assert!(matches!(connection.next().await, Some(Event::Reconnecting { attempt: 1, .. })));
/// assert!(matches!(connection.next().await, Some(Event::Failed(_))));
/// # }
/// ```
///
/// # Panics
///
/// Outside a tokio runtime.
pub fn connect_by<C: Client, T, Opened, F>(dial: F, limits: Limits) -> Connection<C>
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    Opened: Future<Output = io::Result<T>> + Send + 'static,
    F: FnMut() -> Opened + Send + 'static,
{
    Connection::over(Repeated(dial), limits)
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
    #[error("there is no server of that name ({addr}); is it spelled right, as in localhost:5071?")]
    NameNotFound {
        /// The address as it was given.
        addr: String,
        /// What the system said.
        source: io::Error,
    },
    /// Something listens there, but it is not a repod server, or it refused this client without a word; or it says nothing at all.
    #[error(
        "what answers at {addr} {}",
        match reason {
            CloseReason::HandshakeTimeout(_) => "says nothing: it is a repod server that hangs, or something else",
            _ => "is not a repod server",
        }
    )]
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
    /// Whether it makes sense to try again: not where something else than a repod server answers, or the server turned this client away
    /// for good.
    ///
    /// ```
    /// use repod::ConnectError;
    ///
    /// let source = std::io::ErrorKind::ConnectionRefused.into();
    /// let starting = ConnectError::Refused { addr: "localhost:5071".into(), source };
    /// assert!(starting.may_retry());
    /// ```
    pub fn may_retry(&self) -> bool {
        match self {
            Self::Refused { .. } | Self::TimedOut { .. } | Self::Unreachable { .. } | Self::NameNotFound { .. } => true,
            // A server that is stopped for a while accepts, and says nothing.
            Self::NoGreeting { reason, .. } => reason.may_retry() || matches!(reason, CloseReason::HandshakeTimeout(_)),
            Self::TurnedAway { farewell, .. } => farewell.code.may_retry(),
            Self::Other { source, .. } => {
                !matches!(source.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported)
            }
        }
    }

    /// How long the server asks to wait before trying again, if it said so.
    ///
    /// ```
    /// # use repod::ConnectError;
    /// use repod::proto::{Farewell, FarewellCode};
    /// use std::time::Duration;
    ///
    /// let retry_after = Some(Duration::from_secs(3));
    /// let farewell = Farewell { code: FarewellCode::Full, text: String::new(), retry_after };
    /// let full = ConnectError::TurnedAway { addr: "localhost:5071".into(), farewell };
    /// assert_eq!(full.retry_after(), retry_after);
    /// ```
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TurnedAway { farewell, .. } => farewell.retry_after,
            _ => None,
        }
    }

    /// The same again. The system's errors cannot be cloned, but tell themselves.
    pub(super) fn again(&self) -> Self {
        let of = |source: &io::Error| match source.raw_os_error() {
            Some(code) => io::Error::from_raw_os_error(code),
            None => io::Error::new(source.kind(), source.to_string()),
        };
        match self {
            Self::Refused { addr, source } => Self::Refused { addr: addr.clone(), source: of(source) },
            Self::TimedOut { addr, source } => Self::TimedOut { addr: addr.clone(), source: of(source) },
            Self::Unreachable { addr, source } => Self::Unreachable { addr: addr.clone(), source: of(source) },
            Self::NameNotFound { addr, source } => Self::NameNotFound { addr: addr.clone(), source: of(source) },
            Self::NoGreeting { addr, reason } => Self::NoGreeting { addr: addr.clone(), reason: reason.clone() },
            Self::TurnedAway { addr, farewell } => Self::TurnedAway { addr: addr.clone(), farewell: farewell.clone() },
            Self::Other { addr, source } => Self::Other { addr: addr.clone(), source: of(source) },
        }
    }

    pub(super) fn of(addr: &str, source: io::Error) -> Self {
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
