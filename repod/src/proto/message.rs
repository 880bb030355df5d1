//! [`Message`]: one scanned frame, ready to be decoded into an action. It borrows the frame's bytes and copies none.

use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, Visitor};

use super::excerpt::Excerpt;
use super::lenient::whole_floats_to_integers;
use super::limits::Limits;
use super::scan::{Field, Malformed, Scanned, kind, scan, text};
use super::value::{Absent, ValueError, ValueReader};

/// Why a frame did not become an action.
///
/// [`is_fatal`](Self::is_fatal) tells whether the connection ends with it.
///
/// ```
/// use repod::Action;
/// use repod::proto::DecodeError;
///
/// #[derive(Action, Debug)]
/// enum ToServer {
///     Move { x: f64, y: f64 },
/// }
///
/// let error = repod::decode::<ToServer>(b"\x82\xa6action\xa4move\xa1x\xa3abc").unwrap_err();
/// assert_eq!(error.to_string(), "action `move`, field `x`: expected f64, got a string");
/// assert!(!error.is_fatal());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The frame is not MessagePack within the limits.
    #[error("malformed message: {0}")]
    Malformed(Malformed),
    /// The frame is something else than a map.
    #[error("expected a map with the key `action`, got {got}")]
    NotAMap {
        /// What the frame is.
        got: &'static str,
    },
    /// The frame's map has no key `action`.
    #[error("the key `action` is missing")]
    NoAction,
    /// The value of the key `action` is not a string.
    #[error("the value of `action` must be a string, got {got}")]
    BadAction {
        /// What it is.
        got: &'static str,
    },
    /// NaN or an infinity stands somewhere in the frame.
    #[error("action `{action}` holds NaN or an infinity")]
    NonFinite {
        /// The action, as an [`Excerpt`].
        action: String,
    },
    /// The enum declares no action of this name.
    #[error("unknown action `{action}`")]
    UnknownAction {
        /// The action, as an [`Excerpt`].
        action: String,
    },
    /// A field that the action needs is not there.
    #[error("action `{action}`, field `{field}`: expected {expected}, but it is missing")]
    MissingField {
        /// The action.
        action: String,
        /// The field.
        field: String,
        /// What the field should hold.
        expected: String,
    },
    /// A field holds something that its type does not take.
    #[error("action `{action}`, field `{field}`: expected {expected}, got {got}")]
    BadField {
        /// The action.
        action: String,
        /// The field, with the way to the value within it, such as `players[2].name`.
        field: String,
        /// What the field's type takes.
        expected: String,
        /// What came.
        got: String,
    },
}

impl DecodeError {
    /// Whether the connection ends with this error: the peer is not just mistaken, but does not speak the protocol.
    ///
    /// ```
    /// use repod::proto::{DecodeError, Malformed};
    /// assert!(DecodeError::Malformed(Malformed::Empty).is_fatal());
    /// assert!(!DecodeError::NoAction.is_fatal());
    /// ```
    pub fn is_fatal(&self) -> bool {
        matches!(self, Self::Malformed(_))
    }
}

/// One frame that is valid MessagePack, a map, and has an action: what [`Action::decode`](crate::Action::decode) reads.
///
/// ```
/// use repod::proto::{Limits, Message};
///
/// let mut table = Vec::new();
/// let message = Message::parse(b"\x82\xa6action\xa4move\xa1x\x07", &Limits::server(), &mut table)?;
/// assert_eq!(message.action(), "move");
/// assert_eq!(message.entries().count(), 2);
/// # Ok::<(), repod::proto::DecodeError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    frame: &'a [u8],
    table: &'a [Field],
    index: usize,
    action: &'a str,
}

