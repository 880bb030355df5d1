//! [`Message`]: one scanned frame, ready to be decoded into an action. It borrows the frame's bytes and copies none.

mod error;
mod flat;

use serde::de::DeserializeOwned;

pub use self::error::DecodeError;
use self::flat::Flat;
use super::excerpt::Excerpt;
use super::lenient::whole_floats_to_integers;
use super::limits::Limits;
use super::scan::{Field, Scanned, kind, scan, text};
use super::value::{Absent, ValueError, ValueReader};

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
    pub fn parse(frame: &'a [u8], limits: &Limits, table: &'a mut Vec<Field>) -> Result<Self, DecodeError> {
        let (action, non_finite) = match scan(frame, limits, table).map_err(DecodeError::Malformed)? {
            Scanned::Map { action, non_finite } => (action, non_finite),
            Scanned::Other(got) => return Err(DecodeError::NotAMap { got }),
        };
        let table: &'a [Field] = table;
        let index = action.ok_or(DecodeError::NoAction)?;
        let value = table
            .get(index)
            .and_then(|field| frame.get(field.value as usize..field.end as usize))
            .ok_or(DecodeError::NoAction)?;
        let name = text(value)
            .ok_or_else(|| DecodeError::BadAction { got: value.first().map_or("nothing", |marker| kind(*marker)) })?;
        let Ok(action) = std::str::from_utf8(name) else {
            return Err(DecodeError::BadAction { got: "a string that is not UTF-8" });
        };
        if non_finite {
            return Err(DecodeError::NonFinite { action: Excerpt::of(action).to_string() });
        }
        Ok(Self { frame, table, index, action })
    }

    /// The message that was parsed from this frame with this table before, its action being the entry `index`.
    pub(crate) fn again(frame: &'a [u8], table: &'a [Field], index: usize) -> Option<Self> {
        let value = table.get(index)?.value;
        let action = std::str::from_utf8(text(frame.get(value as usize..)?)?).ok()?;
        Some(Self { frame, table, index, action })
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
            key: message.slice(field.name, field.value),
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
        T::deserialize(Flat { message: *self })
            .map_err(|error| self.field_error(error.fault.path.trim_start_matches('.').to_owned(), &error))
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
        let message = Message { frame: &frame, table: &table, index: self.index, action: self.action };
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
            expected: error.fault.expected,
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
        DecodeError::UnknownAction { action: Excerpt::of(self.action).to_string() }
    }

    fn field_error(&self, field: String, error: &ValueError) -> DecodeError {
        DecodeError::BadField {
            action: Excerpt::of(self.action).to_string(),
            field,
            expected: error.fault.expected.clone(),
            got: error.fault.got.clone(),
        }
    }

    fn slice(&self, from: u32, to: u32) -> &'a [u8] {
        self.frame.get(from as usize..to as usize).unwrap_or_default()
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
        ValueReader::new(self.value).read().map_err(|error| self.error(&error))
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
            field: format!("{}{}", Excerpt::of_bytes(self.key), error.fault.path),
            expected: error.fault.expected.clone(),
            got: error.fault.got.clone(),
        }
    }
}
