//! [`Caller`]: a client that the test plays. It keeps its connection alive by itself, and leaves the messages to the test.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, split};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};

use super::expect::{Came, END, PATIENCE, Source, came, nothing};
use super::link::End;
use crate::action::{Action, Unknown};
use crate::client::{Event, LEFT};
use crate::driver::ConnectionError;
use crate::peer::SendError;
use crate::proto::{self, CloseReason, DecodeError, Limits, Reading, Role, Session};

/// A client that a test plays: it sends `Out` and receives `In`, says hello and answers pings as every Rust client does. Made by
/// [`Host::join`](super::Host::join).
///
/// Your own [`Client`](crate::Client) is tested with [`Network::connect`](super::Network::connect).
///
/// ```
/// use repod::testing::Host;
/// use repod::{CloseReason, Event};
///
/// # use repod::prelude::*;
/// # use std::sync::Arc;
/// # #[derive(Action)] enum ToServer { Leave }
/// # #[derive(Action, Debug, PartialEq)] enum ToClient { Bye }
/// # struct Lobby;
/// # struct Guest { peer: Peer<ToClient> }
/// # impl Server for Lobby {
/// #     type Channel = Guest;
/// #     fn channel(self: &Arc<Self>, peer: Peer<ToClient>) -> Guest { Guest { peer } }
/// # }
/// # impl Channel for Guest { type Incoming = ToServer; type Outgoing = ToClient; }
/// # impl ToServerHandler for Guest {
/// #     async fn on_leave(&mut self) -> repod::Result {
/// #         self.peer.send(ToClient::Bye)?;
/// #         self.peer.close("left");
/// #         Ok(())
/// #     }
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> repod::Result {
/// let host = Host::new(Lobby);
/// let mut ada = host.join().await;
/// ada.send(ToServer::Leave)?;
/// assert!(matches!(ada.next().await, Some(Event::Message(ToClient::Bye))));
/// assert!(matches!(ada.closed().await, CloseReason::Farewell(_)));
/// # Ok(())
/// # }
/// ```
pub struct Caller<Out, In> {
    /// Dropped to close.
    frames: Option<mpsc::UnboundedSender<Vec<u8>>>,
    events: mpsc::UnboundedReceiver<Event<In>>,
    out: PhantomData<fn(Out)>,
}

impl<Out: Action, In: Action> Caller<Out, In> {
    /// A client over this stream, once the server has greeted.
    ///
    /// # Panics
    ///
    /// If the server does not let it in.
    pub(super) async fn greeted(stream: End) -> Self {
        let (frames, outgoing) = mpsc::unbounded_channel();
        let (incoming, events) = mpsc::unbounded_channel();
        let session = Session::new(Role::Client, Limits::client(), Instant::now().into_std());
        tokio::spawn(converse(stream, session, outgoing, incoming));
        let mut caller = Self { frames: Some(frames), events, out: PhantomData };
        match timeout(PATIENCE, caller.next()).await {
            Ok(Some(Event::Connected)) => caller,
            Ok(Some(Event::Closed(reason))) => panic!("the server did not let this client in: {reason}"),
            _ => panic!("the server did not greet"),
        }
    }

    /// Sends an action.
    ///
    /// ```
    /// # use repod::testing::{Host, Room};
    /// # use repod::prelude::*;
    /// # use std::sync::Arc;
    /// # #[derive(Action, Debug)] enum Chat { Say { text: String } }
    /// # struct Echo;
    /// # struct Guest { peer: Peer<Chat> }
    /// # impl Server for Echo {
    /// #     type Channel = Guest;
    /// #     fn channel(self: &Arc<Self>, peer: Peer<Chat>) -> Guest { Guest { peer } }
    /// # }
    /// # impl Channel for Guest { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Guest {
    /// #     async fn on_say(&mut self, text: String) -> repod::Result { Ok(self.peer.send(Chat::Say { text })?) }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> repod::Result {
    /// let host = Host::new(Echo);
    /// let mut ada = host.join().await;
    /// ada.send(Chat::Say { text: "Hello!".into() })?;
    /// repod::expect_action!(ada, Chat::Say { .. });
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`SendError`] if the connection is over, or the action cannot be encoded.
    pub fn send(&self, action: Out) -> Result<(), SendError> {
        let frame = proto::encode(&action)?;
        let frames = self.frames.as_ref().ok_or(SendError::Closed)?;
        frames.send(frame).map_err(|_| SendError::Closed)
    }

    /// The next event, if it is there already.
    ///
    /// ```
    /// # use repod::testing::{Host, Room};
    /// # use repod::prelude::*;
    /// # use std::sync::Arc;
    /// # #[derive(Action, Debug)] enum Chat { Say { text: String } }
    /// # struct Echo;
    /// # struct Guest { peer: Peer<Chat> }
    /// # impl Server for Echo {
    /// #     type Channel = Guest;
    /// #     fn channel(self: &Arc<Self>, peer: Peer<Chat>) -> Guest { Guest { peer } }
    /// # }
    /// # impl Channel for Guest { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Guest {
    /// #     async fn on_say(&mut self, text: String) -> repod::Result { Ok(self.peer.send(Chat::Say { text })?) }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> repod::Result {
    /// let host = Host::new(Echo);
    /// let mut ada = host.join().await;
    /// assert!(ada.poll().is_none()); // nothing has come
    /// # Ok(())
    /// # }
    /// ```
    pub fn poll(&mut self) -> Option<Event<In>> {
        self.events.try_recv().ok()
    }

    /// The next event; `None` when nothing more will come.
    ///
    /// ```
    /// # use repod::testing::{Host, Room};
    /// # use repod::prelude::*;
    /// # use std::sync::Arc;
    /// # #[derive(Action, Debug)] enum Chat { Say { text: String } }
    /// # struct Echo;
    /// # struct Guest { peer: Peer<Chat> }
    /// # impl Server for Echo {
    /// #     type Channel = Guest;
    /// #     fn channel(self: &Arc<Self>, peer: Peer<Chat>) -> Guest { Guest { peer } }
    /// # }
    /// # impl Channel for Guest { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Guest {
    /// #     async fn on_say(&mut self, text: String) -> repod::Result { Ok(self.peer.send(Chat::Say { text })?) }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> repod::Result {
    /// use repod::Event;
    ///
    /// let host = Host::new(Echo);
    /// let mut ada = host.join().await;
    /// ada.send(Chat::Say { text: "Hello!".into() })?;
    /// assert!(matches!(ada.next().await, Some(Event::Message(Chat::Say { .. }))));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is done, it takes no event.
    pub async fn next(&mut self) -> Option<Event<In>> {
        self.events.recv().await
    }

    /// Closes the connection: what was sent goes out before.
    ///
    /// ```
    /// # use repod::testing::{Host, Room};
    /// # use repod::prelude::*;
    /// # use std::sync::Arc;
    /// # #[derive(Action, Debug)] enum Chat { Say { text: String } }
    /// # struct Echo;
    /// # struct Guest { peer: Peer<Chat> }
    /// # impl Server for Echo {
    /// #     type Channel = Guest;
    /// #     fn channel(self: &Arc<Self>, peer: Peer<Chat>) -> Guest { Guest { peer } }
    /// # }
    /// # impl Channel for Guest { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Guest {
    /// #     async fn on_say(&mut self, text: String) -> repod::Result { Ok(self.peer.send(Chat::Say { text })?) }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> repod::Result {
    /// let host = Host::new(Echo);
    /// let mut ada = host.join().await;
    /// ada.close();
    /// assert_eq!(ada.closed().await.to_string(), "closed by this side: the client left");
    /// # Ok(())
    /// # }
    /// ```
    pub fn close(&mut self) {
        self.frames = None;
    }

    /// Waits for the end of the connection, whatever comes before, and says why it ended.
    ///
    /// ```
    /// # use repod::testing::{Host, Room};
    /// # use repod::prelude::*;
    /// # use std::sync::Arc;
    /// # #[derive(Action, Debug)] enum Chat { Say { text: String } }
    /// # struct Echo;
    /// # struct Guest { peer: Peer<Chat> }
    /// # impl Server for Echo {
    /// #     type Channel = Guest;
    /// #     fn channel(self: &Arc<Self>, peer: Peer<Chat>) -> Guest { Guest { peer } }
    /// # }
    /// # impl Channel for Guest { type Incoming = Chat; type Outgoing = Chat; }
    /// # impl ChatHandler for Guest {
    /// #     async fn on_say(&mut self, text: String) -> repod::Result { Ok(self.peer.send(Chat::Say { text })?) }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> repod::Result {
    /// let host = Host::new(Echo);
    /// let mut ada = host.join().await;
    /// drop(host); // the server is gone
    /// assert!(ada.closed().await.may_retry());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If it does not end within half a minute: all that this library waits for takes less.
    pub async fn closed(&mut self) -> CloseReason {
        let closed = async {
            loop {
                match self.next().await {
                    Some(Event::Closed(reason)) => return reason,
                    Some(_) => {}
                    None => panic!("the end of the connection was told before"),
                }
            }
        };
        match timeout(END, closed).await {
            Ok(reason) => reason,
            Err(_) => panic!("the connection did not end within {} s", END.as_secs()),
        }
    }
}