impl<'a> Message<'a> {
    /// Scans `frame` (without its length prefix) and finds its action. `table` is memory to use again, its content does not matter.
    ///
    /// ```
    /// use repod::proto::{DecodeError, Limits, Message};
    ///
    /// let mut table = Vec::new();
    /// let message = Message::parse(b"\x81\xa6action\xa4ping", &Limits::server(), &mut table)?;
    /// assert_eq!(message.action(), "ping");
    /// assert_eq!(Message::parse(b"\x80", &Limits::server(), &mut table).unwrap_err(), DecodeError::NoAction);
    /// # Ok::<(), DecodeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Every [`DecodeError`] that does not depend on the enum.
    pub fn parse(
        frame: &'a [u8],
        limits: &Limits,
        table: &'a mut Vec<Field>,
    ) -> Result<Self, DecodeError> {
        let (action, non_finite) =
            match scan(frame, limits, table).map_err(DecodeError::Malformed)? {
                Scanned::Map { action, non_finite } => (action, non_finite),
                Scanned::Other(got) => return Err(DecodeError::NotAMap { got }),
            };
        let table: &'a [Field] = table;
        let index = action.ok_or(DecodeError::NoAction)?;
        let value = table
            .get(index)
            .and_then(|field| frame.get(field.value as usize..field.end as usize))
            .ok_or(DecodeError::NoAction)?;
        let name = text(value).ok_or_else(|| DecodeError::BadAction {
            got: value.first().map_or("nothing", |marker| kind(*marker)),
        })?;
        let Ok(action) = std::str::from_utf8(name) else {
            return Err(DecodeError::BadAction {
                got: "a string that is not UTF-8",
            });
        };
        if non_finite {
            return Err(DecodeError::NonFinite {
                action: Excerpt::of(action).to_string(),
            });
        }
        Ok(Self {
            frame,
            table,
            index,
            action,
        })
    }

    /// The message that was parsed from this frame with this table before, its action being the entry `index`.
    pub(crate) fn again(frame: &'a [u8], table: &'a [Field], index: usize) -> Option<Self> {
        let value = table.get(index)?.value;
        let action = std::str::from_utf8(text(frame.get(value as usize..)?)?).ok()?;
        Some(Self {
            frame,
            table,
            index,
            action,
        })
    }

    /// Which entry the action is.
    pub(crate) fn index(&self) -> usize {
        self.index
    }

