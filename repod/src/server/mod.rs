//! [`Server`]: the trait a server program implements. How it is served is in [`serve`] and [`launch`].

mod accept;
mod admission;
mod background;
mod launch;
mod resume;
mod serve;
mod serving;
mod sessions;
mod store;
mod vault;

use std::sync::Arc;

pub use self::accept::Refuse;
pub use self::background::Background;
pub use self::launch::Launch;
pub use self::serve::{Serve, ServeError, serve};
pub use self::serving::Serving;
pub use self::sessions::Sessions;
pub use self::store::{MemoryStore, SessionStore};
use crate::channel::Channel;
use crate::peer::Peer;
use crate::proto::CloseReason;

/// A server program: it makes a [`Channel`] for each client, and holds what they share.
///
/// The value lives in an [`Arc`]; put what changes behind a lock or an atomic. Start it with [`Launch::launch`] or
/// [`Launch::spawn`], or inside a tokio program with [`serve`].
///
/// ```
/// use repod::prelude::*;
/// use std::sync::{Arc, Mutex};
/// # #[derive(Action)] enum ToServer { Ping }
/// # #[derive(Action)] enum ToClient { Full }
/// # struct Seat { peer: Peer<ToClient> }
/// # impl Channel for Seat { type Incoming = ToServer; type Outgoing = ToClient; }
/// # impl ToServerHandler for Seat { async fn on_ping(&mut self) -> repod::Result { Ok(()) } }
///
/// struct Table {
///     taken: Mutex<u32>,
/// }
///
/// impl Server for Table {
///     type Channel = Seat;
///
///     fn channel(self: &Arc<Self>, peer: Peer<ToClient>) -> Seat {
///         Seat { peer }
///     }
///
///     fn accept(self: &Arc<Self>, peer: Peer<ToClient>) -> Result<Seat, Refuse<ToClient>> {
///         let mut taken = self.taken.lock().unwrap();
///         if *taken == 2 {
///             return Err(Refuse::with(ToClient::Full));
///         }
///         *taken += 1;
///         Ok(self.channel(peer))
///     }
///
///     fn on_disconnect(&self, _: &Peer<ToClient>, _: &CloseReason) {
///         *self.taken.lock().unwrap() -= 1;
///     }
/// }
/// ```
pub trait Server: Sized + Send + Sync + 'static {
    /// What is kept for each connected client.
    #[doc(alias = "channel_class")]
    type Channel: Channel;

    /// Makes the channel of a client that has just connected.
    ///
    /// ```
    /// # use repod::prelude::*;
    /// # use std::sync::Arc;
    /// # #[derive(Action)] enum Chat { Say { text: String } }
    /// # struct Room;
    /// # struct Guest { peer: Peer<Chat>, room: Arc<Room> }
    /// # impl Channel for Guest { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Guest { async fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    /// impl Server for Room {
    ///     type Channel = Guest;
    ///
    ///     fn channel(self: &Arc<Self>, peer: Peer<Chat>) -> Guest {
    ///         Guest { peer, room: self.clone() }
    ///     }
    /// }
    /// ```
    fn channel(self: &Arc<Self>, peer: Peer<<Self::Channel as Channel>::Outgoing>) -> Self::Channel;

    /// Decides whether a client that has just connected may stay. By default everyone may.
    ///
    /// A refused client is told why by the message in [`Refuse`], is never among the [`Peers`](crate::Peers), and none of the
    /// callbacks is called for it.
    ///
    /// Two clients can be asked about at the same time, from different threads. Where exactly so many may come in, count them under a
    /// lock of your own, and count down in [`on_disconnect`](Self::on_disconnect): `peer.peers().len()` only tells about how many
    /// there are.
    ///
    /// ```
    /// # use repod::prelude::*;
    /// # use std::{collections::HashSet, net::IpAddr, sync::Arc};
    /// # #[derive(Action)] enum Chat { Say { text: String } }
    /// # struct Room { banned: HashSet<IpAddr> }
    /// # struct Guest;
    /// # impl Channel for Guest { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Guest { async fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    /// impl Server for Room {
    /// #   type Channel = Guest;
    /// #   fn channel(self: &Arc<Self>, _: Peer<Chat>) -> Guest { Guest }
    ///     fn accept(self: &Arc<Self>, peer: Peer<Chat>) -> Result<Guest, Refuse<Chat>> {
    ///         if self.banned.contains(&peer.addr().ip()) {
    ///             return Err(Refuse::silently());
    ///         }
    ///         Ok(self.channel(peer))
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refuse`] to turn the client away.
    fn accept(
        self: &Arc<Self>,
        peer: Peer<<Self::Channel as Channel>::Outgoing>,
    ) -> Result<Self::Channel, Refuse<<Self::Channel as Channel>::Outgoing>> {
        Ok(self.channel(peer))
    }

    /// Called when a client was accepted, just before its channel's [`on_connect`](Channel::on_connect).
    ///
    /// ```
    /// # use repod::prelude::*;
    /// # use std::sync::{Arc, atomic::{AtomicU64, Ordering}};
    /// # #[derive(Action)] enum Chat { Say { text: String } }
    /// # struct Room { visits: AtomicU64 }
    /// # struct Guest;
    /// # impl Channel for Guest { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Guest { async fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    /// impl Server for Room {
    /// #   type Channel = Guest;
    /// #   fn channel(self: &Arc<Self>, _: Peer<Chat>) -> Guest { Guest }
    ///     fn on_connect(&self, peer: &Peer<Chat>) {
    ///         self.visits.fetch_add(1, Ordering::Relaxed);
    ///         println!("{} came", peer.addr());
    ///     }
    /// }
    ///
    /// # fn main() -> repod::Result {
    /// let server = Room { visits: AtomicU64::new(0) }.spawn("127.0.0.1:0")?;
    /// let guest = std::net::TcpStream::connect(server.local_addr())?;
    /// while server.app().visits.load(Ordering::Relaxed) == 0 {
    /// #   std::thread::yield_now();
    /// }
    /// # Ok(())
    /// # }
    /// ```
    fn on_connect(&self, peer: &Peer<<Self::Channel as Channel>::Outgoing>) {
        let _ = peer;
    }

    /// Called when an accepted client is gone, just after its channel's [`on_close`](Channel::on_close): exactly once for each
    /// [`on_connect`](Self::on_connect), with the same reason.
    ///
    /// ```
    /// # use repod::prelude::*;
    /// # use std::{collections::HashMap, sync::{Arc, Mutex}};
    /// # #[derive(Action)] enum Chat { Say { text: String } }
    /// # struct Room { names: Mutex<HashMap<repod::PeerId, String>> }
    /// # struct Guest;
    /// # impl Channel for Guest { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Guest { async fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    /// impl Server for Room {
    /// #   type Channel = Guest;
    /// #   fn channel(self: &Arc<Self>, _: Peer<Chat>) -> Guest { Guest }
    ///     fn on_disconnect(&self, peer: &Peer<Chat>, reason: &CloseReason) {
    ///         if let Some(name) = self.names.lock().unwrap().remove(&peer.id()) {
    ///             println!("{name} left: {reason}");
    ///         }
    ///     }
    /// }
    /// ```
    fn on_disconnect(&self, peer: &Peer<<Self::Channel as Channel>::Outgoing>, reason: &CloseReason) {
        let _ = (peer, reason);
    }

    /// Called when the server itself is in trouble and goes on: it cannot accept connections for the moment.
    ///
    /// ```
    /// use repod::ServeError;
    /// # use repod::prelude::*;
    /// # use std::sync::{Arc, atomic::{AtomicBool, Ordering}};
    /// # #[derive(Action)] enum Chat { Say { text: String } }
    /// # struct Room { is_in_trouble: AtomicBool }
    /// # struct Guest;
    /// # impl Channel for Guest { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Guest { async fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    ///
    /// impl Server for Room {
    /// #   type Channel = Guest;
    /// #   fn channel(self: &Arc<Self>, _: Peer<Chat>) -> Guest { Guest }
    ///     fn on_error(&self, error: &ServeError) {
    ///         eprintln!("{error}");
    ///         self.is_in_trouble.store(true, Ordering::Relaxed);
    ///     }
    /// }
    ///
    /// let room = Room { is_in_trouble: AtomicBool::new(false) };
    /// room.on_error(&ServeError::Exhausted(std::io::ErrorKind::OutOfMemory.into()));
    /// assert!(room.is_in_trouble.load(Ordering::Relaxed));
    /// ```
    fn on_error(&self, error: &ServeError) {
        let _ = error;
    }
}

/// The messages that a server's channels send.
pub(crate) type Outgoing<S> = <<S as Server>::Channel as Channel>::Outgoing;
