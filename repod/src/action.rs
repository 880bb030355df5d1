//! [`Action`] and the two ways to dispatch it: what `#[derive(Action)]` implements. Also [`Unknown`], a message that no action
//! bears. Nothing here knows of connections.

use serde::de::DeserializeOwned;

use crate::proto::{DecodeError, EncodeError, Excerpt, Limits, Message, PlainReader, Writer};

/// An error of a handler: any error at all.
///
/// `?` turns every error type into it, and `"text".into()` makes one from a sentence.
///
/// ```
/// fn price(text: &str) -> Result<u32, repod::Error> {
///     let price = text.parse()?;
///     if price == 0 {
///         return Err("nothing is free".into());
///     }
///     Ok(price)
/// }
///
/// assert_eq!(price("0").unwrap_err().to_string(), "nothing is free");
/// assert!(price("a lot").unwrap_err().is::<std::num::ParseIntError>());
/// ```
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// What handlers return: `Ok(())`, or any error, which is then given to `on_error`.
///
/// ```
/// fn on_move(x: &str) -> repod::Result {
///     let x: f64 = x.parse()?;
///     if x < 0.0 {
///         return Err("off the board".into());
///     }
///     Ok(())
/// }
/// assert!(on_move("1.5").is_ok());
/// assert_eq!(on_move("-1").unwrap_err().to_string(), "off the board");
/// ```
pub type Result<T = (), E = Error> = std::result::Result<T, E>;

