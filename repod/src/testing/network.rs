//! [`Network`]: a listener without a socket, and the way to it. [`Host`](super::Host) is a server behind one.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use tokio::sync::mpsc;

use super::link::{End, Link};
use crate::client::{Client, Connection, connect_by};
use crate::proto::Limits;
use crate::transport::Listener;

/// A network in memory: what a server is served on, and the way for clients to get there. No ports, no firewall, no other program.
///
/// ```
/// use repod::testing;
///
/// # use repod::prelude::*;
/// # #[derive(Action)] #[action(sync)] enum Chat { Say { text: String } }
/// # struct Room;
/// # struct Guest;
/// # impl Channel for Guest { type Incoming = Chat; type Outgoing = Chat; }
/// # impl ChatHandler for Guest { fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
/// # impl Server for Room { type Channel = Guest; fn channel(self: &std::sync::Arc<Self>, _: Peer<Chat>) -> Guest { Guest } }
/// # struct Game;
/// # impl Client for Game { type Incoming = Chat; type Outgoing = Chat; }
/// # impl ChatHandler for Game { fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> repod::Result {
/// let (network, listener) = testing::network();
/// let server = repod::serve(Room).listen(listener)?;
/// let mut connection = network.connect::<Game>(&testing::Link::new());
/// assert!(matches!(connection.next().await, Some(repod::Event::Connected)));
/// assert_eq!(server.peers().len(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Network {
    door: mpsc::UnboundedSender<(End, SocketAddr)>,
    /// Each connection comes from a port of its own.
    last_port: Arc<AtomicU16>,
}

/// The server's side of a [`Network`]: give it to [`Serve::listen`](crate::Serve::listen).
///
/// ```
/// use repod::Listener;
///
/// let (_network, listener) = repod::testing::network();
/// assert_eq!(listener.local_addr()?.to_string(), "127.0.0.1:5071"); // which is not taken, of course
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct NetworkListener {
    arrivals: mpsc::UnboundedReceiver<(End, SocketAddr)>,
}

/// Makes a network, and the listener that a server is served on.
///
/// ```
/// let (network, listener) = repod::testing::network();
/// # drop((network, listener));
/// ```
pub fn network() -> (Network, NetworkListener) {
    let (door, arrivals) = mpsc::unbounded_channel();
    (Network { door, last_port: Arc::default() }, NetworkListener { arrivals })
}

impl Network {
    /// Opens a connection to the server over a link, for a client of any kind.
    ///
    /// ```
    /// use repod::testing::{self, Link};
    /// use tokio::io::AsyncReadExt;
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
    /// let (network, listener) = testing::network();
    /// let server = repod::serve(Room).listen(listener)?;
    /// let mut stream = network.dial(&Link::new())?;
    /// assert!(stream.read_u32().await? > 0); // the length of the greeting
    /// # drop(server);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ConnectionRefused`](io::ErrorKind::ConnectionRefused) if the server is gone, and what [`Link::open`] says.
    pub fn dial(&self, link: &Link) -> io::Result<End> {
        let (ours, theirs) = link.open()?;
        let port = self.last_port.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        let from = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        self.door.send((theirs, from)).map_err(|_| io::Error::from(io::ErrorKind::ConnectionRefused))?;
        Ok(ours)
    }

    /// Connects a [`Client`] of yours over a link; [`pump`](Connection::pump), [`poll`](Connection::poll) or [`run`](Connection::run) it as
    /// your program does.
    ///
    /// ```
    /// use repod::testing::{Host, Link};
    ///
    /// # use repod::prelude::*;
    /// # #[derive(Action)] #[action(sync)] enum Chat { Say { text: String } }
    /// # struct Room;
    /// # struct Guest;
    /// # impl Channel for Guest { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Guest { fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    /// # impl Server for Room { type Channel = Guest; fn channel(self: &std::sync::Arc<Self>, _: Peer<Chat>) -> Guest { Guest } }
    /// # struct Game;
    /// # impl Client for Game { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Game { fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> repod::Result {
    /// let host = Host::new(Room);
    /// let mut connection = host.network().connect::<Game>(&Link::new());
    /// let mut game = Game;
    /// while connection.pump(&mut game).handled() == 0 {
    ///     tokio::task::yield_now().await; // one frame of the game
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub fn connect<C: Client>(&self, link: &Link) -> Connection<C> {
        let (network, link) = (self.clone(), link.clone());
        let dial = move || {
            let dialled = network.dial(&link);
            async move { dialled }
        };
        connect_by(dial, Limits::client())
    }
}

impl Listener for NetworkListener {
    type Stream = End;

    async fn accept(&mut self) -> io::Result<(End, SocketAddr)> {
        match self.arrivals.recv().await {
            Some(arrival) => Ok(arrival),
            // Nobody can come any more; the server goes on with those who are there.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok((Ipv4Addr::LOCALHOST, 5071).into())
    }
}
