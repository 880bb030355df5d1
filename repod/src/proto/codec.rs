//! The codec: actions to frames and back. Only this file and its part name rmp-serde, which writes the values that are not simple;
//! reading them is [`ValueReader`](super::ValueReader)'s.

mod value;

use rmp_serde::config::{DefaultConfig, StructMapConfig};
use serde::Serialize;

use self::value::ValueWriter;
use super::limits::Limits;
use super::message::{DecodeError, Message};
use super::plain::PlainReader;
use super::scan::{Field, Malformed, Scanned, scan, text};
use crate::action::Action;

/// Why an action did not become a frame.
///
/// ```
/// use repod::Action;
/// use repod::proto::EncodeError;
/// use repod::serde::ser::Error;
///
/// fn never<S: repod::serde::Serializer>(_: &u32, _: S) -> Result<S::Ok, S::Error> {
///     Err(S::Error::custom("not today"))
/// }
///
/// #[derive(Action)]
/// enum ToServer {
///     Buy { #[serde(serialize_with = "never")] item: u32 },
/// }
///
/// let error = repod::encode(&ToServer::Buy { item: 3 }).unwrap_err();
/// assert_eq!(error.to_string(), "action `buy`, field `item`: not today");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// A field's `Serialize` failed.
    #[error("action `{action}`, field `{field}`: {reason}")]
    Field {
        /// The action.
        action: &'static str,
        /// The field.
        field: &'static str,
        /// What its `Serialize` said.
        reason: String,
    },
    /// The content of a variant with one unnamed field is not a map with string keys, so it cannot lie flat beside the action.
    #[error("action `{action}`: its content must be a struct or a map without a key `action`, {reason}")]
    NotFlat {
        /// The action.
        action: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The frame is longer than a length prefix can say, or than the limit.
    #[error("a message of {len} bytes exceeds the limit of {max}")]
    TooLarge {
        /// The length of the frame, in bytes.
        len: usize,
        /// The limit.
        max: usize,
    },
}

/// Encodes an action as a whole frame: the length prefix and the MessagePack map, as Python's `repod.encode` does.
///
/// ```
/// use repod::Action;
///
/// #[derive(Action)]
/// enum ToServer {
///     Ping,
/// }
///
/// assert_eq!(repod::encode(&ToServer::Ping)?, b"\x00\x00\x00\x0d\x81\xa6action\xa4ping");
/// # Ok::<(), repod::proto::EncodeError>(())
/// ```
///
/// # Errors
///
/// [`EncodeError`] if a field cannot be serialized or the frame is longer than [`Limits::FRAME_CEILING`].
pub fn encode<A: Action>(action: &A) -> Result<Vec<u8>, EncodeError> {
    let mut frame = Vec::with_capacity(64);
    encode_into(action, &mut frame, Limits::FRAME_CEILING)?;
    Ok(frame)
}

/// Appends an action as a whole frame to `out`, which is left as it was if there is an error.
///
/// Use it with a buffer that lives longer than one message: that saves the allocation of [`encode`].
///
/// ```
/// # use repod::Action;
/// # #[derive(Action)]
/// # enum ToServer { Ping }
/// let mut out = Vec::new();
/// repod::proto::encode_into(&ToServer::Ping, &mut out, 1024)?;
/// repod::proto::encode_into(&ToServer::Ping, &mut out, 1024)?;
/// assert_eq!(out.len(), 2 * 17);
/// # Ok::<(), repod::proto::EncodeError>(())
/// ```
///
/// # Errors
///
/// [`EncodeError`] if a field cannot be serialized or the frame, without its length prefix, is longer than `max` bytes.
pub fn encode_into<A: Action>(action: &A, out: &mut Vec<u8>, max: usize) -> Result<(), EncodeError> {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    let result = action.encode(&mut Writer::new(out)).and_then(|()| {
        let len = out.len().saturating_sub(start).saturating_sub(4);
        let max = max.min(u32::MAX as usize);
        if len > max {
            return Err(EncodeError::TooLarge { len, max });
        }
        if let Some(prefix) = out.get_mut(start..).and_then(<[u8]>::first_chunk_mut) {
            *prefix = (len as u32).to_be_bytes();
        }
        Ok(())
    });
    if result.is_err() {
        out.truncate(start);
    }
    result
}

