//! TCP: the options of a socket. Opening and accepting is the business of clients and servers.

use std::io;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;

use crate::proto::SocketLimits;

/// Sets what every repod socket has: small messages leave at once instead of waiting for company (Nagle's algorithm is off), and the
/// kernel watches the peer.
pub(crate) fn prepare(stream: &TcpStream, limits: &SocketLimits) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let socket = SockRef::from(stream);
    if let Some(keepalive) = &limits.keepalive {
        let settings = TcpKeepalive::new()
            .with_time(keepalive.idle)
            .with_interval(keepalive.interval);
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
