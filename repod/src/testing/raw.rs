//! [`RawPeer`]: a peer whose every byte the test writes. A client that speaks properly by itself is a [`Caller`](super::Caller).

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::expect::{Came, END, PATIENCE, Source, came_in, within};
use crate::action::{Action, Value};
use crate::proto::{FrameDecoder, Limits, Message};

/// A peer that speaks the wire by hand, over any stream: as a Python peer, as a Rust one, or as nobody should.
///
/// It does nothing by itself: it says no hello, and answers pings only while it [receives](Self::receive). Whatever takes longer than
/// twenty seconds fails the test.
///
/// ```
/// use repod::Value;
/// use repod::testing::{Host, expect_action};
///
/// # use repod::prelude::*;
/// # use std::sync::Arc;
/// # #[derive(Action)] enum ToServer { Hello { name: String } }
/// # #[derive(Action, Debug, PartialEq)] enum ToClient { Welcome { text: String } }
/// # struct Lobby;
/// # struct Guest { peer: Peer<ToClient> }
/// # impl Server for Lobby {
/// #     type Channel = Guest;
/// #     fn channel(self: &Arc<Self>, peer: Peer<ToClient>) -> Guest { Guest { peer } }
/// # }
/// # impl Channel for Guest { type Incoming = ToServer; type Outgoing = ToClient; }
/// # impl ToServerHandler for Guest {
/// #     async fn on_hello(&mut self, name: String) -> repod::Result {
/// #         self.peer.send(ToClient::Welcome { text: format!("Hi {name}!") })?;
/// #         Ok(())
/// #     }
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let host = Host::new(Lobby);
/// let mut python = host.raw();
/// python.greeted().await;
///
/// // As values, with a key that no enum has.
/// python.send_value(&Value::Map(vec![
///     ("name".into(), "Ada".into()),
///     ("action".into(), "hello".into()),
///     ("color".into(), Value::Array(vec![255.into(), 0.into(), 0.into()])),
/// ])).await;
/// assert_eq!(python.next_value().await.unwrap()["text"].as_str(), Some("Hi Ada!"));
///
/// // As actions.
/// python.send(ToServer::Hello { name: "Bob".into() }).await;
/// expect_action!(python, ToClient::Welcome { text } if text == "Hi Bob!");
///
/// // As bytes.
/// python.write(b"\x00\x00\x00\x02\xc0").await;
/// # }
/// ```
#[derive(Debug)]
pub struct RawPeer<T> {
    stream: T,
    decoder: FrameDecoder,
    /// Whether it has said hello, so that the protocol's own messages come to it.
    is_negotiated: bool,
}

impl<T: AsyncRead + AsyncWrite + Unpin> RawPeer<T> {
    /// A peer over this stream.
    ///
    /// ```
    /// use repod::testing::{Link, RawPeer};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let (ours, theirs) = Link::new().open()?;
    /// let (mut client, mut server) = (RawPeer::over(ours), RawPeer::over(theirs));
    /// server.greet().await;
    /// client.greeted().await;
    /// # Ok(())
    /// # }
    /// ```
    pub fn over(stream: T) -> Self {
        Self { stream, decoder: FrameDecoder::new(Limits::FRAME_CEILING), is_negotiated: false }
    }

    /// The stream, to be closed or looked at.
    ///
    /// ```
    /// # use repod::testing::{Link, RawPeer};
    /// # use repod::{Value, prelude::*};
    /// # #[derive(Action, Debug, PartialEq)] enum ToServer { Ping }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// # let (ours, theirs) = Link::new().open()?;
    /// # let (mut client, mut server) = (RawPeer::over(ours), RawPeer::over(theirs));
    /// use tokio::io::AsyncWriteExt;
    ///
    /// client.stream().shutdown().await?; // no word will follow
    /// server.ends().await;
    /// # Ok(())
    /// # }
    /// ```
    pub fn stream(&mut self) -> &mut T {
        &mut self.stream
    }

    /// Writes bytes as they are.
    ///
    /// ```
    /// # use repod::testing::{Link, RawPeer};
    /// # use repod::{Value, prelude::*};
    /// # #[derive(Action, Debug, PartialEq)] enum ToServer { Ping }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// # let (ours, theirs) = Link::new().open()?;
    /// # let (mut client, mut server) = (RawPeer::over(ours), RawPeer::over(theirs));
    /// client.write(b"\x00\x00\x00").await;
    /// client.write(b"\x01\xc0").await; // a frame in two pieces
    /// assert_eq!(server.next_payload().await.unwrap(), b"\xc0");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If the other side takes no more.
    pub async fn write(&mut self, bytes: &[u8]) {
        if let Err(error) = within("room to write", PATIENCE, self.stream.write_all(bytes)).await {
            panic!("the other side takes no more bytes: {error}");
        }
    }

