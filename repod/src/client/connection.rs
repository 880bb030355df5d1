//! [`Connection`]: a client's handle on its connection. The connection itself lives in the background.

use std::io;
use std::sync::Arc;

use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::{Semaphore, mpsc};

use super::background::Background;
use super::dial::{Dial, GIVEN, Tcp};
use super::helm::Helm;
use super::reconnect::Interruption;
use super::work::{Call, Inbox, Notice, work};
use super::{Client, ConnectError, Event, LEFT, Reconnect};
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
    /// As it was given.
    addr: String,
    notices: mpsc::Receiver<Notice<C::Incoming, C::Outgoing>>,
    peer: Peer<C::Outgoing>,
    helm: Arc<Helm<C::Outgoing>>,
    background: Background,
    /// Set when the first event was asked for.
    begun: bool,
    /// The end that happened before anybody asked for events.
    early_end: Option<Interruption>,
    /// Set when the last event was taken.
    over: bool,
}

impl<C: Client> Connection<C> {
    /// A connection over TCP, at work in the background.
    pub(super) fn start(addr: String, limits: Limits) -> Self {
        let dial = Tcp { addr: addr.clone(), limits: limits.clone() };
        Self::of(addr, limits, |call, inbox| Background::start(work(call, dial, inbox)))
    }

    /// A connection over another transport, as a task of the runtime that is there.
    pub(super) fn over(dial: impl Dial, limits: Limits) -> Self {
        Self::of(GIVEN.to_owned(), limits, |call, inbox| Ok(Background::task(work(call, dial, inbox))))
    }

    fn of(
        addr: String,
        limits: Limits,
        start: impl FnOnce(Call<C::Outgoing>, Inbox<C::Incoming, C::Outgoing>) -> io::Result<Background>,
    ) -> Self {
        let (sender, notices) = mpsc::channel(limits.in_queue.clamp(1, Semaphore::MAX_PERMITS));
        let peer = Peer::new(None, &limits, Peers::new(&limits));
        let helm = Arc::new(Helm::new(peer.clone()));
        let call = Call { addr: addr.clone(), limits, peer: peer.clone(), helm: helm.clone() };
        let inbox = Inbox { notices: sender, peer: peer.clone(), losses: None };
        let (background, early_end) = match start(call, inbox) {
            Ok(background) => (background, None),
            Err(error) => {
                peer.end(CloseReason::ConnectFailed);
                (Background::idle(), Some(Interruption::Failed(ConnectError::of(&addr, error))))
            }
        };
        Self { addr, notices, peer, helm, background, begun: false, early_end, over: false }
    }

