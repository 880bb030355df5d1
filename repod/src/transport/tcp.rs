//! TCP: the options of a socket. Opening and accepting is the business of clients and servers.

use std::io;

use tokio::net::TcpStream;

/// Sets what every repod socket has: small messages leave at once instead of waiting for company (Nagle's algorithm is off).
pub(crate) fn prepare(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)
}