    /// Writes a frame with this payload.
    ///
    /// ```
    /// # use repod::testing::{Link, RawPeer};
    /// # use repod::{Value, prelude::*};
    /// # #[derive(Action, Debug, PartialEq)] enum ToServer { Ping }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// # let (ours, theirs) = Link::new().open()?;
    /// # let (mut client, mut server) = (RawPeer::over(ours), RawPeer::over(theirs));
    /// client.send_payload(b"\x81\xa6action\xa4ping").await;
    /// assert_eq!(server.receive::<ToServer>().await, ToServer::Ping);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If the other side takes no more.
    pub async fn send_payload(&mut self, payload: &[u8]) {
        let len = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        self.write(&[&len.to_be_bytes()[..], payload].concat()).await;
    }

    /// Writes a value as a message, whatever it is.
    ///
    /// ```
    /// # use repod::testing::{Link, RawPeer};
    /// # use repod::{Value, prelude::*};
    /// # #[derive(Action, Debug, PartialEq)] enum ToServer { Ping }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// # let (ours, theirs) = Link::new().open()?;
    /// # let (mut client, mut server) = (RawPeer::over(ours), RawPeer::over(theirs));
    /// client.send_value(&Value::Array(vec!["no".into(), "map".into()])).await;
    /// assert_eq!(server.next_payload().await.unwrap(), b"\x92\xa2no\xa3map");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If the other side takes no more.
    pub async fn send_value(&mut self, value: &Value) {
        let mut payload = Vec::new();
        if let Err(error) = rmpv::encode::write_value(&mut payload, value) {
            panic!("a value cannot be written: {error}");
        }
        self.send_payload(&payload).await;
    }

    /// Writes an action, whether or not it is one of the other side's.
    ///
    /// ```
    /// # use repod::testing::{Link, RawPeer};
    /// # use repod::{Value, prelude::*};
    /// # #[derive(Action, Debug, PartialEq)] enum ToServer { Ping }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// # let (ours, theirs) = Link::new().open()?;
    /// # let (mut client, mut server) = (RawPeer::over(ours), RawPeer::over(theirs));
    /// client.send(ToServer::Ping).await;
    /// assert_eq!(server.next_payload().await.unwrap(), b"\x81\xa6action\xa4ping");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If the other side takes no more.
    pub async fn send<A: Action>(&mut self, action: A) {
        match crate::encode(&action) {
            Ok(frame) => self.write(&frame).await,
            Err(error) => panic!("an action cannot be encoded: {error}"),
        }
    }

    /// Reads the server's greeting, as every client must first.
    ///
    /// ```
    /// # use repod::testing::{Link, RawPeer};
    /// # use repod::{Value, prelude::*};
    /// # #[derive(Action, Debug, PartialEq)] enum ToServer { Ping }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// # let (ours, theirs) = Link::new().open()?;
    /// # let (mut client, mut server) = (RawPeer::over(ours), RawPeer::over(theirs));
    /// server.greet().await;
    /// client.greeted().await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If something else comes.
    pub async fn greeted(&mut self) {
        let greeting = self.next_value().await;
        let action = greeting.as_ref().and_then(|greeting| greeting.as_map()?.first()?.1.as_str());
        assert_eq!(action, Some("connected"), "expected the server's greeting, but got {greeting:?}");
    }

    /// Greets a client, as a server of ours must first.
    ///
    /// ```
    /// # use repod::testing::{Link, RawPeer};
    /// # use repod::{Value, prelude::*};
    /// # #[derive(Action, Debug, PartialEq)] enum ToServer { Ping }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// # let (ours, theirs) = Link::new().open()?;
    /// # let (mut client, mut server) = (RawPeer::over(ours), RawPeer::over(theirs));
    /// server.greet().await;
    /// assert_eq!(client.next_value().await.unwrap()["action"].as_str(), Some("connected"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If the client takes no more.
    pub async fn greet(&mut self) {
        self.send_payload(b"\x82\xa6action\xa9connected\xa5repod\x81\xa7version\x01").await;
    }

    /// Says hello, as a Rust client does after it was greeted: from then on it is pinged, and told why the server closes.
    ///
    /// ```
    /// # use repod::testing::{Link, RawPeer};
    /// # use repod::{Value, prelude::*};
    /// # #[derive(Action, Debug, PartialEq)] enum ToServer { Ping }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// # let (ours, theirs) = Link::new().open()?;
    /// # let (mut client, mut server) = (RawPeer::over(ours), RawPeer::over(theirs));
    /// client.hello().await;
    /// assert_eq!(server.next_value().await.unwrap()["action"].as_str(), Some("repod.hello"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If the server takes no more.
    pub async fn hello(&mut self) {
        self.is_negotiated = true;
        self.send_payload(b"\x82\xa6action\xabrepod.hello\xa5repod\x81\xa7version\x01").await;
    }

    /// The payload of the next frame, whatever it is; `None` at the end of the stream.
    ///
    /// ```
    /// # use repod::testing::{Link, RawPeer};
    /// # use repod::{Value, prelude::*};
    /// # #[derive(Action, Debug, PartialEq)] enum ToServer { Ping }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// # let (ours, theirs) = Link::new().open()?;
    /// # let (mut client, mut server) = (RawPeer::over(ours), RawPeer::over(theirs));
    /// client.send_payload(b"anything").await;
    /// assert_eq!(server.next_payload().await.unwrap(), b"anything");
    /// drop(client);
    /// assert_eq!(server.next_payload().await, None);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If nothing comes for twenty seconds.
    pub async fn next_payload(&mut self) -> Option<Vec<u8>> {
        self.next_within(PATIENCE).await
    }

