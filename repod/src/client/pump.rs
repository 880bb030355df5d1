//! Pumping: the events of a [`Connection`] become calls of a [`Client`]'s methods.

use std::time::{Duration, Instant};

use super::{Client, Connection, Event, LEFT};
use crate::action::{Action, DispatchSync};
use crate::driver::ConnectionError;
use crate::peer::SendError;
use crate::proto::CloseReason;
use crate::{ConnectError, Result};

/// How much one [`pump`](Connection::pump) may do: it stops at whichever is reached first.
///
/// ```
/// use repod::Budget;
/// use std::time::Duration;
///
/// let loading_screen = Budget { time: Duration::from_millis(50), ..Budget::default() };
/// assert_eq!(loading_screen.events, 256);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// How many events it handles at most.
    pub events: usize,
    /// How long it goes on handling. An event that is being handled is never interrupted.
    pub time: Duration,
}

/// What one [`pump`](Connection::pump) did.
///
/// ```
/// # use repod::prelude::*;
/// # #[derive(Action)] #[action(sync)] enum Chat { Say { text: String } }
/// # struct Game;
/// # impl Client for Game { type Incoming = Chat; type Outgoing = Chat; }
/// # impl ChatHandler for Game { fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
/// let mut connection = repod::connect::<Game>("localhost:1"); // nothing listens there
/// let mut handled = 0;
/// loop {
///     let pumped = connection.pump(&mut Game);
///     handled += pumped.handled();
///     if !pumped.is_open() {
///         break;
///     }
/// #   std::thread::yield_now();
/// }
/// assert_eq!(handled, 1); // `on_error` was called
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "it tells when the connection is over"]
pub struct Pumped {
    open: bool,
    handled: usize,
    left: usize,
}

impl Default for Budget {
    /// 256 events and 2 ms: an eighth of a frame at 60 frames a second.
    fn default() -> Self {
        Self { events: 256, time: Duration::from_millis(2) }
    }
}

impl Pumped {
    /// Whether the game should go on pumping: the connection is up or coming up, or events are left.
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
    /// assert!(connection.pump(&mut Game).is_open()); // it is coming up
    /// connection.close();
    /// while connection.pump(&mut Game).is_open() {
    /// #   tokio::task::yield_now().await;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// How many events were handled.
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
    /// assert_eq!(connection.pump(&mut Game).handled(), 0); // nothing has come yet
    /// # Ok(())
    /// # }
    /// ```
    pub fn handled(&self) -> usize {
        self.handled
    }

    /// How many events are left for the next pump. If that grows from frame to frame, the budget is too small or the handlers are
    /// too slow; the server is then held back, and nothing is lost.
    ///
    /// ```
    /// use repod::Budget;
    ///
    /// # use repod::prelude::*;
    /// # #[derive(Action)] #[action(sync)] enum Chat { Say { text: String } }
    /// # struct Game;
    /// # impl Client for Game { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Game { fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    /// let mut connection = repod::connect::<Game>("localhost:1"); // nothing listens there
    /// let nothing = Budget { events: 0, ..Budget::default() };
    /// while connection.pump_within(&mut Game, nothing).left() == 0 {
    /// #   std::thread::yield_now();
    /// }
    /// assert_eq!(connection.pump(&mut Game).left(), 0);
    /// ```
    pub fn left(&self) -> usize {
        self.left
    }
}

impl<C: Client> Connection<C> {
    /// Calls the callbacks and handlers for what has come since the last time, within the default [`Budget`].
    ///
    /// Call it once each frame of the game. With nothing to do it returns at once.
    ///
    /// ```
    /// # use repod::prelude::*;
    /// # #[derive(Action)] #[action(sync)] enum Chat { Say { text: String } }
    /// # struct Game;
    /// # impl Client for Game { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Game { fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    /// let mut connection = repod::connect::<Game>("localhost:1"); // nothing listens there
    /// let mut game = Game;
    /// while connection.pump(&mut game).is_open() {
    ///     // Read the keys, move the world, draw it.
    /// #   std::thread::yield_now();
    /// }
    /// assert!(!connection.is_open());
    /// ```
    ///
    /// # Panics
    ///
    /// If a handler panics: it is your thread, and your panic.
    #[doc(alias = "Pump")]
    pub fn pump(&mut self, client: &mut C) -> Pumped {
        self.pump_within(client, Budget::default())
    }

