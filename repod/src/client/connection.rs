//! [`Connection`]: a client's handle on its connection. The connection itself lives in the background.

use std::io;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::{Semaphore, mpsc};

use super::background::Background;
use super::connect::{Call, Inbox, over, reach, work};
use super::{Client, ConnectError};
use crate::Unknown;
use crate::driver::ConnectionError;
use crate::peer::{Peer, SendError};
use crate::peers::Peers;
use crate::proto::{CloseReason, Limits};

/// A connection to a server; made by [`connect`](crate::connect).
///
/// It has three faces, of which a program uses one:
///
/// - [`pump`](Self::pump) calls the handlers of a [`Client`] for what has come, and returns: for a game loop.
/// - [`poll`](Self::poll) gives the next [`Event`], for those who prefer a `match`.
/// - [`run`](Self::run) calls the handlers until the end, inside a tokio program.
///
/// Dropping it closes the connection, sends what is queued, and waits for that, for a second at most.
///
/// Outside tokio, and on tokio's current-thread runtime, each connection has a thread of its own, so that it goes on while the game
/// computes; on the multi-thread runtime it is a task.
///
/// ```
/// use repod::{CloseReason, Event};
///
/// # use repod::prelude::*;
/// # #[derive(Action)] #[action(sync)] enum Chat { Say { text: String } }
/// # struct Game;
/// # impl Client for Game { type Incoming = Chat; type Outgoing = Chat; }
/// # impl ChatHandler for Game { fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
/// let mut connection = repod::connect::<Game>("localhost:1"); // nothing listens there
/// while connection.is_open() {
///     match connection.poll() {
///         Some(Event::Failed(error)) => println!("{error}"),
///         Some(event) => println!("{}", matches!(event, Event::Connected)),
///         None => std::thread::yield_now(), // one frame of the game
///     }
/// }
/// assert!(connection.poll().is_none());
/// ```
#[doc(alias = "Client")]
pub struct Connection<C: Client> {
    events: mpsc::Receiver<Event<C::Incoming>>,
    peer: Peer<C::Outgoing>,
    background: Background,
    /// Set when the last event was taken.
    over: bool,
}

/// Something that happened on a connection, in the order in which it happened.
///
/// The first is [`Connected`](Self::Connected) or [`Failed`](Self::Failed); after [`Failed`](Self::Failed) or
/// [`Closed`](Self::Closed) nothing comes.
///
/// ```
/// use repod::{CloseReason, Event};
///
/// fn is_last<In>(event: &Event<In>) -> bool {
///     matches!(event, Event::Failed(_) | Event::Closed(_))
/// }
///
/// assert!(!is_last(&Event::Message("hello")));
/// assert!(is_last(&Event::<&str>::Closed(CloseReason::PeerLeft)));
/// ```
#[derive(Debug)]
pub enum Event<In> {
    /// The server has greeted.
    Connected,
    /// A message came.
    Message(In),
    /// A message came whose action the enum does not declare.
    Unknown(Unknown),
    /// A message was refused; the connection stays open.
    Error(ConnectionError),
    /// The connection could not be opened.
    Failed(ConnectError),
    /// The connection ended.
    Closed(CloseReason),
}

impl<C: Client> Connection<C> {
    /// A connection over TCP, at work in the background.
    pub(super) fn start(addr: String, limits: Limits) -> Self {
        let (call, inbox, events) = Self::parts(addr.clone(), limits);
        let peer = call.peer.clone();
        let dial = reach(addr, call.limits.clone());
        Self { events, background: Background::start(|cut| work(call, dial, inbox, cut)), peer, over: false }
    }

    /// A connection over another transport, as a task of the runtime that is there.
    pub(super) fn over<T>(dial: impl Future<Output = io::Result<T>> + Send + 'static, limits: Limits) -> Self
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let addr = "the given transport".to_owned();
        let (call, inbox, events) = Self::parts(addr.clone(), limits);
        let peer = call.peer.clone();
        let dial = over(addr, dial);
        Self { events, background: Background::task(|cut| work(call, dial, inbox, cut)), peer, over: false }
    }

    #[allow(clippy::type_complexity)]
    fn parts(
        addr: String,
        limits: Limits,
    ) -> (Call<C::Outgoing>, Inbox<C::Incoming>, mpsc::Receiver<Event<C::Incoming>>) {
        let (sender, events) = mpsc::channel(limits.in_queue.clamp(1, Semaphore::MAX_PERMITS));
        let peer = Peer::new(None, &limits, Peers::new(&limits));
        (Call { addr, limits, peer }, Inbox { events: sender }, events)
    }