/// A set of messages: an enum whose variants are actions. Implemented by `#[derive(Action)]`.
///
/// The derive writes, for an enum `ToServer`, this trait, a trait `ToServerHandler` with one method for each variant, and the
/// dispatch from one to the other. See [the derive](macro@crate::Action) for its attributes.
///
/// ```
/// use repod::Action;
///
/// #[derive(Action, Debug, PartialEq)]
/// enum ToServer {
///     /// The player moved.
///     Move { x: f64, y: f64 },
///     Ping,
/// }
///
/// assert_eq!(ToServer::NAMES, ["move", "ping"]);
/// assert_eq!(ToServer::Ping.name(), "ping");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a set of actions",
    label = "this must be an enum with `#[derive(Action)]`",
    note = "write `#[derive(repod::Action)]` above the enum `{Self}`"
)]
pub trait Action: Sized + Send + 'static {
    /// The wire names of all actions, in the order of the variants.
    ///
    /// ```
    /// use repod::Action;
    ///
    /// #[derive(Action)]
    /// enum ToServer {
    ///     JumpUp,
    ///     #[action(rename = "chat.say")]
    ///     Say { text: String },
    /// }
    ///
    /// assert_eq!(ToServer::NAMES, ["jump_up", "chat.say"]);
    /// ```
    const NAMES: &'static [&'static str];

    /// The wire name of this action.
    ///
    /// ```
    /// # use repod::Action;
    /// # #[derive(Action)]
    /// # enum ToServer { JumpUp }
    /// assert_eq!(ToServer::JumpUp.name(), "jump_up");
    /// ```
    fn name(&self) -> &'static str;

    /// What this action costs its sender of the [rate](crate::proto::Rate); set with `#[action(cost = 5)]`.
    ///
    /// ```
    /// use repod::Action;
    ///
    /// #[derive(Action)]
    /// enum ToServer {
    ///     Ping,
    ///     #[action(cost = 5)]
    ///     FindPath { to: u32 },
    /// }
    ///
    /// assert_eq!(ToServer::Ping.cost(), 1);
    /// assert_eq!(ToServer::FindPath { to: 7 }.cost(), 5);
    /// ```
    fn cost(&self) -> u32 {
        1
    }

    /// Writes this action as a MessagePack map, without the length prefix.
    ///
    /// ```
    /// use repod::Action;
    /// use repod::proto::{DecodeError, EncodeError, Message, Writer};
    ///
    /// /// An action without the derive.
    /// struct Ping;
    ///
    /// impl Action for Ping {
    ///     const NAMES: &'static [&'static str] = &["ping"];
    ///
    ///     fn name(&self) -> &'static str {
    ///         "ping"
    ///     }
    ///
    ///     fn encode(&self, writer: &mut Writer<'_>) -> Result<(), EncodeError> {
    ///         writer.raw(b"\x81\xa6action\xa4ping");
    ///         Ok(())
    ///     }
    ///
    ///     fn decode(message: &Message<'_>) -> Result<Self, DecodeError> {
    ///         match message.action() {
    ///             "ping" => Ok(Self),
    ///             _ => Err(message.unknown()),
    ///         }
    ///     }
    /// }
    ///
    /// assert_eq!(repod::encode(&Ping)?, b"\x00\x00\x00\x0d\x81\xa6action\xa4ping");
    /// # Ok::<(), EncodeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`EncodeError`] if a field cannot be serialized.
    fn encode(&self, writer: &mut Writer<'_>) -> std::result::Result<(), EncodeError>;

    /// Reads the action that a message names.
    ///
    /// ```
    /// use repod::Action;
    /// use repod::proto::{Limits, Message};
    ///
    /// # #[derive(Action, Debug, PartialEq)]
    /// # enum ToServer { Ping }
    /// let mut table = Vec::new();
    /// let message = Message::parse(b"\x81\xa6action\xa4ping", &Limits::client(), &mut table)?;
    /// assert_eq!(ToServer::decode(&message)?, ToServer::Ping);
    /// # Ok::<(), repod::proto::DecodeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`DecodeError::UnknownAction`] if no variant bears the name, otherwise what is wrong with its fields.
    fn decode(message: &Message<'_>) -> std::result::Result<Self, DecodeError>;

    /// Whether the fields keep the rules that the enum declares for them with `range`, `max_len` and `validate`.
    ///
    /// Whatever is decoded has been checked: a handler is called only with what keeps the rules. Nothing is checked when an action is sent,
    /// because what this program makes itself needs no protection from itself, and sending stays as fast as it is; call this before, to
    /// learn what the other side would say.
    ///
    /// ```
    /// use repod::Action;
    ///
    /// #[derive(Action)]
    /// enum ToServer {
    ///     Move {
    ///         #[action(range = 0.0..=1000.0)]
    ///         x: f64,
    ///     },
    /// }
    ///
    /// assert!(ToServer::Move { x: 10.0 }.check().is_ok());
    /// let error = ToServer::Move { x: 2000.0 }.check().unwrap_err();
    /// assert_eq!(error.to_string(), "action `move`, field `x`: 2000.0 is not in the range 0.0..=1000.0");
    /// ```
    ///
    /// # Errors
    ///
    /// [`DecodeError::RefusedField`] or [`DecodeError::RefusedMessage`] for the first rule that is broken: those of the fields in the
    /// order of their declaration, then that of the action.
    #[inline]
    fn check(&self) -> std::result::Result<(), DecodeError> {
        Ok(())
    }

    /// Reads an action from a frame in which all is where the derive expects it; `None` sends it through [`decode`](Self::decode), which
    /// takes any order and finds words for what is wrong.
    #[doc(hidden)]
    #[inline]
    fn decode_plain(_reader: &mut PlainReader<'_>) -> Option<Self> {
        None
    }
}

/// Calls the handler of an action on a value that handles them all, and awaits it.
///
/// Implemented by the derive for every `H` that implements the enum's handler trait; a [`Channel`](crate::Channel) needs it.
///
/// ```
/// use repod::{Action, Dispatch};
///
/// #[derive(Action)]
/// enum ToServer {
///     Pay { coins: u32 },
/// }
///
/// struct Purse(u32);
///
/// impl ToServerHandler for Purse {
///     async fn on_pay(&mut self, coins: u32) -> repod::Result {
///         self.0 += coins;
///         Ok(())
///     }
/// }
///
/// async fn replay<A: Dispatch<Purse>>(actions: Vec<A>, purse: &mut Purse) -> repod::Result {
///     for action in actions {
///         action.dispatch(purse).await?;
///     }
///     Ok(())
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> repod::Result {
/// let mut purse = Purse(0);
/// replay(vec![ToServer::Pay { coins: 2 }, ToServer::Pay { coins: 3 }], &mut purse).await?;
/// assert_eq!(purse.0, 5);
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be dispatched to `{H}`",
    label = "this must be an enum with `#[derive(Action)]`",
    note = "write `#[derive(repod::Action)]` above the enum `{Self}`, and `impl {Self}Handler for {H}`"
)]
pub trait Dispatch<H>: Action {
    /// Calls the method of `handler` for this action.
    ///
    /// ```
    /// # use repod::{Action, Dispatch};
    /// # #[derive(Action)]
    /// # enum ToServer { Pay { coins: u32 } }
    /// # struct Purse(u32);
    /// # impl ToServerHandler for Purse {
    /// #     async fn on_pay(&mut self, coins: u32) -> repod::Result { self.0 += coins; Ok(()) }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> repod::Result {
    /// let mut purse = Purse(0);
    /// ToServer::Pay { coins: 2 }.dispatch(&mut purse).await?; // calls `on_pay`
    /// assert_eq!(purse.0, 2);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// What the method returns.
    fn dispatch(self, handler: &mut H) -> impl Future<Output = Result> + Send;
}