    /// As [`pump`](Self::pump), with a budget of your own.
    ///
    /// ```
    /// use repod::Budget;
    /// use std::time::Duration;
    ///
    /// # use repod::prelude::*;
    /// # #[derive(Action)] #[action(sync)] enum Chat { Say { text: String } }
    /// # struct Game;
    /// # impl Client for Game { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Game { fn on_say(&mut self, _: String) -> repod::Result { Ok(()) } }
    /// let mut connection = repod::connect::<Game>("localhost:1"); // nothing listens there
    /// let one = Budget { events: 1, time: Duration::from_millis(1) };
    /// while connection.pump_within(&mut Game, one).handled() == 0 {
    /// #   std::thread::yield_now();
    /// }
    /// assert!(!connection.is_open());
    /// ```
    ///
    /// # Panics
    ///
    /// If a handler panics.
    pub fn pump_within(&mut self, client: &mut C, budget: Budget) -> Pumped {
        self.begin();
        let mut handled = 0;
        if let Some(first) = (budget.events > 0).then(|| self.poll()).flatten() {
            let start = Instant::now();
            self.deliver(client, first);
            handled = 1;
            while handled < budget.events && start.elapsed() < budget.time {
                let Some(event) = self.poll() else { break };
                self.deliver(client, event);
                handled += 1;
            }
        }
        Pumped { open: self.is_open(), handled, left: self.left() }
    }

    /// Calls the callbacks and handlers until the connection is over, and says why it ended.
    ///
    /// ```no_run
    /// # use repod::prelude::*;
    /// # async fn example<Bot: Client>(mut bot: Bot) -> repod::Result {
    /// let reason = repod::connect::<Bot>("localhost:5071").run(&mut bot).await?;
    /// println!("{reason}");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ConnectError`] if the connection could not be opened; the client's `on_error` is not called for that.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is done, it loses nothing: events that were not handled are there for the next call.
    pub async fn run(&mut self, client: &mut C) -> Result<CloseReason, ConnectError> {
        let mut ended = CloseReason::from(LEFT);
        while let Some(event) = self.next().await {
            match event {
                Event::Failed(error) => return Err(error),
                Event::Closed(reason) => {
                    client.on_close(reason.clone());
                    ended = reason;
                }
                event => self.deliver(client, event),
            }
        }
        Ok(ended)
    }

    fn deliver(&self, client: &mut C, event: Event<C::Incoming>) {
        let (action, result) = match event {
            Event::Message(message) => (message.name(), message.dispatch_sync(client)),
            Event::Unknown(message) => ("on_unknown", client.on_unknown(message)),
            Event::Connected => {
                let result = client.on_connect(self.server());
                // What a server sent that has closed already, such as why it refuses this client, is still to be told.
                if result.is_err() && self.server().is_open() {
                    self.server().close(CloseReason::ConnectFailed);
                }
                ("on_connect", result)
            }
            Event::Resumed(how) => ("on_resume", client.on_resume(self.server(), how)),
            Event::Reconnecting { attempt, delay, reason } => {
                return client.on_reconnecting(attempt, delay, &reason);
            }
            Event::Error(error) => return client.on_error(error),
            Event::Failed(error) => return client.on_error(ConnectionError::Connect(error)),
            Event::Closed(reason) => return client.on_close(reason),
        };
        let Err(error) = result else { return };
        // That the server has closed is no fault of the handler's, and `on_close` is about to tell it.
        let line = &self.server().line;
        if error.downcast_ref() == Some(&SendError::Closed) && !line.outbox.is_stopped() {
            return;
        }
        client.on_error(ConnectionError::of(action, error));
    }
}
