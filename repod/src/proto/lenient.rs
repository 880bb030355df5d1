//! Lenient integers: whole floats rewritten as the integers that the sender meant.
//! It works on bytes, so that one rule serves every type that serde can read, however deep.

use std::borrow::Cow;

use super::value::{Token, ValueReader};

/// The same value with every whole float that fits 64 bits written as an integer. A float field still reads it: an integer is
/// taken where a float is expected.
pub(crate) fn whole_floats_to_integers(value: &[u8]) -> Cow<'_, [u8]> {
    let mut reader = ValueReader::new(value);
    let mut written = Vec::new();
    let mut copied = 0_usize;
    loop {
        let start = value.len().saturating_sub(reader.left());
        let float = match reader.token() {
            Ok(Token::F64(float)) => float,
            Ok(Token::F32(float)) => f64::from(float),
            Ok(_) => continue,
            // The end of the value.
            Err(_) => break,
        };
        let Some(integer) = integer(float) else {
            continue;
        };
        written.extend_from_slice(value.get(copied..start).unwrap_or_default());
        written.extend_from_slice(&integer);
        copied = value.len().saturating_sub(reader.left());
    }
    if copied == 0 {
        return Cow::Borrowed(value);
    }
    written.extend_from_slice(value.get(copied..).unwrap_or_default());
    Cow::Owned(written)
}

/// The float as a MessagePack integer of nine bytes, if it is whole and fits.
fn integer(float: f64) -> Option<[u8; 9]> {
    let (marker, bits) = if float.fract() != 0.0 {
        return None;
    } else if (0.0..TWO_TO_64).contains(&float) {
        (0xcf, float as u64)
    } else if (-TWO_TO_63..0.0).contains(&float) {
        (0xd3, float as i64 as u64)
    } else {
        return None;
    };
    let mut bytes = [marker; 9];
    if let Some(number) = bytes.last_chunk_mut::<8>() {
        *number = bits.to_be_bytes();
    }
    Some(bytes)
}

const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;
const TWO_TO_64: f64 = 18_446_744_073_709_551_616.0;