/// Calls the handler of an action on a value that handles them all, at once.
///
/// Implemented by the derive for enums marked `#[action(sync)]`; a [`Client`](crate::Client) needs it, because a game loop cannot await.
///
/// ```
/// use repod::{Action, DispatchSync};
///
/// #[derive(Action)]
/// #[action(sync)]
/// enum ToClient {
///     Score { points: u32 },
/// }
///
/// struct Game(u32);
///
/// impl ToClientHandler for Game {
///     fn on_score(&mut self, points: u32) -> repod::Result {
///         self.0 += points;
///         Ok(())
///     }
/// }
///
/// fn replay<A: DispatchSync<Game>>(actions: Vec<A>, game: &mut Game) -> repod::Result {
///     actions.into_iter().try_for_each(|action| action.dispatch_sync(game))
/// }
///
/// let mut game = Game(0);
/// replay(vec![ToClient::Score { points: 2 }, ToClient::Score { points: 3 }], &mut game)?;
/// assert_eq!(game.0, 5);
/// # Ok::<(), repod::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "the handlers of `{Self}` are async, and a game loop cannot await them",
    label = "this enum needs `#[action(sync)]`",
    note = "write `#[action(sync)]` under the `#[derive(Action)]` of `{Self}`, so that its handlers become plain `fn`s",
    note = "a client's `Incoming` is the enum that its server sends; if `{Self}` is what the client sends, the two are swapped"
)]
pub trait DispatchSync<H>: Action {
    /// Calls the method of `handler` for this action.
    ///
    /// ```
    /// # use repod::{Action, DispatchSync};
    /// # #[derive(Action)]
    /// # #[action(sync)]
    /// # enum ToClient { Score { points: u32 } }
    /// # struct Game(u32);
    /// # impl ToClientHandler for Game {
    /// #     fn on_score(&mut self, points: u32) -> repod::Result { self.0 += points; Ok(()) }
    /// # }
    /// let mut game = Game(0);
    /// ToClient::Score { points: 2 }.dispatch_sync(&mut game)?; // calls `on_score`
    /// assert_eq!(game.0, 2);
    /// # Ok::<(), repod::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// What the method returns.
    fn dispatch_sync(self, handler: &mut H) -> Result;
}

/// A message whose action the enum does not declare.
///
/// It keeps the frame as it came and decodes it only when asked, so that a flood of unknown messages is cheap.
///
/// ```
/// use repod::Unknown;
/// use repod::proto::{Limits, Message};
///
/// let frame = b"\x82\xa6action\xa5dance\xa5style\xa5waltz";
/// let mut table = Vec::new();
/// let unknown = Unknown::new(&Message::parse(frame, &Limits::server(), &mut table)?);
///
/// assert_eq!(unknown.name(), "dance");
/// assert_eq!(unknown.field("style").and_then(|style| style.as_str().map(str::to_owned)), Some("waltz".to_owned()));
/// # Ok::<(), repod::proto::DecodeError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Unknown {
    name: Box<str>,
    frame: Box<[u8]>,
}

/// A MessagePack value of any type, for messages that no enum declares.
///
/// ```
/// use repod::Value;
///
/// let dance = Value::Map(vec![("style".into(), "waltz".into()), ("steps".into(), 3.into())]);
/// assert_eq!(dance["style"].as_str(), Some("waltz"));
/// assert_eq!(dance["steps"].as_u64(), Some(3));
/// ```
pub use rmpv::Value;

