//! The values that most messages are made of, taken from the start of some bytes if that is what stands there. They are short enough to
//! become part of each caller; what they do not take is left for [`token`](super::ValueReader::token).

/// The float that our own encoder writes for an `f64`.
#[inline]
pub(in crate::proto) fn float(rest: &mut &[u8]) -> Option<f64> {
    let (bytes, behind) = rest.strip_prefix(&[0xcb])?.split_first_chunk()?;
    *rest = behind;
    Some(f64::from_be_bytes(*bytes))
}

/// An integer that is not negative.
#[inline]
pub(in crate::proto) fn unsigned(rest: &mut &[u8]) -> Option<u64> {
    let (&marker, behind) = rest.split_first()?;
    if marker >= 0x80 {
        return wide_unsigned(rest);
    }
    *rest = behind;
    Some(u64::from(marker))
}

#[inline]
fn wide_unsigned(rest: &mut &[u8]) -> Option<u64> {
    let (marker, behind) = rest.split_first()?;
    let (value, behind) = match marker {
        0xcc => behind.split_first_chunk().map(|(bytes, behind)| (u64::from(u8::from_be_bytes(*bytes)), behind)),
        0xcd => behind.split_first_chunk().map(|(bytes, behind)| (u64::from(u16::from_be_bytes(*bytes)), behind)),
        0xce => behind.split_first_chunk().map(|(bytes, behind)| (u64::from(u32::from_be_bytes(*bytes)), behind)),
        0xcf => behind.split_first_chunk().map(|(bytes, behind)| (u64::from_be_bytes(*bytes), behind)),
        _ => None,
    }?;
    *rest = behind;
    Some(value)
}

/// A string of at most 31 bytes.
#[inline]
pub(in crate::proto) fn short_text<'de>(rest: &mut &'de [u8]) -> Option<&'de str> {
    let (marker @ 0xa0..=0xbf, behind) = rest.split_first()? else { return None };
    let (bytes, behind) = behind.split_at_checked(usize::from(marker & 0x1f))?;
    let text = std::str::from_utf8(bytes).ok()?;
    *rest = behind;
    Some(text)
}
