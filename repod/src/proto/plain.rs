//! [`PlainReader`]: reads a frame that is written as most peers write it: `action` first, then the fields of the variant in the
//! order in which they are declared, and nothing else. It has no words for what is wrong: whatever it does not take is read
//! again, the long way, through [`Message`](super::Message).

use serde::de::DeserializeOwned;

use super::limits::{Limits, NonFinite};
use super::scan::Scan;
use super::value::ValueReader;
use crate::action::Action;

/// Reads a frame in one pass, as long as everything in it is where it is expected. What it reads is checked as the scan checks it.
#[derive(Debug)]
pub struct PlainReader<'a> {
    scan: Scan<'a>,
}

impl<'a> PlainReader<'a> {
    /// Reads a whole frame; `None` if it is not plain, or not right.
    #[inline]
    pub(super) fn read<A: Action>(frame: &'a [u8], limits: &'a Limits) -> Option<A> {
        let mut reader = Self { scan: Scan::new(frame, limits) };
        A::decode_plain(&mut reader).filter(|_| reader.is_done())
    }

    /// The number of keys, and the name of the action; both must be short, and the action must come first.
    #[inline]
    pub fn action(&mut self) -> Option<(u8, &'a [u8])> {
        let (marker @ 0x81..=0x8f, rest) = self.scan.rest.split_first()? else { return None };
        let keys = marker & 0x0f;
        let limits = self.scan.limits;
        if usize::from(keys) > limits.max_map_keys || limits.max_depth == 0 {
            return None;
        }
        let (marker @ 0xa0..=0xbf, rest) = rest.strip_prefix(b"\xa6action")?.split_first()? else { return None };
        let (name, rest) = rest.split_at_checked(usize::from(marker & 0x1f))?;
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
        let value = self.scan.take_value()?;
        // A type of the user's own may rely on it that it sees no such number.
        if self.scan.non_finite && self.scan.limits.non_finite == NonFinite::Refused {
            return None;
        }
        ValueReader::new(value).read().ok()
    }

    /// Whether the frame ends here.
    #[inline]
    fn is_done(&self) -> bool {
        self.scan.rest.is_empty()
    }
}
