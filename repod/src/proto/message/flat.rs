//! [`Flat`]: the deserializer of a struct whose fields lie flat beside the action.

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};

use super::Message;
use crate::proto::excerpt::Excerpt;
use crate::proto::scan::{Field, text};
use crate::proto::value::{ValueError, ValueReader, Variant};

/// A frame's map without its action, for a struct whose fields lie flat in it.
pub(super) struct Flat<'a> {
    pub(super) message: Message<'a>,
}

impl<'de> Deserializer<'de> for Flat<'de> {
    type Error = ValueError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        visitor.visit_map(FlatEntries { rest: self.message.table.iter(), current: None, message: self.message })
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value, ValueError> {
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

    /// The name of the variant is the one key beside the action.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        let message = self.message;
        let mut fields = message.table.iter().filter(|field| is_name(message.slice(field.key, field.value)));
        let (Some(variant), None) = (fields.next(), fields.next()) else {
            return Err(ValueError::new(&visitor, "more or less than one key beside `action`"));
        };
        visitor.visit_enum(Variant { reader: &mut ValueReader::new(message.slice(variant.key, variant.end)) })
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// Whether this key names a field: one that is not a string never does, and the action is not one of the struct's own.
fn is_name(key: &[u8]) -> bool {
    text(key).is_some_and(|key| key != b"action")
}

struct FlatEntries<'de> {
    rest: std::slice::Iter<'de, Field>,
    current: Option<&'de Field>,
    message: Message<'de>,
}

impl<'de> MapAccess<'de> for FlatEntries<'de> {
    type Error = ValueError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, ValueError> {
        for field in self.rest.by_ref() {
            let key = self.message.slice(field.key, field.value);
            if is_name(key) {
                self.current = Some(field);
                return seed.deserialize(&mut ValueReader::new(key)).map(Some);
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ValueError> {
        let Some(field) = self.current.take() else {
            return Err(ValueError::custom("a value was read before its key"));
        };
        let value = self.message.slice(field.value, field.end);
        seed.deserialize(&mut ValueReader::new(value)).map_err(|mut error| {
            let key = text(self.message.slice(field.key, field.value)).unwrap_or_default();
            error.fault.path.insert_str(0, &format!(".{}", Excerpt::of_bytes(key)));
            error
        })
    }
}
