//! [`ValueWriter`]: a serde serializer for one value. Numbers, truth values and short texts, which is most of what games send, it writes
//! by itself, in a single piece each; everything else it gives to rmp-serde. The bytes are the same either way.

use rmp_serde::encode::Error;
use serde::ser::{Serialize, Serializer};

use super::FieldSerializer;

/// Writes one value.
pub(super) struct ValueWriter<'a, 'b> {
    rest: &'a mut FieldSerializer<'b>,
}

impl<'a, 'b> ValueWriter<'a, 'b> {
    pub(super) fn new(rest: &'a mut FieldSerializer<'b>) -> Self {
        Self { rest }
    }

    #[inline]
    fn put(self, bytes: &[u8]) -> Result<(), Error> {
        self.rest.get_mut().extend_from_slice(bytes);
        Ok(())
    }

    /// In the shortest form.
    #[inline]
    fn put_unsigned(self, value: u64) -> Result<(), Error> {
        match value {
            0..=0x7f => self.put(&[value as u8]),
            0x80..=0xff => self.put(&[0xcc, value as u8]),
            0x100..=0xffff => {
                let [a, b] = (value as u16).to_be_bytes();
                self.put(&[0xcd, a, b])
            }
            0x1_0000..=0xffff_ffff => {
                let [a, b, c, d] = (value as u32).to_be_bytes();
                self.put(&[0xce, a, b, c, d])
            }
            _ => {
                let [a, b, c, d, e, f, g, h] = value.to_be_bytes();
                self.put(&[0xcf, a, b, c, d, e, f, g, h])
            }
        }
    }

    /// In the shortest form, which is an unsigned one for what is not negative.
    #[inline]
    fn put_signed(self, value: i64) -> Result<(), Error> {
        match value {
            0.. => self.put_unsigned(value as u64),
            -0x20..=-1 => self.put(&[value as u8]),
            -0x80..=-0x21 => self.put(&[0xd0, value as u8]),
            -0x8000..=-0x81 => {
                let [a, b] = (value as i16).to_be_bytes();
                self.put(&[0xd1, a, b])
            }
            -0x8000_0000..=-0x8001 => {
                let [a, b, c, d] = (value as i32).to_be_bytes();
                self.put(&[0xd2, a, b, c, d])
            }
            _ => {
                let [a, b, c, d, e, f, g, h] = value.to_be_bytes();
                self.put(&[0xd3, a, b, c, d, e, f, g, h])
            }
        }
    }
}

/// The types and methods that are rmp-serde's own.
type Rest<'a, 'b> = &'a mut FieldSerializer<'b>;

impl<'a, 'b> Serializer for ValueWriter<'a, 'b> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = <Rest<'a, 'b> as Serializer>::SerializeSeq;
    type SerializeTuple = <Rest<'a, 'b> as Serializer>::SerializeTuple;
    type SerializeTupleStruct = <Rest<'a, 'b> as Serializer>::SerializeTupleStruct;
    type SerializeTupleVariant = <Rest<'a, 'b> as Serializer>::SerializeTupleVariant;
    type SerializeMap = <Rest<'a, 'b> as Serializer>::SerializeMap;
    type SerializeStruct = <Rest<'a, 'b> as Serializer>::SerializeStruct;
    type SerializeStructVariant = <Rest<'a, 'b> as Serializer>::SerializeStructVariant;

    #[inline]
    fn serialize_bool(self, value: bool) -> Result<(), Error> {
        self.put(&[0xc2 | u8::from(value)])
    }

    #[inline]
    fn serialize_i8(self, value: i8) -> Result<(), Error> {
        self.put_signed(value.into())
    }

    #[inline]
    fn serialize_i16(self, value: i16) -> Result<(), Error> {
        self.put_signed(value.into())
    }

    #[inline]
    fn serialize_i32(self, value: i32) -> Result<(), Error> {
        self.put_signed(value.into())
    }

    #[inline]
    fn serialize_i64(self, value: i64) -> Result<(), Error> {
        self.put_signed(value)
    }

    #[inline]
    fn serialize_u8(self, value: u8) -> Result<(), Error> {
        self.put_unsigned(value.into())
    }

    #[inline]
    fn serialize_u16(self, value: u16) -> Result<(), Error> {
        self.put_unsigned(value.into())
    }

    #[inline]
    fn serialize_u32(self, value: u32) -> Result<(), Error> {
        self.put_unsigned(value.into())
    }

    #[inline]
    fn serialize_u64(self, value: u64) -> Result<(), Error> {
        self.put_unsigned(value)
    }

    #[inline]
    fn serialize_f32(self, value: f32) -> Result<(), Error> {
        let [a, b, c, d] = value.to_be_bytes();
        self.put(&[0xca, a, b, c, d])
    }

    #[inline]
    fn serialize_f64(self, value: f64) -> Result<(), Error> {
        let [a, b, c, d, e, f, g, h] = value.to_be_bytes();
        self.put(&[0xcb, a, b, c, d, e, f, g, h])
    }

    #[inline]
    fn serialize_str(self, value: &str) -> Result<(), Error> {
        match value.len() {
            len @ 0..=0x1f => {
                let out = self.rest.get_mut();
                out.push(0xa0 | len as u8);
                out.extend_from_slice(value.as_bytes());
                Ok(())
            }
            _ => self.rest.serialize_str(value),
        }
    }

    fn serialize_i128(self, value: i128) -> Result<(), Error> {
        self.rest.serialize_i128(value)
    }

    fn serialize_u128(self, value: u128) -> Result<(), Error> {
        self.rest.serialize_u128(value)
    }

    fn serialize_char(self, value: char) -> Result<(), Error> {
        self.rest.serialize_char(value)
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Error> {
        self.rest.serialize_bytes(value)
    }

    fn serialize_none(self) -> Result<(), Error> {
        self.rest.serialize_none()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Error> {
        self.rest.serialize_unit()
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<(), Error> {
        self.rest.serialize_unit_struct(name)
    }

    fn serialize_unit_variant(self, name: &'static str, index: u32, variant: &'static str) -> Result<(), Error> {
        self.rest.serialize_unit_variant(name, index, variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<(), Error> {
        self.rest.serialize_newtype_struct(name, value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.rest.serialize_newtype_variant(name, index, variant, value)
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Self::SerializeSeq, Error> {
        self.rest.serialize_seq(len)
    }

    fn serialize_tuple(self, len: usize) -> Result<Self::SerializeTuple, Error> {
        self.rest.serialize_tuple(len)
    }

    fn serialize_tuple_struct(self, name: &'static str, len: usize) -> Result<Self::SerializeTupleStruct, Error> {
        self.rest.serialize_tuple_struct(name, len)
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleVariant, Error> {
        self.rest.serialize_tuple_variant(name, index, variant, len)
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Self::SerializeMap, Error> {
        self.rest.serialize_map(len)
    }

    fn serialize_struct(self, name: &'static str, len: usize) -> Result<Self::SerializeStruct, Error> {
        self.rest.serialize_struct(name, len)
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStructVariant, Error> {
        self.rest.serialize_struct_variant(name, index, variant, len)
    }

    fn is_human_readable(&self) -> bool {
        self.rest.is_human_readable()
    }
}