/// Decodes an action from a frame without its length prefix, as Python's `repod.decode` does, within the limits of a server.
///
/// For a stream of bytes use a [`FrameDecoder`](super::FrameDecoder), for other limits [`Message::parse`].
///
/// ```
/// use repod::Action;
///
/// #[derive(Action, Debug, PartialEq)]
/// enum ToServer {
///     Move { x: f64, y: f64 },
/// }
///
/// // An integer is taken where a float is expected, and the order of the keys does not matter.
/// let action: ToServer = repod::decode(b"\x83\xa1y\x02\xa1x\x01\xa6action\xa4move")?;
/// assert_eq!(action, ToServer::Move { x: 1.0, y: 2.0 });
/// # Ok::<(), repod::proto::DecodeError>(())
/// ```
///
/// # Errors
///
/// [`DecodeError`] if the frame is not one of the enum's actions.
pub fn decode<A: Action>(frame: &[u8]) -> Result<A, DecodeError> {
    let limits = Limits::server();
    if let Some(action) = PlainReader::read(frame, &limits) {
        return Ok(action);
    }
    let mut table = Vec::with_capacity(8);
    A::decode(&Message::parse(frame, &limits, &mut table)?)
}

/// Writes the map of one action: what [`Action::encode`] is given.
///
/// The derive writes keys, action names and headers as bytes that it made at compile time, and values through serde.
///
/// ```
/// use repod::proto::{EncodeError, Writer};
///
/// # use repod::proto::{DecodeError, Message};
/// # struct Ping;
/// # impl repod::Action for Ping {
/// #     const NAMES: &'static [&'static str] = &["ping"];
/// #     fn name(&self) -> &'static str { "ping" }
/// #     fn decode(message: &Message<'_>) -> Result<Self, DecodeError> { Err(message.unknown()) }
/// fn encode(&self, writer: &mut Writer<'_>) -> Result<(), EncodeError> {
///     writer.map(1);
///     writer.value("ping", "action", "action")?; // the key
///     writer.value("ping", "action", "ping")
/// }
/// # }
///
/// assert_eq!(repod::encode(&Ping)?, b"\x00\x00\x00\x0d\x81\xa6action\xa4ping");
/// # Ok::<(), EncodeError>(())
/// ```
#[derive(Debug)]
pub struct Writer<'a> {
    out: &'a mut Vec<u8>,
}

/// The serializer that a function named by `#[serde(with = "..")]` is given.
///
/// ```
/// use repod::proto::FieldSerializer;
/// use repod::serde::Serializer;
///
/// # use repod::proto::{DecodeError, EncodeError, Message, Writer};
/// # struct Bet;
/// # impl repod::Action for Bet {
/// #     const NAMES: &'static [&'static str] = &["bet"];
/// #     fn name(&self) -> &'static str { "bet" }
/// #     fn decode(message: &Message<'_>) -> Result<Self, DecodeError> { Err(message.unknown()) }
/// fn encode(&self, writer: &mut Writer<'_>) -> Result<(), EncodeError> {
///     writer.raw(b"\x82\xa6action\xa3bet\xa5coins");
///     writer.value_with("bet", "coins", |serializer: &mut FieldSerializer<'_>| serializer.serialize_str("all"))
/// }
/// # }
///
/// assert_eq!(repod::encode(&Bet)?[4..], *b"\x82\xa6action\xa3bet\xa5coins\xa3all");
/// # Ok::<(), EncodeError>(())
/// ```
pub type FieldSerializer<'a> = rmp_serde::Serializer<&'a mut Vec<u8>, StructMapConfig<DefaultConfig>>;

