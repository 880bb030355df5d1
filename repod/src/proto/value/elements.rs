//! [`Elements`] and [`Variant`]: what is in an array, in a map, or behind the name of an enum's variant.
//! They read through the [`ValueReader`] that they came from.

use serde::de::{Deserialize, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor};

use super::{ValueError, ValueReader};
use crate::proto::excerpt::Excerpt;
use crate::proto::scan::{kind, text};

/// The elements of an array, or the entries of a map.
pub(super) struct Elements<'a, 'de> {
    reader: &'a mut ValueReader<'de>,
    count: u32,
    left: u32,
    key: &'de [u8],
}

impl<'a, 'de> Elements<'a, 'de> {
    pub(super) fn new(reader: &'a mut ValueReader<'de>, count: u32) -> Self {
        Self { reader, count, left: count, key: &[] }
    }

    fn advance(&mut self) -> bool {
        let more = self.left > 0;
        self.left = self.left.saturating_sub(1);
        more
    }

    /// What a collection may reserve at once; a claim is cheap, so only a part of it is believed.
    fn hint(&self) -> Option<usize> {
        Some(self.left.min(MOST_RESERVED) as usize)
    }
}

impl<'de> SeqAccess<'de> for Elements<'_, 'de> {
    type Error = ValueError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, ValueError> {
        if !self.advance() {
            return Ok(None);
        }
        let index = self.count.saturating_sub(self.left).saturating_sub(1);
        seed.deserialize(&mut *self.reader).map(Some).map_err(|error| error.at(format_args!("[{index}]")))
    }

    fn size_hint(&self) -> Option<usize> {
        self.hint()
    }
}

impl<'de> MapAccess<'de> for Elements<'_, 'de> {
    type Error = ValueError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, ValueError> {
        if !self.advance() {
            return Ok(None);
        }
        self.key = self.reader.rest;
        seed.deserialize(&mut *self.reader).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ValueError> {
        let key = self.key;
        seed.deserialize(&mut *self.reader).map_err(|error| match text(key) {
            Some(key) => error.at(format_args!(".{}", Excerpt::of_bytes(key))),
            None => error.at(format_args!("[{}]", key.first().map_or("", |marker| kind(*marker)))),
        })
    }

    fn size_hint(&self) -> Option<usize> {
        self.hint()
    }
}

/// An enum variant with data: a map of one entry, the variant's name and its content.
pub(crate) struct Variant<'a, 'de> {
    pub(crate) reader: &'a mut ValueReader<'de>,
}

impl<'de> EnumAccess<'de> for Variant<'_, 'de> {
    type Error = ValueError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), ValueError> {
        let variant = seed.deserialize(&mut *self.reader)?;
        Ok((variant, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, 'de> {
    type Error = ValueError;

    fn unit_variant(self) -> Result<(), ValueError> {
        Deserialize::deserialize(self.reader)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, ValueError> {
        seed.deserialize(self.reader)
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, ValueError> {
        self.reader.deserialize_tuple(len, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        self.reader.deserialize_map(visitor)
    }
}

/// The most elements that a collection reserves before it has read one. A bigger collection grows by doubling as its elements come.
const MOST_RESERVED: u32 = 1024;