impl Unknown {
    /// Keeps a message for later.
    ///
    /// ```
    /// # use repod::Unknown;
    /// # use repod::proto::{Limits, Message};
    /// let mut table = Vec::new();
    /// let message = Message::parse(b"\x81\xa6action\xa5dance", &Limits::server(), &mut table)?;
    /// let unknown = Unknown::new(&message);
    /// assert_eq!(unknown.name(), "dance");
    /// # Ok::<(), repod::proto::DecodeError>(())
    /// ```
    pub fn new(message: &Message<'_>) -> Self {
        Self { name: message.action().into(), frame: message.frame().into() }
    }

    /// The action's name, as the peer wrote it: put it through an [`Excerpt`] before it is shown.
    ///
    /// ```
    /// use repod::Unknown;
    /// use repod::proto::Excerpt;
    ///
    /// fn line(message: &Unknown) -> String {
    ///     format!("what is {}?", Excerpt::of(message.name()))
    /// }
    /// # use repod::proto::{Limits, Message};
    /// # let mut table = Vec::new();
    /// # let dance = Message::parse(b"\x81\xa6action\xa5dance", &Limits::server(), &mut table)?;
    /// # assert_eq!(line(&Unknown::new(&dance)), "what is dance?");
    /// # Ok::<(), repod::proto::DecodeError>(())
    /// ```
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole message, `action` among its fields, as a dynamic value.
    ///
    /// ```
    /// # use repod::Unknown;
    /// # use repod::proto::{Limits, Message};
    /// # let mut table = Vec::new();
    /// # let frame = b"\x82\xa6action\xa5dance\xa5steps\x03";
    /// # let unknown = Unknown::new(&Message::parse(frame, &Limits::server(), &mut table)?);
    /// assert_eq!(unknown.value()["action"].as_str(), Some("dance"));
    /// assert_eq!(unknown.value()["steps"].as_u64(), Some(3));
    /// # Ok::<(), repod::proto::DecodeError>(())
    /// ```
    pub fn value(&self) -> Value {
        let mut frame = &self.frame[..];
        // The frame was scanned, so it can be read; the scan also bounds how deep this recurses.
        rmpv::decode::read_value(&mut frame).unwrap_or(Value::Nil)
    }

    /// One field of the message, as a dynamic value.
    ///
    /// ```
    /// # use repod::{Unknown, Value};
    /// # use repod::proto::{Limits, Message};
    /// # let mut table = Vec::new();
    /// # let frame = b"\x82\xa6action\xa5dance\xa5steps\x03";
    /// # let unknown = Unknown::new(&Message::parse(frame, &Limits::server(), &mut table)?);
    /// assert_eq!(unknown.field("steps"), Some(Value::from(3)));
    /// assert_eq!(unknown.field("style"), None);
    /// # Ok::<(), repod::proto::DecodeError>(())
    /// ```
    pub fn field(&self, name: &str) -> Option<Value> {
        match self.value() {
            Value::Map(entries) => {
                entries.into_iter().find_map(|(key, value)| (key.as_str() == Some(name)).then_some(value))
            }
            _ => None,
        }
    }

    /// Reads the fields of the message, without `action`, into a value.
    ///
    /// ```
    /// #[derive(repod::serde::Deserialize)]
    /// #[serde(crate = "repod::serde")]
    /// struct Dance {
    ///     steps: u32,
    /// }
    ///
    /// # use repod::Unknown;
    /// # use repod::proto::{Limits, Message};
    /// # let mut table = Vec::new();
    /// # let frame = b"\x82\xa6action\xa5dance\xa5steps\x03";
    /// # let unknown = Unknown::new(&Message::parse(frame, &Limits::server(), &mut table)?);
    /// let dance: Dance = unknown.read()?;
    /// assert_eq!(dance.steps, 3);
    /// # Ok::<(), repod::proto::DecodeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if the fields do not fit.
    pub fn read<T: DeserializeOwned>(&self) -> std::result::Result<T, DecodeError> {
        Message::parse(&self.frame, &Limits::none(), &mut Vec::new())?.read_flat()
    }
}

impl std::fmt::Debug for Unknown {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Unknown")
            .field("name", &format_args!("\"{}\"", Excerpt::of(&self.name)))
            .field("bytes", &self.frame.len())
            .finish()
    }
}

/// What the default `on_unknown` of channels and clients returns.
#[cfg(feature = "__net")]
pub(crate) fn unhandled(message: &Unknown) -> Error {
    let action = Excerpt::of(message.name()).to_string();
    DecodeError::UnknownAction { action }.into()
}
