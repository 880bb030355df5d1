//! TCP: sockets and their options. When they are opened is the business of clients and servers.

use std::io;
use std::net::SocketAddr;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;
#[cfg(feature = "server")]
use tokio::net::{TcpListener, TcpSocket};

#[cfg(feature = "server")]
use super::Listener;
use crate::proto::SocketLimits;

#[cfg(feature = "server")]
impl Listener for TcpListener {
    type Stream = TcpStream;

    async fn accept(&mut self) -> io::Result<(TcpStream, SocketAddr)> {
        Self::accept(self).await
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.local_addr()
    }

    fn prepare(stream: &TcpStream, limits: &SocketLimits) -> io::Result<()> {
        prepare(stream, limits)
    }
}

/// Listens on the first address of the name that can be bound.
///
/// The system's own backlog is 128 connections; when more come in one instant, such as all players after a restart, the others lose a
/// second to TCP's retransmission.
#[cfg(feature = "server")]
pub(crate) async fn listen(addr: &str) -> io::Result<TcpListener> {
    let mut failed = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for candidate in tokio::net::lookup_host(addr).await? {
        let bind = || {
            let socket = if candidate.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
            // On Windows this would let two servers share the port.
            #[cfg(not(windows))]
            socket.set_reuseaddr(true)?;
            socket.bind(candidate)?;
            socket.listen(BACKLOG)
        };
        match bind() {
            Ok(listener) => return Ok(listener),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

/// Opens a connection to an address.
#[cfg(feature = "client")]
pub(crate) async fn connect(addr: SocketAddr, limits: &SocketLimits) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(addr).await?;
    prepare(&stream, limits)?;
    Ok(stream)
}

/// Sets what every repod socket has: small messages leave at once instead of waiting for company (Nagle's algorithm is off), and the
/// kernel watches the peer.
fn prepare(stream: &TcpStream, limits: &SocketLimits) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let socket = SockRef::from(stream);
    if let Some(keepalive) = &limits.keepalive {
        let settings = TcpKeepalive::new().with_time(keepalive.idle).with_interval(keepalive.interval);
        #[cfg(any(
            target_os = "linux",
            target_os = "android",
            target_vendor = "apple",
            target_os = "freebsd",
            windows
        ))]
        let settings = settings.with_retries(keepalive.probes);
        socket.set_tcp_keepalive(&settings)?;
    }
    if let Some(received) = limits.received {
        socket.set_recv_buffer_size(received as usize)?;
    }
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        if limits.user_timeout.is_some() {
            socket.set_tcp_user_timeout(limits.user_timeout)?;
        }
        if let Some(unsent) = limits.unsent {
            socket.set_tcp_notsent_lowat(unsent)?;
        }
    }
    Ok(())
}

/// How many connections may wait to be accepted; Linux allows no more unless it is told to.
#[cfg(feature = "server")]
const BACKLOG: u32 = 4096;