impl<'a> Writer<'a> {
    pub(crate) fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out }
    }

    /// Writes bytes that are MessagePack already.
    ///
    /// ```
    /// # use repod::proto::{DecodeError, EncodeError, Message, Writer};
    /// # struct Bet;
    /// # impl repod::Action for Bet {
    /// #     const NAMES: &'static [&'static str] = &["bet"];
    /// #     fn name(&self) -> &'static str { "bet" }
    /// #     fn decode(message: &Message<'_>) -> Result<Self, DecodeError> { Err(message.unknown()) }
    /// fn encode(&self, writer: &mut Writer<'_>) -> Result<(), EncodeError> {
    ///     writer.raw(b"\x81\xa6action\xa3bet");
    ///     Ok(())
    /// }
    /// # }
    /// assert_eq!(repod::encode(&Bet)?, b"\x00\x00\x00\x0c\x81\xa6action\xa3bet");
    /// # Ok::<(), EncodeError>(())
    /// ```
    #[inline]
    pub fn raw(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// Writes the header of a map of `keys` entries.
    ///
    /// ```
    /// # use repod::proto::{DecodeError, EncodeError, Message, Writer};
    /// # struct Bet;
    /// # impl repod::Action for Bet {
    /// #     const NAMES: &'static [&'static str] = &["bet"];
    /// #     fn name(&self) -> &'static str { "bet" }
    /// #     fn decode(message: &Message<'_>) -> Result<Self, DecodeError> { Err(message.unknown()) }
    /// fn encode(&self, writer: &mut Writer<'_>) -> Result<(), EncodeError> {
    ///     writer.map(1);
    ///     writer.raw(b"\xa6action\xa3bet");
    ///     Ok(())
    /// }
    /// # }
    /// assert_eq!(repod::encode(&Bet)?[4], 0x81); // a map of one entry
    /// # Ok::<(), EncodeError>(())
    /// ```
    pub fn map(&mut self, keys: u32) {
        match keys {
            0..=15 => self.out.push(0x80 | keys as u8),
            16..=0xffff => {
                self.out.push(0xde);
                self.out.extend_from_slice(&(keys as u16).to_be_bytes());
            }
            _ => {
                self.out.push(0xdf);
                self.out.extend_from_slice(&keys.to_be_bytes());
            }
        }
    }

    /// Writes the value of a field.
    ///
    /// ```
    /// # use repod::proto::{DecodeError, EncodeError, Message, Writer};
    /// # struct Bet;
    /// # impl repod::Action for Bet {
    /// #     const NAMES: &'static [&'static str] = &["bet"];
    /// #     fn name(&self) -> &'static str { "bet" }
    /// #     fn decode(message: &Message<'_>) -> Result<Self, DecodeError> { Err(message.unknown()) }
    /// fn encode(&self, writer: &mut Writer<'_>) -> Result<(), EncodeError> {
    ///     writer.raw(b"\x82\xa6action\xa3bet\xa5coins");
    ///     writer.value("bet", "coins", &10)
    /// }
    /// # }
    /// assert_eq!(repod::encode(&Bet)?[4..], *b"\x82\xa6action\xa3bet\xa5coins\x0a");
    /// # Ok::<(), EncodeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`EncodeError::Field`] if the value's `Serialize` fails.
    #[inline]
    pub fn value<T: Serialize + ?Sized>(
        &mut self,
        action: &'static str,
        field: &'static str,
        value: &T,
    ) -> Result<(), EncodeError> {
        self.value_with(action, field, |serializer| value.serialize(ValueWriter::new(serializer)))
    }

    /// Writes the value of a field with a function such as `#[serde(with = "..")]` names.
    ///
    /// ```
    /// # use repod::proto::{DecodeError, EncodeError, Message, Writer};
    /// # struct Bet;
    /// # impl repod::Action for Bet {
    /// #     const NAMES: &'static [&'static str] = &["bet"];
    /// #     fn name(&self) -> &'static str { "bet" }
    /// #     fn decode(message: &Message<'_>) -> Result<Self, DecodeError> { Err(message.unknown()) }
    /// fn encode(&self, writer: &mut Writer<'_>) -> Result<(), EncodeError> {
    ///     writer.raw(b"\x82\xa6action\xa3bet\xa5coins");
    ///     writer.value_with("bet", "coins", |serializer| as_text(&10, serializer))
    /// }
    /// # }
    ///
    /// fn as_text<S: repod::serde::Serializer>(coins: &u32, serializer: S) -> Result<S::Ok, S::Error> {
    ///     serializer.serialize_str(&coins.to_string())
    /// }
    ///
    /// assert_eq!(repod::encode(&Bet)?[4..], *b"\x82\xa6action\xa3bet\xa5coins\xa210");
    /// # Ok::<(), EncodeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`EncodeError::Field`] if the function fails.
    #[inline]
    pub fn value_with(
        &mut self,
        action: &'static str,
        field: &'static str,
        write: impl FnOnce(&mut FieldSerializer<'_>) -> Result<(), rmp_serde::encode::Error>,
    ) -> Result<(), EncodeError> {
        let mut serializer = rmp_serde::Serializer::new(&mut *self.out).with_struct_map();
        write(&mut serializer).map_err(|error| EncodeError::Field { action, field, reason: error.to_string() })
    }

    /// Writes a whole map: the action and, flat beside it, the fields of `content`.
    ///
    /// ```
    /// #[derive(repod::serde::Serialize)]
    /// #[serde(crate = "repod::serde")]
    /// struct Stake {
    ///     coins: u32,
    /// }
    ///
    /// # use repod::proto::{DecodeError, EncodeError, Message, Writer};
    /// # struct Bet;
    /// # impl repod::Action for Bet {
    /// #     const NAMES: &'static [&'static str] = &["bet"];
    /// #     fn name(&self) -> &'static str { "bet" }
    /// #     fn decode(message: &Message<'_>) -> Result<Self, DecodeError> { Err(message.unknown()) }
    /// fn encode(&self, writer: &mut Writer<'_>) -> Result<(), EncodeError> {
    ///     writer.flat("bet", &Stake { coins: 10 })
    /// }
    /// # }
    ///
    /// assert_eq!(repod::encode(&Bet)?[4..], *b"\x82\xa6action\xa3bet\xa5coins\x0a");
    /// # Ok::<(), EncodeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`EncodeError::NotFlat`] if `content` does not serialize as a map, or has a key `action` of its own.
    pub fn flat<T: Serialize + ?Sized>(&mut self, action: &'static str, content: &T) -> Result<(), EncodeError> {
        let refuse = |reason: String| EncodeError::NotFlat { action, reason };
        let mut map = Vec::with_capacity(64);
        content
            .serialize(&mut rmp_serde::Serializer::new(&mut map).with_struct_map())
            .map_err(|error| refuse(error.to_string()))?;
        // A struct without fields serializes as nothing, or as an array of nothing.
        if size_of_val(content) == 0 && matches!(map[..], [0xc0 | 0x90]) {
            map = vec![0x80];
        }
        let mut table = Vec::new();
        match scan(&map, &Limits::none(), &mut table) {
            Ok(Scanned::Map { action: None, .. }) => {
                let key = |field: &Field| map.get(field.key as usize..field.value as usize).unwrap_or_default();
                if table.iter().any(|field| text(key(field)).is_none()) {
                    return Err(refuse("but it has keys that are not text".to_owned()));
                }
            }
            Ok(Scanned::Map { .. }) | Err(Malformed::DuplicateAction) => {
                return Err(refuse("but it has one".to_owned()));
            }
            Ok(Scanned::Other(kind)) => return Err(refuse(format!("but it is {kind}"))),
            Err(malformed) => return Err(refuse(malformed.to_string())),
        }
        self.map((table.len() as u32).saturating_add(1));
        self.raw(b"\xa6action");
        self.value(action, "action", action)?;
        let entries = table.first().map_or(map.len(), |field| field.key as usize);
        self.raw(map.get(entries..).unwrap_or_default());
        Ok(())
    }
}