    /// The value of the key `action`. It is the peer's text: show it through an [`Excerpt`].
    ///
    /// ```
    /// # use repod::proto::{Limits, Message};
    /// # let mut table = Vec::new();
    /// # let message = Message::parse(b"\x82\xa6action\xa3bet\xa5coins\x0a", &Limits::server(), &mut table)?;
    /// assert_eq!(message.action(), "bet");
    /// # Ok::<(), repod::proto::DecodeError>(())
    /// ```
    pub fn action(&self) -> &'a str {
        self.action
    }

    /// The frame's bytes, without the length prefix.
    ///
    /// ```
    /// # use repod::proto::{Limits, Message};
    /// # let mut table = Vec::new();
    /// # let message = Message::parse(b"\x82\xa6action\xa3bet\xa5coins\x0a", &Limits::server(), &mut table)?;
    /// assert_eq!(message.frame(), b"\x82\xa6action\xa3bet\xa5coins\x0a");
    /// # Ok::<(), repod::proto::DecodeError>(())
    /// ```
    pub fn frame(&self) -> &'a [u8] {
        self.frame
    }

    /// The entries of the frame's map, `action` among them.
    ///
    /// ```
    /// # use repod::proto::{Limits, Message};
    /// # let mut table = Vec::new();
    /// # let message = Message::parse(b"\x82\xa6action\xa3bet\xa5coins\x0a", &Limits::server(), &mut table)?;
    /// let keys: Vec<&[u8]> = message.entries().map(|entry| entry.key()).collect();
    /// assert_eq!(keys, [&b"action"[..], b"coins"]);
    /// # Ok::<(), repod::proto::DecodeError>(())
    /// ```
    pub fn entries(&self) -> impl Iterator<Item = Entry<'a>> + use<'a> {
        let message = *self;
        self.table.iter().map(move |field| Entry {
            key: text(message.slice(field.key, field.value)).unwrap_or_default(),
            value: message.slice(field.value, field.end),
            action: message.action,
        })
    }

    /// Reads the frame's map, without `action`, into one value: a struct whose fields lie flat beside the action.
    ///
    /// ```
    /// #[derive(repod::serde::Deserialize)]
    /// #[serde(crate = "repod::serde")]
    /// struct Bet {
    ///     coins: u32,
    /// }
    ///
    /// # use repod::proto::{Limits, Message};
    /// # let mut table = Vec::new();
    /// # let message = Message::parse(b"\x82\xa6action\xa3bet\xa5coins\x0a", &Limits::server(), &mut table)?;
    /// let bet: Bet = message.read_flat()?;
    /// assert_eq!(bet.coins, 10);
    /// # Ok::<(), repod::proto::DecodeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`DecodeError::BadField`] for the first value that does not fit, [`DecodeError::MissingField`] for a field that is not there.
    pub fn read_flat<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        T::deserialize(Flat { message: *self }).map_err(|error| {
            self.field_error(error.path.trim_start_matches('.').to_owned(), &error)
        })
    }

    /// As [`read_flat`](Self::read_flat), but takes whole floats for integers.
    ///
    /// ```
    /// # #[derive(repod::serde::Deserialize)]
    /// # #[serde(crate = "repod::serde")]
    /// # struct Bet { coins: u32 }
    /// # use repod::proto::{Limits, Message};
    /// # let mut table = Vec::new();
    /// let frame = b"\x82\xa6action\xa3bet\xa5coins\xca\x41\x20\x00\x00"; // 10.0
    /// let message = Message::parse(frame, &Limits::server(), &mut table)?;
    /// assert!(message.read_flat::<Bet>().is_err());
    /// assert_eq!(message.read_flat_lenient::<Bet>()?.coins, 10);
    /// # Ok::<(), repod::proto::DecodeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`read_flat`](Self::read_flat).
    pub fn read_flat_lenient<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        let frame = whole_floats_to_integers(self.frame);
        let mut table = Vec::new();
        // The frame was scanned once and has kept its shape.
        scan(&frame, &Limits::none(), &mut table).map_err(DecodeError::Malformed)?;
        let message = Message {
            frame: &frame,
            table: &table,
            index: self.index,
            action: self.action,
        };
        message.read_flat()
    }

    /// What a field that is not there stands for: `None` for an option, an error for the rest.
    ///
    /// ```
    /// # use repod::proto::{Limits, Message};
    /// # let mut table = Vec::new();
    /// # let message = Message::parse(b"\x82\xa6action\xa3bet\xa5coins\x0a", &Limits::server(), &mut table)?;
    /// assert_eq!(message.missing::<Option<String>>("taunt")?, None);
    /// let error = message.missing::<u32>("target").unwrap_err();
    /// assert_eq!(error.to_string(), "action `bet`, field `target`: expected u32, but it is missing");
    /// # Ok::<(), repod::proto::DecodeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`DecodeError::MissingField`] if the type needs a value.
    pub fn missing<T: DeserializeOwned>(&self, field: &str) -> Result<T, DecodeError> {
        T::deserialize(Absent).map_err(|error| DecodeError::MissingField {
            action: Excerpt::of(self.action).to_string(),
            field: field.to_owned(),
            expected: error.expected,
        })
    }

    /// The error for a field that must be there.
    ///
    /// ```
    /// # use repod::proto::{Limits, Message};
    /// # let mut table = Vec::new();
    /// # let message = Message::parse(b"\x82\xa6action\xa3bet\xa5coins\x0a", &Limits::server(), &mut table)?;
    /// let error = message.missing_field("target");
    /// assert_eq!(error.to_string(), "action `bet`, field `target`: expected a value, but it is missing");
    /// # Ok::<(), repod::proto::DecodeError>(())
    /// ```
    pub fn missing_field(&self, field: &str) -> DecodeError {
        DecodeError::MissingField {
            action: Excerpt::of(self.action).to_string(),
            field: field.to_owned(),
            expected: "a value".to_owned(),
        }
    }

    /// The error for an action that no variant bears.
    ///
    /// ```
    /// # use repod::proto::{Limits, Message};
    /// # let mut table = Vec::new();
    /// # let message = Message::parse(b"\x82\xa6action\xa3bet\xa5coins\x0a", &Limits::server(), &mut table)?;
    /// assert_eq!(message.unknown().to_string(), "unknown action `bet`");
    /// # Ok::<(), repod::proto::DecodeError>(())
    /// ```
    pub fn unknown(&self) -> DecodeError {
        DecodeError::UnknownAction {
            action: Excerpt::of(self.action).to_string(),
        }
    }

    fn field_error(&self, field: String, error: &ValueError) -> DecodeError {
        DecodeError::BadField {
            action: Excerpt::of(self.action).to_string(),
            field,
            expected: error.expected.clone(),
            got: error.got.clone(),
        }
    }

    fn slice(&self, from: u32, to: u32) -> &'a [u8] {
        self.frame
            .get(from as usize..to as usize)
            .unwrap_or_default()
    }
}

