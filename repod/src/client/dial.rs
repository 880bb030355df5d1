//! [`Dial`]: how a client opens a stream to its server, once or again and again. What is said on it is not known here.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use super::ConnectError;
use crate::proto::{Limits, later};
use crate::transport;

/// How streams to a server are opened.
pub(super) trait Dial: Send + 'static {
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// Opens a stream.
    fn dial(&mut self) -> impl Future<Output = Result<Dialled<Self::Stream>, ConnectError>> + Send;

    /// Whether it can open another one.
    fn may_dial(&self) -> bool;
}

/// A stream that leads to a server, and the server's address if it has one.
pub(super) struct Dialled<T> {
    pub(super) stream: T,
    pub(super) addr: Option<SocketAddr>,
}

/// Over TCP, to an address such as `localhost:5071`.
pub(super) struct Tcp {
    pub(super) addr: String,
    pub(super) limits: Limits,
}

/// Over a transport of the caller's, which is opened once.
pub(super) struct Once<T> {
    future: Option<Opening<T>>,
}

/// Over a transport of the caller's, which can be opened as often as is wanted.
pub(super) struct Repeated<F>(pub(super) F);

type Opening<T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send>>;

impl<T> Once<T> {
    pub(super) fn new(dial: impl Future<Output = io::Result<T>> + Send + 'static) -> Self {
        Self { future: Some(Box::pin(dial)) }
    }
}

impl Dial for Tcp {
    type Stream = TcpStream;

    /// A TCP connection to the first address of the name that answers. The time is shared out, so that an address which does not
    /// answer leaves some for the next.
    async fn dial(&mut self) -> Result<Dialled<TcpStream>, ConnectError> {
        let Self { addr, limits } = self;
        let deadline = Instant::from_std(later(Instant::now().into_std(), limits.handshake_timeout));
        let found = tokio::net::lookup_host(&*addr).await.map(Vec::from_iter);
        let found: Vec<SocketAddr> = match found {
            Ok(found) => found,
            Err(source) if source.kind() == io::ErrorKind::InvalidInput => {
                let source = io::Error::new(source.kind(), "write the address as host:port, such as localhost:5071");
                return Err(ConnectError::of(addr, source));
            }
            Err(source) => return Err(ConnectError::NameNotFound { addr: addr.clone(), source }),
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
        Err(ConnectError::of(addr, failed))
    }

    fn may_dial(&self) -> bool {
        true
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin + Send + 'static> Dial for Once<T> {
    type Stream = T;

    async fn dial(&mut self) -> Result<Dialled<T>, ConnectError> {
        match self.future.take() {
            Some(opening) => dialled(opening).await,
            None => Err(ConnectError::of(GIVEN, io::ErrorKind::Unsupported.into())),
        }
    }

    fn may_dial(&self) -> bool {
        self.future.is_some()
    }
}

impl<T, Opened, F> Dial for Repeated<F>
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    Opened: Future<Output = io::Result<T>> + Send + 'static,
    F: FnMut() -> Opened + Send + 'static,
{
    type Stream = T;

    async fn dial(&mut self) -> Result<Dialled<T>, ConnectError> {
        let opening = (self.0)();
        dialled(opening).await
    }

    fn may_dial(&self) -> bool {
        true
    }
}

async fn dialled<T>(opening: impl Future<Output = io::Result<T>>) -> Result<Dialled<T>, ConnectError> {
    match opening.await {
        Ok(stream) => Ok(Dialled { stream, addr: None }),
        Err(error) => Err(ConnectError::of(GIVEN, error)),
    }
}

/// What stands for the address of a transport of the caller's.
pub(super) const GIVEN: &str = "the given transport";
