//! Transports: what a connection can run over. Anything that is `AsyncRead + AsyncWrite` will do; a file here makes one.

mod tcp;

#[cfg(feature = "server")]
use std::io;
#[cfg(feature = "server")]
use std::net::SocketAddr;

#[cfg(feature = "server")]
use tokio::io::{AsyncRead, AsyncWrite};

#[cfg(feature = "client")]
pub(crate) use self::tcp::connect;
#[cfg(feature = "server")]
pub(crate) use self::tcp::listen;
#[cfg(feature = "server")]
use crate::proto::SocketLimits;

/// Where a server's connections come from: [`TcpListener`](tokio::net::TcpListener), or anything else that makes streams of bytes.
///
/// Implement it to serve over another transport, or over a simulated network in a test.
///
/// ```
/// use repod::{Listener, proto::SocketLimits};
/// use std::{io, net::SocketAddr};
/// use tokio::{io::DuplexStream, sync::mpsc};
///
/// /// Connections that a test makes in memory.
/// struct Memory(mpsc::Receiver<DuplexStream>);
///
/// impl Listener for Memory {
///     type Stream = DuplexStream;
///
///     async fn accept(&mut self) -> io::Result<(DuplexStream, SocketAddr)> {
///         let Some(stream) = self.0.recv().await else { return std::future::pending().await };
///         Ok((stream, ([127, 0, 0, 1], 1).into()))
///     }
///
///     fn local_addr(&self) -> io::Result<SocketAddr> {
///         Ok(([127, 0, 0, 1], 5071).into())
///     }
/// }
/// ```
#[cfg(feature = "server")]
pub trait Listener: Send + 'static {
    /// One connection.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// Waits for the next connection, and says from where it comes.
    ///
    /// ```
    /// use repod::Listener;
    /// use tokio::net::{TcpListener, TcpStream};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> repod::Result {
    /// let mut listener = TcpListener::bind("127.0.0.1:0").await?;
    /// let client = TcpStream::connect(listener.local_addr()?).await?;
    /// let (_stream, from) = Listener::accept(&mut listener).await?;
    /// assert_eq!(from, client.local_addr()?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// What the system says. Errors of one client's, and those that pass, are not the end of the server.
    ///
    /// # Cancel safety
    ///
    /// It must lose no connection when it is dropped before it is done.
    fn accept(&mut self) -> impl Future<Output = io::Result<(Self::Stream, SocketAddr)>> + Send;

    /// The address it listens on.
    ///
    /// ```
    /// use repod::Listener;
    /// use tokio::net::TcpListener;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> repod::Result {
    /// let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// assert_ne!(Listener::local_addr(&listener)?.port(), 0);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// What the system says.
    fn local_addr(&self) -> io::Result<SocketAddr>;

    /// Sets the options of a new connection, as far as it has such.
    ///
    /// ```
    /// use repod::{Listener, proto::SocketLimits};
    /// use tokio::net::{TcpListener, TcpStream};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> repod::Result {
    /// let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// let stream = TcpStream::connect(listener.local_addr()?).await?;
    /// <TcpListener as Listener>::prepare(&stream, &SocketLimits::default())?;
    /// assert!(stream.nodelay()?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// What the system says; the connection is dropped then.
    fn prepare(stream: &Self::Stream, limits: &SocketLimits) -> io::Result<()> {
        let _ = (stream, limits);
        Ok(())
    }
}
