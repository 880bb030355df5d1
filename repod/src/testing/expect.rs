//! [`expect_action!`] and [`Source`]: what a test can expect actions from.

use std::fmt::Debug;
use std::time::Duration;

use tokio::time::timeout;

use crate::action::{Action, Unknown};
use crate::client::{Client, Connection, Event};
use crate::proto::{DecodeError, Message};

/// Something that actions come from: what [`expect_action!`](crate::expect_action) can be used on.
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
/// use repod::testing::{Came, Source};
///
/// let (peer, mut sent) = Room::new().join();
/// peer.send(Chat::Say { text: "Hello!".into() })?;
/// assert!(matches!(sent.next_action().await, Came::Message(Chat::Say { .. })));
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "no actions come from `{Self}` that could be expected",
    note = "use a `Caller`, a `Connection`, a `RawPeer` or a `Sent`"
)]
pub trait Source<A> {
    /// Waits for the next action, for twenty seconds at most.
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
    /// use repod::testing::{Came, Source};
    ///
    /// let host = Host::new(Echo);
    /// let mut ada = host.join().await;
    /// ada.send(Chat::Say { text: "Hello!".into() })?;
    /// assert!(matches!(ada.next_action().await, Came::Message(Chat::Say { .. })));
    /// # Ok(())
    /// # }
    /// ```
    fn next_action(&mut self) -> impl Future<Output = Came<A>>;

    /// What is there besides, for the text of a failure.
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
    /// use repod::testing::Source;
    ///
    /// let (peer, mut sent) = Room::new().join();
    /// peer.send(Chat::Say { text: "Hello!".into() })?;
    /// assert_eq!(sent.rest().len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    fn rest(&mut self) -> Vec<Came<A>>;
}

/// What came where an action was expected.
#[derive(Debug)]
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
/// use repod::testing::{Came, Source};
///
/// let (_peer, mut sent) = Room::<Chat>::new().join();
/// let Came::Nothing(what) = sent.next_action().await else { panic!() };
/// assert_eq!(what, "nothing was sent");
/// # Ok(())
/// # }
/// ```
pub enum Came<A> {
    /// An action.
    Message(A),
    /// Something else, or nothing; the words end the sentence "but ..".
    Nothing(String),
}

/// How long is waited for something that should come.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// How long is waited for the end of a connection; a peer that does not answer is given up after less.
pub(super) const END: Duration = Duration::from_secs(30);