/// One key of a frame's map and its value.
///
/// ```
/// # use repod::proto::{Limits, Message};
/// # let mut table = Vec::new();
/// # let message = Message::parse(b"\x82\xa6action\xa3bet\xa5coins\x0a", &Limits::server(), &mut table)?;
/// for entry in message.entries() {
///     match entry.key() {
///         b"action" => assert_eq!(entry.read::<String>()?, "bet"),
///         b"coins" => assert_eq!(entry.read::<u32>()?, 10),
///         _ => {}
///     }
/// }
/// # Ok::<(), repod::proto::DecodeError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    key: &'a [u8],
    value: &'a [u8],
    action: &'a str,
}

impl<'a> Entry<'a> {
    /// The key's bytes; empty if the key is not a string.
    ///
    /// ```
    /// # use repod::proto::{Limits, Message};
    /// # let mut table = Vec::new();
    /// # let message = Message::parse(b"\x82\xa6action\xa3bet\xa5coins\x0a", &Limits::server(), &mut table)?;
    /// assert!(message.entries().any(|entry| entry.key() == b"coins"));
    /// # Ok::<(), repod::proto::DecodeError>(())
    /// ```
    #[inline]
    pub fn key(&self) -> &'a [u8] {
        self.key
    }

    /// Reads the value.
    ///
    /// ```
    /// # use repod::proto::{Limits, Message};
    /// # let mut table = Vec::new();
    /// # let message = Message::parse(b"\x82\xa6action\xa3bet\xa5coins\x0a", &Limits::server(), &mut table)?;
    /// for entry in message.entries().filter(|entry| entry.key() == b"coins") {
    ///     assert_eq!(entry.read::<u32>()?, 10);
    ///     let error = entry.read::<bool>().unwrap_err();
    ///     assert_eq!(error.to_string(), "action `bet`, field `coins`: expected a boolean, got integer `10`");
    /// }
    /// # Ok::<(), repod::proto::DecodeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`DecodeError::BadField`] if the value does not fit the type.
    #[inline]
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        ValueReader::new(self.value)
            .read()
            .map_err(|error| self.error(&error))
    }

    /// Reads the value with a function such as `#[serde(with = "..")]` names.
    ///
    /// ```
    /// use repod::serde::{Deserialize, Deserializer};
    ///
    /// fn dozens<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    ///     Ok(u32::deserialize(deserializer)? * 12)
    /// }
    ///
    /// # use repod::proto::{Limits, Message};
    /// # let mut table = Vec::new();
    /// # let message = Message::parse(b"\x82\xa6action\xa3bet\xa5coins\x0a", &Limits::server(), &mut table)?;
    /// for entry in message.entries().filter(|entry| entry.key() == b"coins") {
    ///     assert_eq!(entry.read_with(|reader| dozens(reader))?, 120);
    /// }
    /// # Ok::<(), repod::proto::DecodeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`DecodeError::BadField`] if the function fails.
    pub fn read_with<T>(
        &self,
        read: impl FnOnce(&mut ValueReader<'a>) -> Result<T, ValueError>,
    ) -> Result<T, DecodeError> {
        read(&mut ValueReader::new(self.value)).map_err(|error| self.error(&error))
    }

    /// As [`read`](Self::read), but takes whole floats for integers: Python's `20 / 2` is `10.0`.
    ///
    /// ```
    /// # use repod::proto::{Limits, Message};
    /// # let mut table = Vec::new();
    /// let frame = b"\x82\xa6action\xa3bet\xa5coins\xca\x41\x20\x00\x00"; // 10.0
    /// let message = Message::parse(frame, &Limits::server(), &mut table)?;
    /// for entry in message.entries().filter(|entry| entry.key() == b"coins") {
    ///     assert!(entry.read::<u32>().is_err());
    ///     assert_eq!(entry.read_lenient::<u32>()?, 10);
    /// }
    /// # Ok::<(), repod::proto::DecodeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn read_lenient<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        self.read_lenient_with(|reader| T::deserialize(reader))
    }

    /// As [`read_with`](Self::read_with), but takes whole floats for integers.
    ///
    /// ```
    /// # use repod::serde::{Deserialize, Deserializer};
    /// # fn dozens<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    /// #     Ok(u32::deserialize(deserializer)? * 12)
    /// # }
    /// # use repod::proto::{Limits, Message};
    /// # let mut table = Vec::new();
    /// # let frame = b"\x82\xa6action\xa3bet\xa5coins\xca\x41\x20\x00\x00"; // 10.0
    /// # let message = Message::parse(frame, &Limits::server(), &mut table)?;
    /// for entry in message.entries().filter(|entry| entry.key() == b"coins") {
    ///     assert_eq!(entry.read_lenient_with(|reader| dozens(reader))?, 120);
    /// }
    /// # Ok::<(), repod::proto::DecodeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`read_with`](Self::read_with).
    pub fn read_lenient_with<T>(
        &self,
        read: impl FnOnce(&mut ValueReader<'_>) -> Result<T, ValueError>,
    ) -> Result<T, DecodeError> {
        let value = whole_floats_to_integers(self.value);
        read(&mut ValueReader::new(&value)).map_err(|error| self.error(&error))
    }

    #[cold]
    fn error(&self, error: &ValueError) -> DecodeError {
        DecodeError::BadField {
            action: Excerpt::of(self.action).to_string(),
            field: format!("{}{}", Excerpt::of_bytes(self.key), error.path),
            expected: error.expected.clone(),
            got: error.got.clone(),
        }
    }
}

