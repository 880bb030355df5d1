//! TCP: sockets and their options. When they are opened is the business of clients and servers.

use std::io;
use std::net::SocketAddr;

use socket2::{SockRef, TcpKeepalive};
#[cfg(feature = "server")]
use tokio::net::TcpListener;
use tokio::net::TcpStream;

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
        #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple", target_os = "freebsd", windows))]
        let settings = settings.with_retries(keepalive.probes);
        socket.set_tcp_keepalive(&settings)?;
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