    async fn next_within(&mut self, patience: Duration) -> Option<Vec<u8>> {
        loop {
            match self.decoder.next_frame() {
                Ok(Some(frame)) => return Some(frame.to_vec()),
                Ok(None) => {}
                Err(error) => panic!("{error}"),
            }
            let mut space = [0; 4096];
            match within("a frame", patience, self.stream.read(&mut space)).await {
                Ok(0) | Err(_) => return None,
                Ok(count) => self.decoder.push(&space[..count]),
            }
        }
    }

    /// The next message as a value, whatever it is; `None` at the end of the stream.
    ///
    /// ```
    /// # use repod::testing::{Link, RawPeer};
    /// # use repod::{Value, prelude::*};
    /// # #[derive(Action, Debug, PartialEq)] enum ToServer { Ping }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// # let (ours, theirs) = Link::new().open()?;
    /// # let (mut client, mut server) = (RawPeer::over(ours), RawPeer::over(theirs));
    /// client.send(ToServer::Ping).await;
    /// assert_eq!(server.next_value().await.unwrap()["action"].as_str(), Some("ping"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If nothing comes for twenty seconds, or something that is not MessagePack.
    pub async fn next_value(&mut self) -> Option<Value> {
        let payload = self.next_payload().await?;
        match rmpv::decode::read_value(&mut &payload[..]) {
            Ok(value) => Some(value),
            Err(error) => panic!("what came is not MessagePack: {error}: {payload:02x?}"),
        }
    }

    /// The next action. For one that has said hello, the protocol's own messages are passed over, and pings answered.
    ///
    /// ```
    /// # use repod::testing::{Link, RawPeer};
    /// # use repod::{Value, prelude::*};
    /// # #[derive(Action, Debug, PartialEq)] enum ToServer { Ping }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// # let (ours, theirs) = Link::new().open()?;
    /// # let (mut client, mut server) = (RawPeer::over(ours), RawPeer::over(theirs));
    /// client.send(ToServer::Ping).await;
    /// assert_eq!(server.receive::<ToServer>().await, ToServer::Ping);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If something else comes, or nothing for twenty seconds.
    pub async fn receive<A: Action>(&mut self) -> A {
        match self.next_came().await {
            Came::Message(action) => action,
            Came::Nothing(what) => panic!("expected an action, but {what}"),
        }
    }

    /// The other side closes, and has nothing more to say; to one that has said hello, nothing but why.
    ///
    /// ```
    /// # use repod::testing::{Link, RawPeer};
    /// # use repod::{Value, prelude::*};
    /// # #[derive(Action, Debug, PartialEq)] enum ToServer { Ping }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// # let (ours, theirs) = Link::new().open()?;
    /// # let (mut client, mut server) = (RawPeer::over(ours), RawPeer::over(theirs));
    /// drop(client);
    /// server.ends().await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If something else comes, or nothing for half a minute.
    pub async fn ends(&mut self) {
        while let Some(payload) = self.next_within(END).await {
            let value = rmpv::decode::read_value(&mut &payload[..]);
            let is_expected = self.is_negotiated && is_control(&payload);
            assert!(is_expected, "expected the end of the connection, but got {value:?}");
        }
    }

    async fn next_came<A: Action>(&mut self) -> Came<A> {
        loop {
            let Some(payload) = self.next_payload().await else {
                return Came::Nothing("the connection ended".to_owned());
            };
            let mut table = Vec::new();
            let message = match Message::parse(&payload, &Limits::none(), &mut table) {
                Ok(message) => message,
                Err(error) => return Came::Nothing(format!("what came is no message: {error}")),
            };
            if !self.is_negotiated || !message.action().starts_with(RESERVED) {
                return came_in(&message);
            }
            let id = message.entries().find(|entry| entry.key() == b"id").and_then(|id| id.read::<u64>().ok());
            if let ("repod.ping", Some(id)) = (message.action(), id) {
                self.send_value(&Value::Map(vec![("action".into(), "repod.pong".into()), ("id".into(), id.into())]))
                    .await;
            }
        }
    }
}

impl<A: Action, T: AsyncRead + AsyncWrite + Unpin + Send> Source<A> for RawPeer<T> {
    async fn next_action(&mut self) -> Came<A> {
        self.next_came().await
    }

    fn rest(&mut self) -> Vec<Came<A>> {
        let mut rest = Vec::new();
        while let Ok(Some(frame)) = self.decoder.next_frame() {
            let mut table = Vec::new();
            if let Ok(message) = Message::parse(frame, &Limits::none(), &mut table) {
                rest.push(came_in(&message));
            }
        }
        rest
    }
}

/// Whether this is one of the protocol's own messages.
fn is_control(payload: &[u8]) -> bool {
    Message::parse(payload, &Limits::none(), &mut Vec::new())
        .is_ok_and(|message| message.action().starts_with(RESERVED))
}

/// What the names of the protocol's own messages begin with.
const RESERVED: &str = "repod.";