    /// The server, as something to send to: a clone that can be kept anywhere and used from any thread.
    ///
    /// ```
    /// # use repod::prelude::*;
    /// # #[derive(Action)] #[action(sync)] enum Chat { Say { text: String } }
    /// # struct Game;
    /// # impl Client for Game { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Game { fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> repod::Result {
    /// # type Never = tokio::io::DuplexStream;
    /// # let mut connection = repod::connect_over::<Game, Never>(std::future::pending(), repod::proto::Limits::client());
    /// let server = connection.server().clone();
    /// let typist = std::thread::spawn(move || server.send(Chat::Say { text: "from another thread".into() }));
    /// assert_eq!(typist.join().unwrap(), Ok(()));
    /// assert_eq!(connection.server().queued_messages(), 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn server(&self) -> &Peer<C::Outgoing> {
        &self.peer
    }

    /// Queues a message for the server; also before the connection is up.
    ///
    /// ```
    /// # use repod::prelude::*;
    /// # #[derive(Action)] #[action(sync)] enum Chat { Say { text: String } }
    /// # struct Game;
    /// # impl Client for Game { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Game { fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> repod::Result {
    /// # type Never = tokio::io::DuplexStream;
    /// # let mut connection = repod::connect_over::<Game, Never>(std::future::pending(), repod::proto::Limits::client());
    /// connection.send(Chat::Say { text: "Hello!".into() })?; // goes out when the server has greeted
    /// assert_eq!(connection.server().queued_messages(), 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`SendError`] if the message was not queued.
    pub fn send(&self, message: C::Outgoing) -> Result<(), SendError> {
        self.peer.send(message)
    }

    /// Closes the connection: what is queued is still sent. Events go on until [`Event::Closed`].
    ///
    /// A connection that is not up yet and has nothing to send ends without an event.
    ///
    /// ```
    /// use repod::SendError;
    ///
    /// # use repod::prelude::*;
    /// # #[derive(Action)] #[action(sync)] enum Chat { Say { text: String } }
    /// # struct Game;
    /// # impl Client for Game { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Game { fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> repod::Result {
    /// # type Never = tokio::io::DuplexStream;
    /// # let mut connection = repod::connect_over::<Game, Never>(std::future::pending(), repod::proto::Limits::client());
    /// connection.close();
    /// assert_eq!(connection.send(Chat::Say { text: "too late".into() }), Err(SendError::Closed));
    /// assert!(connection.next().await.is_none());
    /// # Ok(())
    /// # }
    /// ```
    pub fn close(&self) {
        self.peer.close("closed by the client");
    }

    /// Whether there is, or may be, more to come: the connection is up or coming up, or events are left to be taken.
    ///
    /// ```
    /// # use repod::prelude::*;
    /// # #[derive(Action)] #[action(sync)] enum Chat { Say { text: String } }
    /// # struct Game;
    /// # impl Client for Game { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Game { fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> repod::Result {
    /// # type Never = tokio::io::DuplexStream;
    /// # let mut connection = repod::connect_over::<Game, Never>(std::future::pending(), repod::proto::Limits::client());
    /// assert!(connection.is_open()); // it is coming up
    /// connection.close();
    /// assert!(connection.next().await.is_none());
    /// assert!(!connection.is_open());
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_open(&self) -> bool {
        !self.over
    }

    /// The next event, if there is one now. It never blocks.
    ///
    /// ```
    /// # use repod::prelude::*;
    /// # #[derive(Action)] enum ToServer { Hello }
    /// # #[derive(Action, Debug)] #[action(sync)] enum ToClient { Welcome }
    /// # struct Game;
    /// # impl Client for Game { type Incoming = ToClient; type Outgoing = ToServer; }
    /// # impl ToClientHandler for Game { fn on_welcome(&mut self) -> repod::Result { Ok(()) } }
    /// use repod::Event;
    ///
    /// fn frame(connection: &mut repod::Connection<Game>) {
    ///     while let Some(event) = connection.poll() {
    ///         match event {
    ///             Event::Connected => println!("connected"),
    ///             Event::Message(ToClient::Welcome) => println!("welcome"),
    ///             Event::Unknown(message) => println!("what is {message:?}?"),
    ///             Event::Error(error) => println!("{error}"),
    ///             Event::Failed(error) => println!("{error}"),
    ///             Event::Closed(reason) => println!("{reason}"),
    ///         }
    ///     }
    /// }
    /// ```
    pub fn poll(&mut self) -> Option<Event<C::Incoming>> {
        loop {
            match self.events.try_recv() {
                Ok(event) if self.is_wanted(&event) => return Some(event),
                Ok(_) => {}
                Err(TryRecvError::Empty) => return None,
                Err(TryRecvError::Disconnected) => {
                    self.over = true;
                    return None;
                }
            }
        }
    }

    /// The next event; `None` when nothing more will come.
    ///
    /// ```
    /// use repod::Event;
    ///
    /// # use repod::prelude::*;
    /// # #[derive(Action)] #[action(sync)] enum Chat { Say { text: String } }
    /// # struct Game;
    /// # impl Client for Game { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Game { fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> repod::Result {
    /// let mut connection = repod::connect::<Game>("localhost:1"); // nothing listens there
    /// assert!(matches!(connection.next().await, Some(Event::Failed(_))));
    /// assert!(connection.next().await.is_none());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is done, it takes no event.
    pub async fn next(&mut self) -> Option<Event<C::Incoming>> {
        while let Some(event) = self.events.recv().await {
            if self.is_wanted(&event) {
                return Some(event);
            }
        }
        self.over = true;
        None
    }

    /// After this side has closed, only the beginning and the end are told.
    fn is_wanted(&mut self, event: &Event<C::Incoming>) -> bool {
        self.over |= matches!(event, Event::Failed(_) | Event::Closed(_));
        self.over || matches!(event, Event::Connected) || !self.peer.line.outbox.is_stopped()
    }

    /// How many events wait to be taken.
    pub(super) fn left(&self) -> usize {
        self.events.len()
    }
}

impl<C: Client> Drop for Connection<C> {
    fn drop(&mut self) {
        self.events.close();
        self.close();
        self.background.end();
    }
}

impl<C: Client> std::fmt::Debug for Connection<C> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Connection")
            .field("server", &self.peer)
            .field("over", &self.over)
            .finish_non_exhaustive()
    }
}
