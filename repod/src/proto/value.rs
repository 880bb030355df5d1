//! [`ValueReader`]: a serde deserializer over one value of a scanned frame.
//! It does not validate MessagePack, which the scan has done; it holds the type rules that rmp-serde does not have:
//! an `f32` never becomes infinite by narrowing, a struct is only read from a map with string keys, and every error says
//! where it happened, what was expected and what was there, without quoting the peer's text.

mod absent;
mod elements;
mod error;
pub(super) mod scalar;

use serde::de::value::{SeqDeserializer, StrDeserializer};
use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};

pub(crate) use self::absent::Absent;
use self::elements::Elements;
pub(crate) use self::elements::Variant;
pub use self::error::ValueError;
use super::limits::Limits;

/// Reads one value of a scanned frame into any type that serde knows.
///
/// ```
/// use repod::serde::{Deserialize, Deserializer};
///
/// fn percent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
///     Ok(f64::deserialize(deserializer)? / 100.0)
/// }
///
/// # use repod::proto::{Limits, Message, ValueReader};
/// # let mut table = Vec::new();
/// # let message = Message::parse(b"\x82\xa6action\xa5boost\xa2by\x19", &Limits::server(), &mut table)?;
/// for entry in message.entries() {
///     if entry.key() == b"by" {
///         let boost = entry.read_with(|reader: &mut ValueReader<'_>| percent(reader))?;
///         assert_eq!(boost, 0.25);
///     }
/// }
/// # Ok::<(), repod::proto::DecodeError>(())
/// ```
#[derive(Debug, Clone)]
pub struct ValueReader<'de> {
    rest: &'de [u8],
    /// How many more values may be entered. Also options and newtypes are counted: a type that contains itself through
    /// them would otherwise recurse for ever without consuming a byte.
    fuel: usize,
}

impl<'de> ValueReader<'de> {
    pub(crate) fn new(value: &'de [u8]) -> Self {
        Self { rest: value, fuel: Limits::DEPTH_CEILING }
    }