    /// Has the connection come back by itself when it is lost, or could not be opened, for as long as that makes sense; see
    /// [`Reconnect`]. Say it where the connection is made, before its first event is taken.
    ///
    /// Each attempt is announced by [`Event::Reconnecting`], or [`Client::on_reconnecting`]. What comes when one succeeds depends on the server:
    ///
    /// - A server that keeps sessions (`Serve::sessions`) takes the connection up where it was: [`Event::Resumed`]. What is
    ///   sent meanwhile is queued, within the limits of the queue, and everything arrives once and in order.
    /// - To another server, and to one that was restarted or has waited for too long, this is a new client: [`Event::Connected`] comes again, so
    ///   say who you are in `on_connect` each time. What was queued for the connection that was lost, and not sent, is dropped; where no session
    ///   is kept, [`send`](Self::send) fails with [`SendError::Closed`] until the next connection is up. So nothing meant for one
    ///   connection is delivered on another. Clones of the old one's [`server`](Self::server) stay closed.
    ///
    /// What is sent before the first connection is up waits for it, through all attempts.
    ///
    /// ```
    /// use repod::{Event, Reconnect};
    ///
    /// # use repod::prelude::*;
    /// # #[derive(Action)] #[action(sync)] enum Chat { Say { text: String } }
    /// # struct Game;
    /// # impl Client for Game { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Game { fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> repod::Result {
    /// let mut connection = repod::connect::<Game>("localhost:1").reconnect(Reconnect::default()); // nothing listens there
    /// let Some(Event::Reconnecting { attempt, delay, reason }) = connection.next().await else { panic!() };
    /// println!("{reason}; attempt {attempt} in {delay:?}");
    /// connection.give_up(); // the player does not want to wait
    /// # assert!(connection.next().await.is_some());
    /// # assert!(connection.next().await.is_none());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn reconnect(self, policy: Reconnect) -> Self {
        self.helm.reconnect(policy);
        self
    }

    /// Makes the attempt that is being waited for at once: the player pressed a key, or the network is back. Otherwise it does nothing.
    ///
    /// ```
    /// # use repod::prelude::*;
    /// # #[derive(Action)] #[action(sync)] enum Chat { Say { text: String } }
    /// # struct Game;
    /// # impl Client for Game { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Game { fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    /// fn key_pressed(connection: &repod::Connection<Game>, key: char) {
    ///     match key {
    ///         'r' => connection.reconnect_now(),
    ///         'q' => connection.give_up(),
    ///         _ => {}
    ///     }
    /// }
    /// ```
    pub fn reconnect_now(&self) {
        self.helm.hurry();
    }

    /// Makes no other attempt. A connection that is up goes on; one that is being waited for ends now, as what it was waiting for:
    /// [`Event::Closed`] with the reason of the last one that was up, or [`Event::Failed`].
    ///
    /// ```
    /// use repod::{Event, Reconnect};
    ///
    /// # use repod::prelude::*;
    /// # #[derive(Action)] #[action(sync)] enum Chat { Say { text: String } }
    /// # struct Game;
    /// # impl Client for Game { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Game { fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> repod::Result {
    /// let mut connection = repod::connect::<Game>("localhost:1").reconnect(Reconnect::default()); // nothing listens there
    /// assert!(matches!(connection.next().await, Some(Event::Reconnecting { .. })));
    /// connection.give_up();
    /// assert!(matches!(connection.next().await, Some(Event::Failed(_))));
    /// assert!(connection.next().await.is_none());
    /// # Ok(())
    /// # }
    /// ```
    pub fn give_up(&self) {
        self.helm.give_up();
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
        self.peer.close(LEFT);
        self.helm.close(LEFT.into());
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
    ///             Event::Resumed(how) => println!("{how:?}"),
    ///             Event::Reconnecting { attempt, reason, .. } => println!("{reason}; attempt {attempt}"),
    ///             Event::Failed(error) => println!("{error}"),
    ///             Event::Closed(reason) => println!("{reason}"),
    ///         }
    ///     }
    /// }
    /// ```
    pub fn poll(&mut self) -> Option<Event<C::Incoming>> {
        self.begin();
        loop {
            match self.notices.try_recv() {
                Ok(notice) => {
                    if let Some(event) = self.take(notice) {
                        return Some(event);
                    }
                }
                Err(TryRecvError::Empty) => return self.take_early_end(),
                Err(TryRecvError::Disconnected) => {
                    let end = self.take_early_end().or_else(|| self.abandoned());
                    self.over = true;
                    return end;
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
        if let Some(event) = self.poll() {
            return Some(event);
        }
        while let Some(notice) = self.notices.recv().await {
            if let Some(event) = self.take(notice) {
                return Some(event);
            }
        }
        let end = self.abandoned();
        self.over = true;
        end
    }

    /// From now on the end of the first connection is the end, unless reconnecting was asked for.
    #[inline]
    pub(super) fn begin(&mut self) {
        if !self.begun {
            self.first();
        }
    }

    #[cold]
    fn first(&mut self) {
        self.begun = true;
        let parked = self.helm.begin();
        self.early_end = self.early_end.take().or(parked);
    }

    fn take_early_end(&mut self) -> Option<Event<C::Incoming>> {
        let event = match self.early_end.take()? {
            Interruption::Closed(reason) => Event::Closed(reason),
            Interruption::Failed(error) => Event::Failed(error),
        };
        self.take(Notice::Event(event))
    }

    /// The end of a connection whose work has ended without a word: its runtime was dropped.
    #[cold]
    fn abandoned(&self) -> Option<Event<C::Incoming>> {
        if self.over || self.helm.closing().is_some() {
            return None;
        }
        Some(match self.peer.line.outbox.reason() {
            Some(reason) => Event::Closed(reason),
            None => Event::Failed(ConnectError::of(&self.addr, io::Error::other("its runtime has ended"))),
        })
    }

    /// Makes an event of a notice. After this side has closed, only the beginning and the end are told.
    fn take(&mut self, notice: Notice<C::Incoming, C::Outgoing>) -> Option<Event<C::Incoming>> {
        let event = match notice {
            Notice::Connected(peer) => {
                self.peer = peer;
                return Some(Event::Connected);
            }
            Notice::Event(event) => event,
        };
        self.over |= matches!(event, Event::Failed(_) | Event::Closed(_));
        (self.over || !self.peer.line.outbox.is_stopped()).then_some(event)
    }

    /// How many events wait to be taken.
    pub(super) fn left(&self) -> usize {
        self.notices.len() + usize::from(self.early_end.is_some())
    }
}

impl<C: Client> Drop for Connection<C> {
    fn drop(&mut self) {
        self.notices.close();
        self.close();
        self.helm.begin();
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
