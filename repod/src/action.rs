//! [`Action`] and the two ways to dispatch it: what `#[derive(Action)]` implements. Also [`Unknown`], a message that no action
//! bears. Nothing here knows of connections.

use serde::de::DeserializeOwned;

use crate::proto::{DecodeError, EncodeError, Excerpt, Limits, Message, Writer};

/// An error of a handler: any error at all.
///
/// `?` turns every error type into it, and `"text".into()` makes one from a sentence.
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
    const NAMES: &'static [&'static str];

    /// The wire name of this action.
    fn name(&self) -> &'static str;

    /// What this action costs its sender of the [rate](crate::proto::Rate); set with `#[action(cost = 5)]`.
    fn cost(&self) -> u32 {
        1
    }

    /// Writes this action as a MessagePack map, without the length prefix.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] if a field cannot be serialized.
    fn encode(&self, writer: &mut Writer<'_>) -> std::result::Result<(), EncodeError>;

    /// Reads the action that a message names.
    ///
    /// # Errors
    ///
    /// [`DecodeError::UnknownAction`] if no variant bears the name, otherwise what is wrong with its fields.
    fn decode(message: &Message<'_>) -> std::result::Result<Self, DecodeError>;
}

/// Calls the handler of an action on a value that handles them all, and awaits it.
///
/// Implemented by the derive for every `H` that implements the enum's handler trait; a [`Channel`](crate::Channel) needs it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be dispatched to `{H}`",
    label = "this must be an enum with `#[derive(Action)]`",
    note = "write `#[derive(repod::Action)]` above the enum `{Self}`, and `impl {Self}Handler for {H}`"
)]
pub trait Dispatch<H>: Action {
    /// Calls the method of `handler` for this action.
    ///
    /// # Errors
    ///
    /// What the method returns.
    fn dispatch(self, handler: &mut H) -> impl Future<Output = Result> + Send;
}

/// Calls the handler of an action on a value that handles them all, at once.
///
/// Implemented by the derive for enums marked `#[action(sync)]`; a [`Client`](crate::Client) needs it, because a game loop cannot await.
#[diagnostic::on_unimplemented(
    message = "the handlers of `{Self}` are async, and a game loop cannot await them",
    label = "this enum needs `#[action(sync)]`",
    note = "write `#[action(sync)]` under the `#[derive(Action)]` of `{Self}`, so that its handlers become plain `fn`s"
)]
pub trait DispatchSync<H>: Action {
    /// Calls the method of `handler` for this action.
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
pub use rmpv::Value;

impl Unknown {
    /// Keeps a message for later.
    pub fn new(message: &Message<'_>) -> Self {
        Self {
            name: message.action().into(),
            frame: message.frame().into(),
        }
    }

    /// The action's name, as the peer wrote it: put it through an [`Excerpt`] before it is shown.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole message, `action` among its fields, as a dynamic value.
    pub fn value(&self) -> Value {
        let mut frame = &self.frame[..];
        // The frame was scanned, so it can be read; the scan also bounds how deep this recurses.
        rmpv::decode::read_value(&mut frame).unwrap_or(Value::Nil)
    }

    /// One field of the message, as a dynamic value.
    pub fn field(&self, name: &str) -> Option<Value> {
        match self.value() {
            Value::Map(entries) => entries
                .into_iter()
                .find_map(|(key, value)| (key.as_str() == Some(name)).then_some(value)),
            _ => None,
        }
    }

    /// Reads the fields of the message, without `action`, into a value.
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