    pub(crate) fn read<T: Deserialize<'de>>(mut self) -> Result<T, ValueError> {
        T::deserialize(&mut self)
    }

    /// How many bytes are left to read.
    pub(crate) fn left(&self) -> usize {
        self.rest.len()
    }

    fn marker(&self) -> Result<u8, ValueError> {
        self.rest.first().copied().ok_or_else(ValueError::ended)
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], ValueError> {
        let (bytes, rest) = self
            .rest
            .split_first()
            .and_then(|(_, rest)| rest.split_first_chunk::<N>())
            .ok_or_else(ValueError::ended)?;
        self.rest = rest;
        Ok(*bytes)
    }

    fn bytes(&mut self, len: usize) -> Result<&'de [u8], ValueError> {
        let (bytes, rest) = self.rest.split_at_checked(len).ok_or_else(ValueError::ended)?;
        self.rest = rest;
        Ok(bytes)
    }

    /// Takes what stands at the cursor: a whole scalar, or the header of something longer.
    #[inline]
    pub(crate) fn token(&mut self) -> Result<Token<'de>, ValueError> {
        let marker = self.marker()?;
        let token = match marker {
            0x00..=0x7f => {
                self.take::<0>()?;
                Token::Unsigned(u64::from(marker))
            }
            0xe0..=0xff => {
                self.take::<0>()?;
                Token::Signed(i64::from(marker as i8))
            }
            0xcc => Token::Unsigned(u64::from(u8::from_be_bytes(self.take()?))),
            0xcd => Token::Unsigned(u64::from(u16::from_be_bytes(self.take()?))),
            0xce => Token::Unsigned(u64::from(u32::from_be_bytes(self.take()?))),
            0xcf => Token::Unsigned(u64::from_be_bytes(self.take()?)),
            0xd0 => Token::Signed(i64::from(i8::from_be_bytes(self.take()?))),
            0xd1 => Token::Signed(i64::from(i16::from_be_bytes(self.take()?))),
            0xd2 => Token::Signed(i64::from(i32::from_be_bytes(self.take()?))),
            0xd3 => Token::Signed(i64::from_be_bytes(self.take()?)),
            0xca => Token::F32(f32::from_be_bytes(self.take()?)),
            0xcb => Token::F64(f64::from_be_bytes(self.take()?)),
            0xc0 => {
                self.take::<0>()?;
                Token::Nil
            }
            0xc2 | 0xc3 => {
                self.take::<0>()?;
                Token::Bool(marker == 0xc3)
            }
            0xa0..=0xbf => {
                self.take::<0>()?;
                self.text(usize::from(marker & 0x1f))?
            }
            0xd9 => {
                let len = self.take::<1>()?;
                self.text(usize::from(u8::from_be_bytes(len)))?
            }
            0xda => {
                let len = self.take()?;
                self.text(usize::from(u16::from_be_bytes(len)))?
            }
            0xdb => {
                let len = self.take()?;
                self.text(u32::from_be_bytes(len) as usize)?
            }
            0xc4 => {
                let len = self.take::<1>()?;
                Token::Bytes(self.bytes(usize::from(u8::from_be_bytes(len)))?)
            }
            0xc5 => {
                let len = self.take()?;
                Token::Bytes(self.bytes(usize::from(u16::from_be_bytes(len)))?)
            }
            0xc6 => {
                let len = self.take()?;
                Token::Bytes(self.bytes(u32::from_be_bytes(len) as usize)?)
            }
            0x90..=0x9f => {
                self.take::<0>()?;
                Token::Array(u32::from(marker & 0x0f))
            }
            0xdc => Token::Array(u32::from(u16::from_be_bytes(self.take()?))),
            0xdd => Token::Array(u32::from_be_bytes(self.take()?)),
            0x80..=0x8f => {
                self.take::<0>()?;
                Token::Map(u32::from(marker & 0x0f))
            }
            0xde => Token::Map(u32::from(u16::from_be_bytes(self.take()?))),
            0xdf => Token::Map(u32::from_be_bytes(self.take()?)),
            0xd4..=0xd8 => {
                self.take::<1>()?;
                self.extension(1_usize.wrapping_shl(u32::from(marker & 0x0f).saturating_sub(4)))?
            }
            0xc7 => {
                let len = self.take::<1>()?;
                self.take_type()?;
                self.extension(usize::from(u8::from_be_bytes(len)))?
            }
            0xc8 => {
                let len = self.take()?;
                self.take_type()?;
                self.extension(usize::from(u16::from_be_bytes(len)))?
            }
            0xc9 => {
                let len = self.take()?;
                self.take_type()?;
                self.extension(u32::from_be_bytes(len) as usize)?
            }
            0xc1 => return Err(ValueError::ended()),
        };
        Ok(token)
    }

    fn take_type(&mut self) -> Result<(), ValueError> {
        self.bytes(1).map(drop)
    }

    fn extension(&mut self, len: usize) -> Result<Token<'de>, ValueError> {
        self.bytes(len).map(|_| Token::Extension)
    }

    fn text(&mut self, len: usize) -> Result<Token<'de>, ValueError> {
        let bytes = self.bytes(len)?;
        Ok(match std::str::from_utf8(bytes) {
            Ok(text) => Token::Text(text),
            Err(_) => Token::BadText(bytes),
        })
    }

    fn enter<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, ValueError>) -> Result<T, ValueError> {
        let fuel = self.fuel;
        self.fuel = fuel.checked_sub(1).ok_or_else(|| ValueError::custom("a value that is not nested too deep"))?;
        let result = read(self);
        self.fuel = fuel;
        result
    }

    fn visit<V: Visitor<'de>>(&mut self, token: Token<'de>, visitor: V) -> Result<V::Value, ValueError> {
        match token {
            Token::Nil => visitor.visit_unit(),
            Token::Bool(value) => visitor.visit_bool(value),
            Token::Unsigned(value) => visitor.visit_u64(value),
            Token::Signed(value) => visitor.visit_i64(value),
            Token::F32(value) => visitor.visit_f32(value),
            Token::F64(value) => visitor.visit_f64(value),
            Token::Text(value) => visitor.visit_borrowed_str(value),
            Token::BadText(value) | Token::Bytes(value) => visitor.visit_borrowed_bytes(value),
            Token::Array(count) => self.enter(|reader| visitor.visit_seq(Elements::new(reader, count))),
            Token::Map(count) => self.enter(|reader| visitor.visit_map(Elements::new(reader, count))),
            Token::Extension => Err(ValueError::of(&token, &visitor)),
        }
    }
}