impl<Out: Action, In: Action> Source<In> for Caller<Out, In> {
    async fn next_action(&mut self) -> Came<In> {
        match timeout(PATIENCE, self.next()).await {
            Ok(Some(event)) => came(event),
            Ok(None) => Came::Nothing("the connection is over".to_owned()),
            Err(_) => nothing(),
        }
    }

    fn rest(&mut self) -> Vec<Came<In>> {
        std::iter::from_fn(|| self.poll()).map(came).collect()
    }
}

impl<Out, In> fmt::Debug for Caller<Out, In> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Caller").field("events", &self.events.len()).finish_non_exhaustive()
    }
}

/// Drives a session over a stream until either ends.
async fn converse<In: Action>(
    stream: End,
    mut session: Session,
    mut frames: mpsc::UnboundedReceiver<Vec<u8>>,
    events: mpsc::UnboundedSender<Event<In>>,
) {
    let (mut reader, mut writer) = split(stream);
    let mut space = vec![0; 64 * 1024];
    let mut outgoing = Vec::new();
    let mut is_closing = false;
    let reason = loop {
        let now = Instant::now().into_std();
        if let Some(reason) = tell(&mut session, &events) {
            break reason;
        }
        while let Some(frame) = session.take_control(now) {
            outgoing.extend(frame);
        }
        if is_closing && outgoing.is_empty() {
            let _ = writer.shutdown().await;
            break CloseReason::from(LEFT);
        }
        let deadline = session.deadline(Reading::On).map(Instant::from_std);
        tokio::select! {
            read = reader.read(&mut space) => match read {
                Ok(0) => break session.end(),
                Ok(count) => session.receive(&space[..count], Instant::now().into_std()),
                Err(error) => break CloseReason::lost(&error),
            },
            written = writer.write(&outgoing), if !outgoing.is_empty() => match written {
                Ok(count) => drop(outgoing.drain(..count)),
                Err(error) => break CloseReason::lost(&error),
            },
            frame = frames.recv(), if !is_closing => match frame {
                Some(frame) => outgoing.extend(frame),
                None => is_closing = true,
            },
            () = sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => {
                if let Err(reason) = session.tick(Instant::now().into_std(), Reading::On) {
                    break reason;
                }
            }
        }
    };
    let _ = events.send(Event::Closed(reason));
    // As every client does: what it has sent would be lost if it did not hear the other side out.
    if is_closing {
        let drained = async { while reader.read(&mut space).await.is_ok_and(|count| count > 0) {} };
        let _ = timeout(DRAIN, drained).await;
    }
}

/// Tells what the session has; the reason to close, if there is one.
fn tell<In: Action>(session: &mut Session, events: &mpsc::UnboundedSender<Event<In>>) -> Option<CloseReason> {
    while let Some(event) = session.next_event(Instant::now().into_std()) {
        let event = match event {
            proto::Event::Greeted => Event::Connected,
            proto::Event::Message(message) => match In::decode(&message) {
                Ok(action) => Event::Message(action),
                Err(DecodeError::UnknownAction { .. }) => Event::Unknown(Unknown::new(&message)),
                Err(error) => Event::Error(ConnectionError::Message(error)),
            },
            proto::Event::Rejected(error) => Event::Error(ConnectionError::Message(error)),
            proto::Event::Refused(farewell) => return Some(CloseReason::Farewell(farewell)),
            proto::Event::Close(reason) => return Some(reason),
        };
        // A test that has dropped its caller does not listen any more.
        let _ = events.send(event);
    }
    None
}

/// How long a client that has closed waits for the server to close its side.
const DRAIN: Duration = Duration::from_secs(1);