/// A frame's map without its action, for a struct whose fields lie flat in it.
struct Flat<'a> {
    message: Message<'a>,
}

impl<'de> Deserializer<'de> for Flat<'de> {
    type Error = ValueError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        visitor.visit_map(FlatEntries {
            rest: self.message.table.iter(),
            current: None,
            message: self.message,
        })
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        visitor.visit_unit()
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        visitor.visit_some(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

struct FlatEntries<'de> {
    rest: std::slice::Iter<'de, Field>,
    current: Option<&'de Field>,
    message: Message<'de>,
}

impl<'de> MapAccess<'de> for FlatEntries<'de> {
    type Error = ValueError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, ValueError> {
        for field in self.rest.by_ref() {
            let key = self.message.slice(field.key, field.value);
            // A key that is not a string never names a field, and the action is not one of the struct's own.
            if text(key).is_some_and(|key| key != b"action") {
                self.current = Some(field);
                return seed.deserialize(&mut ValueReader::new(key)).map(Some);
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, ValueError> {
        let Some(field) = self.current.take() else {
            return Err(ValueError::custom("a value was read before its key"));
        };
        let value = self.message.slice(field.value, field.end);
        seed.deserialize(&mut ValueReader::new(value))
            .map_err(|mut error| {
                let key = text(self.message.slice(field.key, field.value)).unwrap_or_default();
                error
                    .path
                    .insert_str(0, &format!(".{}", Excerpt::of_bytes(key)));
                error
            })
    }
}