/// What stands at a cursor of a [`ValueReader`].
pub(crate) enum Token<'de> {
    Nil,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    F32(f32),
    F64(f64),
    Text(&'de str),
    BadText(&'de [u8]),
    Bytes(&'de [u8]),
    Array(u32),
    Map(u32),
    Extension,
}

macro_rules! forward_to_any {
    ($($method:ident)*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
            self.deserialize_any(visitor)
        }
    )*};
}

macro_rules! integers {
    ($($method:ident)*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
            match scalar::unsigned(&mut self.rest) {
                Some(value) => visitor.visit_u64(value),
                None => self.deserialize_any(visitor),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for &mut ValueReader<'de> {
    type Error = ValueError;

    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        let token = self.token()?;
        self.visit(token, visitor)
    }

    forward_to_any! {
        deserialize_bool deserialize_bytes deserialize_byte_buf deserialize_unit
    }

    integers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
    }

    #[inline]
    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        match scalar::float(&mut self.rest) {
            Some(value) => visitor.visit_f64(value),
            None => self.deserialize_any(visitor),
        }
    }

    #[inline]
    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        match self.token()? {
            // The narrowing itself is what serde does; only its infinities are refused.
            Token::F64(value) if value.is_finite() && (value as f32).is_infinite() => {
                Err(ValueError::invalid_value(Unexpected::Float(value), &"a float that fits f32"))
            }
            token => self.visit(token, visitor),
        }
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        self.deserialize_str(visitor)
    }

    #[inline]
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        if let Some(value) = scalar::short_text(&mut self.rest) {
            return visitor.visit_borrowed_str(value);
        }
        match self.token()? {
            Token::Text(value) => visitor.visit_borrowed_str(value),
            token => Err(ValueError::of(&token, &visitor)),
        }
    }

    #[inline]
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        if self.marker()? == 0xc0 {
            self.take::<0>()?;
            return visitor.visit_none();
        }
        self.enter(|reader| visitor.visit_some(reader))
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value, ValueError> {
        match self.token()? {
            // As rmp-serde writes one, and as others may.
            Token::Nil | Token::Array(0) | Token::Map(0) => visitor.visit_unit(),
            token => Err(ValueError::of(&token, &visitor)),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        self.enter(|reader| visitor.visit_newtype_struct(reader))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        match self.token()? {
            Token::Array(count) => self.enter(|reader| visitor.visit_seq(Elements::new(reader, count))),
            // Python's `bytes` may be read into a `Vec<u8>`.
            Token::Bytes(bytes) => visitor.visit_seq(SeqDeserializer::new(bytes.iter().copied())),
            token => Err(ValueError::of(&token, &visitor)),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, ValueError> {
        match self.token()? {
            Token::Array(count) if count as usize == len => {
                self.enter(|reader| visitor.visit_seq(Elements::new(reader, count)))
            }
            Token::Array(count) => Err(ValueError::new(&visitor, format_args!("an array of {count}"))),
            Token::Bytes(bytes) if bytes.len() == len => visitor.visit_seq(SeqDeserializer::new(bytes.iter().copied())),
            token => Err(ValueError::of(&token, &visitor)),
        }
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        self.deserialize_tuple(len, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        match self.token()? {
            Token::Map(count) => self.enter(|reader| visitor.visit_map(Elements::new(reader, count))),
            token => Err(ValueError::of(&token, &visitor)),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        match self.token()? {
            Token::Text(name) => visitor.visit_enum(StrDeserializer::new(name)),
            Token::Map(1) => self.enter(|reader| visitor.visit_enum(Variant { reader })),
            token => Err(ValueError::of(&token, &visitor)),
        }
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        // An integer here would pick a field or a variant by its position.
        self.deserialize_str(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        let mut left = 1_u64;
        while left > 0 {
            left = left.saturating_sub(1);
            left = left.saturating_add(match self.token()? {
                Token::Array(count) => u64::from(count),
                Token::Map(count) => u64::from(count).saturating_mul(2),
                _ => 0,
            });
        }
        visitor.visit_unit()
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}
