//! The derive macro of `repod`. It knows no connection and no socket: what it writes calls `repod`.
//!
//! Use it through `repod`, which exports it with everything that the written code needs.

#![warn(missing_docs, unreachable_pub)]

mod ast;
mod attr;
mod case;
mod error;
mod expand;
mod fallback;
mod name;
mod valid;
mod wire;

#[cfg(test)]
mod tests;

use syn::DeriveInput;

use crate::ast::Actions;
use crate::error::Errors;

/// Makes an enum a set of messages, and a trait with one method for each of them.
///
/// For an enum `ToServer` this writes
///
/// - `impl Action for ToServer`: the names of the actions, and how each is written to the wire and read from it;
/// - `trait ToServerHandler`, as visible as the enum, with one method for each variant and without defaults: whoever handles the
///   enum handles all of it, and a variant that is added later does not compile until it is handled;
/// - `impl Dispatch<H> for ToServer` for every `H` that implements that trait: each action is given to its method.
///
/// ```
/// use repod::Action;
/// use repod::serde::{Deserialize, Serialize};
///
/// #[derive(Action)]
/// enum ToServer {
///     /// The player moved.
///     Move { x: f64, y: f64 },
///     Chat(Chat),
///     Ping,
/// }
///
/// #[derive(Serialize, Deserialize)]
/// #[serde(crate = "repod::serde")]
/// struct Chat {
///     text: String,
/// }
///
/// struct Guest;
///
/// impl ToServerHandler for Guest {
///     async fn on_move(&mut self, x: f64, y: f64) -> repod::Result {
///         println!("now at {x}, {y}");
///         Ok(())
///     }
///
///     async fn on_chat(&mut self, chat: Chat) -> repod::Result {
///         println!("{}", chat.text);
///         Ok(())
///     }
///
///     async fn on_ping(&mut self) -> repod::Result {
///         Err("no pings, please".into())
///     }
/// }
/// ```
///
/// | variant | on the wire | method |
/// |---|---|---|
/// | `Move { x: f64, y: f64 }` | `{"action": "move", "x": 1.0, "y": 2.0}` | `on_move(&mut self, x: f64, y: f64)` |
/// | `Chat(Chat)` | `{"action": "chat", "text": "hi"}`: the struct's own fields | `on_chat(&mut self, chat: Chat)` |
/// | `Ping` | `{"action": "ping"}` | `on_ping(&mut self)` |
///
/// Names on the wire are in `snake_case` unless an attribute says otherwise. The method follows the variant and not the name on the
/// wire, so an action can be renamed for the other side without a change in the handlers. Fields may come in any order and among
/// others that the variant does not have; an `Option` may be missing. The types of fields implement serde's `Serialize` and
/// `Deserialize`, and own what they hold. Doc comments are carried over to the trait and its methods.
///
/// # On the enum: `#[action(..)]`
///
/// **`sync`** makes the methods plain functions. A client needs it, because a game loop cannot await:
///
/// ```
/// # use repod::Action;
/// #[derive(Action)]
/// #[action(sync)]
/// enum ToClient {
///     Welcome { text: String },
/// }
///
/// struct Game;
///
/// impl ToClientHandler for Game {
///     fn on_welcome(&mut self, text: String) -> repod::Result {
///         println!("{text}");
///         Ok(())
///     }
/// }
/// ```
///
/// **`rename_all = ".."`** spells the names of all actions by one of serde's rules: `lowercase`, `UPPERCASE`, `PascalCase`,
/// `camelCase`, `snake_case`, `SCREAMING_SNAKE_CASE`, `kebab-case`, `SCREAMING-KEBAB-CASE`.
///
/// ```
/// # use repod::Action;
/// #[derive(Action)]
/// #[action(rename_all = "camelCase")]
/// enum ToServer {
///     PlayerMoved,
/// }
///
/// assert_eq!(ToServer::NAMES, ["playerMoved"]);
/// ```
///
/// **`lenient`** takes whole floats for integers in all fields, however deep: Python's `20 / 2` is `10.0`.
/// It can also stand on a variant or on a field.
///
/// ```
/// # use repod::Action;
/// #[derive(Action, Debug, PartialEq)]
/// #[action(lenient)]
/// enum ToServer {
///     Bet { coins: u32 },
/// }
///
/// let frame = b"\x82\xa6action\xa3bet\xa5coins\xca\x41\x20\x00\x00"; // 10.0
/// assert_eq!(repod::decode(frame), Ok(ToServer::Bet { coins: 10 }));
/// ```
///
/// **`crate = ".."`** says where `repod` is found, for a crate that exports it or depends on it under another name.
///
/// ```
/// mod engine {
///     pub use repod as net;
/// }
///
/// #[derive(engine::net::Action)]
/// #[action(crate = "crate::engine::net")]
/// enum ToServer {
///     Ping,
/// }
/// # fn main() {}
/// ```
///
/// # On a variant: `#[action(..)]`
///
/// **`rename = ".."`** gives the action another name on the wire, **`method = ".."`** its method another name. The latter is needed
/// for a variant whose method would be `on_connect`, `on_close`, `on_error` or `on_unknown`, which channels and clients have anyway.
///
/// ```
/// # use repod::Action;
/// #[derive(Action)]
/// enum ToServer {
///     #[action(rename = "chat.say")]
///     Say { text: String },
///     #[action(method = "on_error_report")]
///     Error { text: String },
/// }
///
/// struct Guest;
///
/// impl ToServerHandler for Guest {
///     async fn on_say(&mut self, text: String) -> repod::Result {
///         println!("{text}");
///         Ok(())
///     }
///
///     async fn on_error_report(&mut self, text: String) -> repod::Result {
///         eprintln!("{text}");
///         Ok(())
///     }
/// }
///
/// assert_eq!(ToServer::NAMES, ["chat.say", "error"]);
/// ```
///
/// **`cost = 5`** makes the action cost its sender five messages of the server's
/// [rate](https://docs.rs/repod/latest/repod/proto/struct.Rate.html), because its handler does more work than others.
///
/// ```
/// # use repod::Action;
/// #[derive(Action)]
/// enum ToServer {
///     Move { x: f64 },
///     #[action(cost = 5)]
///     FindPath { x: f64 },
/// }
///
/// assert_eq!(ToServer::Move { x: 0.0 }.cost(), 1);
/// assert_eq!(ToServer::FindPath { x: 0.0 }.cost(), 5);
/// ```
///
/// # Rules: `range`, `max_len`, `validate`
///
/// What a handler would have to check first can stand where the message is declared. A message that breaks a rule reaches no handler: it
/// is an error of its own in `on_error`, with action, field and rule, it counts as a violation of its sender's, and the connection goes
/// on. Rules are checked when a message was decoded, in the order of the fields, and cost nothing where there are none. What is sent is
/// not checked; `check` tells beforehand what the other side will say.
///
/// | setting | on | the message is refused unless |
/// |---|---|---|
/// | `range = 0.0..=1000.0` | a field | its number is in the range, or each of its numbers: options, lists, arrays, pairs. NaN is in no range. |
/// | `max_len = 64` | a field | it has no more characters (Unicode scalar values, not bytes: what Python counts), or elements |
/// | `validate = path` | a field | `path(&field)` is `true`, or `Ok(())` |
/// | `validate = path` | a variant | `path(&first, &second, ..)` is, with all its fields; for `Chat(Chat)`, `path(&chat)` |
///
/// The ends of a range, the longest length and the whole range can be constants. The fields of a struct such as `Chat` are checked by the
/// function of its variant, which can be a method of the struct. What a missing field is instead is checked, too.
///
/// ```
/// use repod::Action;
/// use repod::serde::{Deserialize, Serialize};
/// use std::ops::RangeInclusive;
///
/// const BOARD: RangeInclusive<f64> = 0.0..=1000.0;
///
/// #[derive(Action)]
/// enum ToServer {
///     Move {
///         #[action(range = BOARD)]
///         x: f64,
///         #[action(range = BOARD)]
///         y: f64,
///     },
///     Hello {
///         #[action(max_len = 16, validate = is_name)]
///         name: String,
///     },
///     #[action(validate = is_affordable)]
///     Bet { coins: u32, purse: u32 },
///     #[action(validate = Chat::check)]
///     Chat(Chat),
/// }
///
/// fn is_name(name: &str) -> bool {
///     name.chars().all(char::is_alphanumeric)
/// }
///
/// fn is_affordable(coins: &u32, purse: &u32) -> Result<(), String> {
///     if coins > purse { Err(format!("{coins} coins are more than {purse}")) } else { Ok(()) }
/// }
///
/// #[derive(Serialize, Deserialize)]
/// #[serde(crate = "repod::serde")]
/// struct Chat {
///     text: String,
/// }
///
/// impl Chat {
///     fn check(&self) -> Result<(), &'static str> {
///         if self.text.is_empty() { Err("there is nothing to say") } else { Ok(()) }
///     }
/// }
///
/// let refused = |action: ToServer| {
///     let frame = repod::encode(&action).unwrap();
///     repod::decode::<ToServer>(&frame[4..]).err().unwrap().to_string()
/// };
/// assert_eq!(
///     refused(ToServer::Move { x: 0.0, y: 1001.0 }),
///     "action `move`, field `y`: 1001.0 is not in the range 0.0..=1000.0",
/// );
/// assert_eq!(refused(ToServer::Hello { name: "A. L.".into() }), "action `hello`, field `name`: `is_name` refuses it");
/// assert_eq!(refused(ToServer::Bet { coins: 7, purse: 5 }), "action `bet`: 7 coins are more than 5");
/// assert_eq!(refused(ToServer::Chat(Chat { text: "".into() })), "action `chat`: there is nothing to say");
/// ```
///
/// # On a field: `#[action(lenient)]` and `#[serde(..)]`
///
/// The settings of serde's own derive mean here what they mean there. They are for the fields of a variant; the fields of a
/// struct such as `Chat` have serde's derive itself.
///
/// | setting | meaning |
/// |---|---|
/// | `default`, `default = "path"` | a field that is missing is `Default::default()`, or what `path()` returns |
/// | `rename = ".."`, `rename(serialize = "..", deserialize = "..")` | another name on the wire, or two |
/// | `alias = ".."` | one more name under which it is read; may be repeated |
/// | `with = "path"` | `path::serialize` writes it and `path::deserialize` reads it |
/// | `serialize_with = "path"`, `deserialize_with = "path"` | one of the two |
/// | `skip`, `skip_serializing`, `skip_deserializing` | it is not on the wire, not written, not read; what is not read has its default |
/// | `skip_serializing_if = "path"` | it is left out when `path(&field)` is true |
///
/// ```
/// use repod::Action;
/// use std::time::{Duration, Instant};
///
/// #[derive(Action, Debug, PartialEq)]
/// enum ToServer {
///     Shoot {
///         #[action(lenient)]
///         target: u32,
///         #[serde(rename = "type", alias = "kind", default = "bow")]
///         weapon: String,
///         #[serde(skip_serializing_if = "Option::is_none")]
///         taunt: Option<String>,
///         #[serde(with = "seconds")]
///         aimed: Duration,
///         #[serde(skip)]
///         seen: Option<Instant>,
///     },
/// }
///
/// fn bow() -> String {
///     "bow".to_owned()
/// }
///
/// mod seconds {
///     use repod::serde::{Deserialize, Deserializer, Serialize, Serializer};
///     use std::time::Duration;
///
///     pub fn serialize<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
///         time.as_secs().serialize(serializer)
///     }
///
///     pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
///         u64::deserialize(deserializer).map(Duration::from_secs)
///     }
/// }
///
/// let shot: ToServer = repod::decode(b"\x83\xa6action\xa5shoot\xa6target\x07\xa5aimed\x02")?;
/// assert_eq!(
///     shot,
///     ToServer::Shoot {
///         target: 7,
///         weapon: bow(),
///         taunt: None,
///         aimed: Duration::from_secs(2),
///         seen: None,
///     },
/// );
/// # Ok::<(), repod::proto::DecodeError>(())
/// ```
///
/// # What does not compile
///
/// Anything but an enum; an enum without variants, or with generics or lifetimes; a variant with several fields that have no
/// names; two variants with one name on the wire or with one method; two fields of a variant with one name; a field whose name on the
/// wire is `action`; a name that is empty or begins with `repod.`, which is the protocol's own; integers of 128 bits, which
/// MessagePack does not have; references; a range that nothing or everything is in; a rule that does not suit its field. Each error
/// stands where the mistake is and says what to write instead.
#[proc_macro_derive(Action, attributes(action, serde))]
pub fn derive_action(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    derive(input.into()).into()
}

fn derive(input: proc_macro2::TokenStream) -> proc_macro2::TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let mut errors = Errors::default();
    let actions = Actions::read(input, &mut errors);
    valid::check(&actions, &mut errors);
    match errors.into_error() {
        None => expand::expand(&actions),
        Some(error) => fallback::expand(&actions, &error),
    }
}
