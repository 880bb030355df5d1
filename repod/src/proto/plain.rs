//! [`PlainReader`]: reads a frame that is written as most peers write it: `action` first, then the fields of the variant in the
//! order in which they are declared, and nothing else. It has no words for what is wrong: whatever it does not take is read
//! again, the long way, through [`Message`](super::Message).

use serde::de::{DeserializeOwned, Deserializer, Visitor};

use super::limits::{Limits, NonFinite};
use super::scan::Scan;
use super::value::{ValueError, ValueReader, scalar};
use crate::action::Action;

/// Reads a frame in one pass, as long as everything in it is where it is expected. What it reads is checked as the scan checks it.
#[derive(Debug)]
pub struct PlainReader<'a> {
    scan: Scan<'a>,
}

impl<'a> PlainReader<'a> {
    #[inline]
    pub(super) fn new(frame: &'a [u8], limits: &'a Limits) -> Self {
        Self { scan: Scan::new(frame, limits) }
    }

    /// Reads a whole frame; `None` if it is not plain, or not right.
    #[inline]
    pub(super) fn read<A: Action>(frame: &'a [u8], limits: &'a Limits) -> Option<A> {
        A::decode_plain(&mut Self::new(frame, limits))
    }

    /// The number of keys, and the name of the action; both must be short, and the action must come first.
    #[inline]
    pub fn action(&mut self) -> Option<(u8, &'a [u8])> {
        // As arrays, which are compared without a call.
        let (&[marker @ 0x81..=0x8f, ref key @ .., name], rest) = self.scan.rest.split_first_chunk::<9>()? else {
            return None;
        };
        let keys = marker & 0x0f;
        let limits = self.scan.limits;
        if usize::from(keys) > limits.max_map_keys || limits.max_depth == 0 || key != b"\xa6action" {
            return None;
        }
        let 0xa0..=0xbf = name else { return None };
        let (name, rest) = rest.split_at_checked(usize::from(name & 0x1f))?;
        self.scan.nodes = self.scan.nodes.checked_sub(usize::from(keys).wrapping_mul(2))?;
        self.scan.rest = rest;
        Some((keys, name))
    }

    /// Takes the key that must come now, with its marker.
    #[inline]
    pub fn key(&mut self, key: &[u8]) -> Option<()> {
        self.scan.rest = self.scan.rest.strip_prefix(key)?;
        Some(())
    }

    /// Takes the value that must come now.
    #[inline]
    pub fn value<T: DeserializeOwned>(&mut self) -> Option<T> {
        let before = self.scan.rest.len();
        let value = T::deserialize(&mut *self).ok()?;
        // A type that reads nothing finds a value all the same, where there may be none.
        (self.scan.rest.len() < before).then_some(value)
    }

    /// A reader for the value that must come now, whatever it is: the value is scanned first.
    fn scanned(&mut self) -> Result<ValueReader<'a>, ValueError> {
        let value = self.scan.take_value();
        // A type of the user's own may rely on it that it sees no such number.
        let is_refused = self.scan.non_finite && self.scan.limits.non_finite == NonFinite::Refused;
        match value {
            Some(value) if !is_refused => Ok(ValueReader::new(value)),
            _ => {
                // Even if the type does not mind, no key and no end follows.
                self.scan.rest = SPOILT;
                Err(ValueError::ended())
            }
        }
    }

    /// Takes the end of the frame, which must come now.
    #[inline]
    pub fn end(&self) -> Option<()> {
        self.scan.rest.is_empty().then_some(())
    }
}

/// What is left of a frame that is not right.
const SPOILT: &[u8] = b"\xc1";

macro_rules! integers {
    ($($method:ident)*) => {$(
        #[inline]
        fn $method<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, ValueError> {
            match scalar::unsigned(&mut self.scan.rest) {
                Some(value) => visitor.visit_u64(value),
                None => self.scanned()?.$method(visitor),
            }
        }
    )*};
}

macro_rules! forward_to_scanned {
    ($($method:ident($($argument:ident: $type:ty),*))*) => {$(
        fn $method<V: Visitor<'a>>(self, $($argument: $type,)* visitor: V) -> Result<V::Value, ValueError> {
            self.scanned()?.$method($($argument,)* visitor)
        }
    )*};
}

/// Reads one value: what needs no scan in one look, everything else as [`ValueReader`] does.
impl<'a> Deserializer<'a> for &mut PlainReader<'a> {
    type Error = ValueError;

    integers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
    }

    #[inline]
    fn deserialize_f64<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, ValueError> {
        let mut rest = self.scan.rest;
        match scalar::float(&mut rest) {
            Some(value) if value.is_finite() => {
                self.scan.rest = rest;
                visitor.visit_f64(value)
            }
            _ => self.scanned()?.deserialize_f64(visitor),
        }
    }

    #[inline]
    fn deserialize_str<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, ValueError> {
        match scalar::short_text(&mut self.scan.rest) {
            Some(value) => visitor.visit_borrowed_str(value),
            None => self.scanned()?.deserialize_str(visitor),
        }
    }

    #[inline]
    fn deserialize_string<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, ValueError> {
        self.deserialize_str(visitor)
    }

    forward_to_scanned! {
        deserialize_any() deserialize_bool() deserialize_f32() deserialize_i128() deserialize_u128() deserialize_char()
        deserialize_bytes() deserialize_byte_buf() deserialize_option() deserialize_unit() deserialize_seq() deserialize_map()
        deserialize_identifier() deserialize_ignored_any()
        deserialize_unit_struct(name: &'static str) deserialize_newtype_struct(name: &'static str)
        deserialize_tuple(len: usize) deserialize_tuple_struct(name: &'static str, len: usize)
        deserialize_struct(name: &'static str, fields: &'static [&'static str])
        deserialize_enum(name: &'static str, variants: &'static [&'static str])
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}
