//! [`Port`]: turmoil's listener as one of repod's. The faults of the network are decided elsewhere.

use std::io;
use std::net::SocketAddr;

use repod::Listener;
use turmoil::net::{TcpListener, TcpStream};

/// A server's port on the simulated network.
pub struct Port(TcpListener);

impl Port {
    pub async fn bind() -> io::Result<Self> {
        TcpListener::bind(("0.0.0.0", PORT)).await.map(Self)
    }
}

impl Listener for Port {
    type Stream = TcpStream;

    async fn accept(&mut self) -> io::Result<(TcpStream, SocketAddr)> {
        self.0.accept().await
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

pub async fn dial() -> io::Result<TcpStream> {
    TcpStream::connect((SERVER, PORT)).await
}

pub const SERVER: &str = "server";
const PORT: u16 = 5071;