/// Waits for the next action and checks it against a pattern; otherwise fails the test, and says what was expected, what came, and what else
/// is there.
///
/// It works on everything that actions come from: a [`Caller`](crate::testing::Caller), a [`Connection`](crate::Connection), a
/// [`RawPeer`](crate::testing::RawPeer), and what a test peer has [`Sent`](crate::testing::Sent). Use it in an async function. The pattern
/// can have a guard, and with `=>` the whole has a value. The action must be `Debug`.
///
/// ```
/// use repod::testing::{Host, expect_action};
///
/// # use repod::prelude::*;
/// # use std::sync::Arc;
/// # #[derive(Action)] enum ToServer { Hello { name: String } }
/// # #[derive(Action, Debug)] enum ToClient { Welcome { text: String, seat: u8 } }
/// # struct Lobby;
/// # struct Guest { peer: Peer<ToClient> }
/// # impl Server for Lobby {
/// #     type Channel = Guest;
/// #     fn channel(self: &Arc<Self>, peer: Peer<ToClient>) -> Guest { Guest { peer } }
/// # }
/// # impl Channel for Guest { type Incoming = ToServer; type Outgoing = ToClient; }
/// # impl ToServerHandler for Guest {
/// #     async fn on_hello(&mut self, name: String) -> repod::Result {
/// #         self.peer.send(ToClient::Welcome { text: format!("Hi {name}!"), seat: 3 })?;
/// #         Ok(())
/// #     }
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> repod::Result {
/// let host = Host::new(Lobby);
/// let mut ada = host.join().await;
/// for _ in 0..3 {
///     ada.send(ToServer::Hello { name: "Ada".into() })?;
/// }
/// expect_action!(ada, ToClient::Welcome { .. });
/// expect_action!(ada, ToClient::Welcome { text, .. } if text.contains("Ada"));
/// let seat = expect_action!(ada, ToClient::Welcome { seat, .. } => seat);
/// assert_eq!(seat, 3);
/// # Ok(())
/// # }
/// ```
///
/// A failure reads like this:
///
/// ```text
/// expected `ToClient::Welcome { .. }`
///  but got Full { seats: 4 }
///  and then Welcome { text: "Hi Bob!", seat: 4 }
/// ```
#[macro_export]
macro_rules! expect_action {
    ($source:expr, $pattern:pat $(if $guard:expr)? $(,)?) => {
        $crate::expect_action!($source, $pattern $(if $guard)? => ())
    };
    ($source:expr, $pattern:pat $(if $guard:expr)? => $value:expr $(,)?) => {{
        #[allow(unused_imports)]
        use $crate::testing::Source as _;
        let __expected = concat!(stringify!($pattern), $(" if ", stringify!($guard))?);
        let __source = &mut $source;
        #[allow(unreachable_patterns, unused_variables, clippy::redundant_pattern_matching)]
        match __source.next_action().await {
            $crate::testing::Came::Message($pattern) $(if $guard)? => $value,
            __other => ::core::panic!("{}", $crate::testing::unexpected(__expected, __other, __source.rest())),
        }
    }};
}

/// The text of a failure.
#[doc(hidden)]
pub fn unexpected<A: Debug>(expected: &str, came: Came<A>, rest: Vec<Came<A>>) -> String {
    let mut text = match came {
        Came::Message(action) => format!("expected `{expected}`\n but got {action:?}"),
        Came::Nothing(what) => format!("expected `{expected}`\n but {what}"),
    };
    for came in rest {
        match came {
            Came::Message(action) => text.push_str(&format!("\n and then {action:?}")),
            Came::Nothing(what) => text.push_str(&format!("\n and then {what}")),
        }
    }
    text
}

impl<C: Client> Source<C::Incoming> for Connection<C> {
    async fn next_action(&mut self) -> Came<C::Incoming> {
        let next = async {
            loop {
                match self.next().await {
                    None => return Came::Nothing("the connection is over".to_owned()),
                    Some(Event::Connected) => {}
                    Some(event) => return came(event),
                }
            }
        };
        timeout(PATIENCE, next).await.unwrap_or_else(|_| nothing())
    }

    fn rest(&mut self) -> Vec<Came<C::Incoming>> {
        std::iter::from_fn(|| self.poll()).map(came).collect()
    }
}

/// What an event is to one who expects an action.
pub(super) fn came<A: Action>(event: Event<A>) -> Came<A> {
    Came::Nothing(match event {
        Event::Message(action) => return Came::Message(action),
        Event::Unknown(message) => {
            format!("a message came that the enum does not declare: {}", message.value())
        }
        Event::Error(error) => format!("there was an error: {error}"),
        Event::Failed(error) => format!("there is no connection: {error}"),
        Event::Closed(reason) => format!("the connection ended: {reason}"),
        #[allow(unreachable_patterns)]
        _ => "the connection was made anew".to_owned(),
    })
}

pub(super) fn nothing<A>() -> Came<A> {
    Came::Nothing(format!("nothing came for {} s", PATIENCE.as_secs()))
}

/// What a message is to one who expects an action.
pub(super) fn came_in<A: Action>(message: &Message<'_>) -> Came<A> {
    match A::decode(message) {
        Ok(action) => Came::Message(action),
        Err(DecodeError::UnknownAction { .. }) => {
            Came::Nothing(format!("a message came that the enum does not declare: {}", Unknown::new(message).value()))
        }
        Err(error) => Came::Nothing(format!("a message came that does not fit: {error}")),
    }
}

/// Fails the test if it takes too long.
pub(super) async fn within<F: Future>(what: &str, patience: Duration, future: F) -> F::Output {
    match timeout(patience, future).await {
        Ok(output) => output,
        Err(_) => panic!("waited for {what} for {} s", patience.as_secs()),
    }
}
