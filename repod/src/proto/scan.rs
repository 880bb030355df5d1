//! The scan: one pass over a frame that checks all that can be checked without knowing the message's type.
//! It does not decode values and does not recurse; what it accepts, a decoder can read without fear of depth, counts or ends.

use super::limits::{Limits, NonFinite};

/// Why a frame is not MessagePack that this side accepts; the connection is closed, because the peer is broken or hostile.
///
/// ```
/// use repod::proto::{DecodeError, Malformed};
/// # use repod::Action;
/// # #[derive(Action, Debug)]
/// # enum Chat { Say { text: String } }
/// // An array that claims four billion elements.
/// let payload = b"\x82\xa6action\xa3say\xa4text\xdd\xff\xff\xff\xff";
/// let error = repod::decode::<Chat>(payload).unwrap_err();
/// assert!(matches!(error, DecodeError::Malformed(Malformed::Length { .. })));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// The frame has no bytes.
    #[error("the frame is empty")]
    Empty,
    /// The byte `0xc1`, which MessagePack never uses.
    #[error("the reserved byte 0xc1 at offset {offset}")]
    Reserved {
        /// Where the byte is, counted from the start of the frame's map.
        offset: usize,
    },
    /// A string, a binary, an array or a map claims more than the frame holds.
    #[error("a value at offset {offset} claims {claimed} bytes or elements, {left} bytes are left")]
    Length {
        /// Where the value is, counted from the start of the frame's map.
        offset: usize,
        /// What the value claims, in bytes for strings and binaries, in elements for arrays and maps.
        claimed: u64,
        /// How many bytes the frame still has.
        left: usize,
    },
    /// Maps and arrays are nested too deep.
    #[error("nested deeper than the limit of {max} levels")]
    Depth {
        /// The limit.
        max: usize,
    },
    /// The frame holds too many values.
    #[error("more values than the limit of {max}")]
    Nodes {
        /// The limit.
        max: usize,
    },
    /// The frame's map has too many keys.
    #[error("{keys} keys exceed the limit of {max}")]
    Keys {
        /// How many keys the map claims.
        keys: u64,
        /// The limit.
        max: usize,
    },
    /// Bytes are left after the frame's value.
    #[error("{extra} bytes after the message")]
    Trailing {
        /// How many bytes are left.
        extra: usize,
    },
    /// The key `action` stands twice, so that two readers could act on different messages.
    #[error("the key `action` stands twice")]
    DuplicateAction,
}

/// Where a key of the frame's own map and its value stand, as offsets into the frame.
///
/// ```
/// use repod::proto::{Field, Limits, scan};
///
/// let mut table: Vec<Field> = Vec::new();
/// scan(b"\x82\xa6action\xa4move\xa1x\x07", &Limits::server(), &mut table)?;
/// assert_eq!(table.len(), 2); // one for each key
/// # Ok::<(), repod::proto::Malformed>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    pub(crate) key: u32,
    /// Where the key's text begins, which ends where the value begins; there is none if the key is not a string.
    pub(crate) name: u32,
    pub(crate) value: u32,
    pub(crate) end: u32,
}

/// What the scan found in a frame that is valid MessagePack.
///
/// ```
/// use repod::proto::{Limits, Scanned, scan};
///
/// let scanned = scan(b"\x93\x01\x02\x03", &Limits::server(), &mut Vec::new());
/// assert_eq!(scanned, Ok(Scanned::Other("an array")));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scanned {
    /// A map; its entries are in the table.
    Map {
        /// The index of the entry whose key is `action`, if there is one.
        action: Option<usize>,
        /// Whether NaN or an infinity stands anywhere in the frame and the limits refuse it.
        non_finite: bool,
    },
    /// Something else than a map, named for an error message.
    Other(&'static str),
}

/// Checks a whole frame in one pass and writes where the entries of its map are into `table`, which is cleared first.
///
/// ```
/// use repod::proto::{Limits, Scanned, scan};
///
/// let mut table = Vec::new();
/// let scanned = scan(b"\x81\xa6action\xa4ping", &Limits::server(), &mut table);
/// assert_eq!(scanned, Ok(Scanned::Map { action: Some(0), non_finite: false }));
/// ```
///
/// # Errors
///
/// [`Malformed`] if the frame is not MessagePack within the limits.
pub fn scan(frame: &[u8], limits: &Limits, table: &mut Vec<Field>) -> Result<Scanned, Malformed> {
    table.clear();
    let mut scan = Scan::new(frame, limits);
    let Some(&marker) = frame.first() else {
        return Err(Malformed::Empty);
    };
    if u32::try_from(frame.len()).is_err() {
        return Err(scan.short(frame.len() as u64));
    }
    let keys = match marker {
        0x80..=0x8f => {
            scan.skip(1)?;
            u64::from(marker & 0x0f)
        }
        0xde => scan.count::<2>()?,
        0xdf => scan.count::<4>()?,
        _ => {
            scan.value(0)?;
            scan.finish()?;
            return Ok(Scanned::Other(kind(marker)));
        }
    };
    if keys > limits.max_map_keys as u64 {
        return Err(Malformed::Keys { keys, max: limits.max_map_keys });
    }
    scan.claim(keys.saturating_mul(2))?;
    if limits.max_depth == 0 {
        return Err(Malformed::Depth { max: 0 });
    }
    table.reserve(keys as usize);
    let mut action = None;
    // The cursor and the flag are variables of this function, so that they stay in registers while nothing unusual comes.
    let mut rest = scan.rest;
    let mut non_finite = false;
    for index in 0..keys as usize {
        let key = scan.len.saturating_sub(rest.len());
        let (name, behind) = match short_text(rest) {
            Some(whole) => whole,
            None => (text(rest).unwrap_or_default(), scan.pass(rest)?),
        };
        rest = behind;
        let is_action = name == b"action";
        let value = scan.len.saturating_sub(rest.len());
        rest = match scalar(rest, &mut non_finite) {
            Some(behind) => behind,
            None => scan.pass(rest)?,
        };
        if is_action && action.replace(index).is_some() {
            return Err(Malformed::DuplicateAction);
        }
        table.push(Field {
            key: key as u32,
            name: value.saturating_sub(name.len()) as u32,
            value: value as u32,
            end: scan.len.saturating_sub(rest.len()) as u32,
        });
    }
    scan.rest = rest;
    scan.finish()?;
    non_finite |= scan.non_finite;
    Ok(Scanned::Map { action, non_finite: non_finite && limits.non_finite == NonFinite::Refused })
}

/// How many bytes a value has whose marker alone tells it; 0 for the other markers.
const fn width(marker: u8) -> u8 {
    match marker {
        0x00..=0x7f | 0xe0..=0xff | 0xc0 | 0xc2 | 0xc3 => 1,
        0xa0..=0xbf => (marker & 0x1f).wrapping_add(1),
        0xcc | 0xd0 => 2,
        0xcd | 0xd1 | 0xd4 => 3,
        0xd5 => 4,
        0xca | 0xce | 0xd2 => 5,
        0xd6 => 6,
        0xcb | 0xcf | 0xd3 => 9,
        0xd7 => 10,
        0xd8 => 18,
        _ => 0,
    }
}

/// [`width`] of every marker: a look into a table is faster than the comparisons.
#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "a fault here would not compile")]
const WIDTHS: [u8; 256] = {
    let mut widths = [0; 256];
    let mut marker = 0;
    while marker < 256 {
        widths[marker] = width(marker as u8);
        marker += 1;
    }
    widths
};

/// What is behind the value at the start of `rest`, if its marker tells how long it is and it is whole.
#[inline]
fn scalar<'a>(rest: &'a [u8], non_finite: &mut bool) -> Option<&'a [u8]> {
    let marker = *rest.first()?;
    let behind = match WIDTHS.get(usize::from(marker))? {
        0 => return None,
        width => rest.get(usize::from(*width)..)?,
    };
    // All bits of the exponent are set in NaN and in the infinities.
    if let [0xca | 0xcb, high, low, ..] = *rest {
        let mask = if marker == 0xca { 0x80 } else { 0xf0 };
        *non_finite |= high & 0x7f == 0x7f && low & mask == mask;
    }
    Some(behind)
}

/// The bytes of a string of at most 31 bytes that stands at the start of `value`, and what is behind it.
#[inline]
fn short_text(value: &[u8]) -> Option<(&[u8], &[u8])> {
    match value.split_first()? {
        (marker @ 0xa0..=0xbf, rest) => rest.split_at_checked(usize::from(marker & 0x1f)),
        _ => None,
    }
}

/// The bytes of the string that stands at the start of `value`, whatever the width of its length; its UTF-8 is not checked.
#[inline]
pub(crate) fn text(value: &[u8]) -> Option<&[u8]> {
    let (&marker, rest) = value.split_first()?;
    let (len, rest) = match marker {
        0xa0..=0xbf => (usize::from(marker & 0x1f), rest),
        0xd9 => rest.split_first().map(|(len, rest)| (usize::from(*len), rest))?,
        0xda => rest.split_first_chunk::<2>().map(|(len, rest)| (usize::from(u16::from_be_bytes(*len)), rest))?,
        0xdb => rest.split_first_chunk::<4>().map(|(len, rest)| (u32::from_be_bytes(*len) as usize, rest))?,
        _ => return None,
    };
    rest.get(..len)
}

/// What a value that begins with `marker` is called in an error message.
pub(crate) fn kind(marker: u8) -> &'static str {
    match marker {
        0x00..=0x7f | 0xcc..=0xd3 | 0xe0..=0xff => "an integer",
        0x80..=0x8f | 0xde | 0xdf => "a map",
        0x90..=0x9f | 0xdc | 0xdd => "an array",
        0xa0..=0xbf | 0xd9..=0xdb => "a string",
        0xc0 => "nil",
        0xc1 => "the reserved byte 0xc1",
        0xc2 | 0xc3 => "a boolean",
        0xc4..=0xc6 => "bytes",
        0xc7..=0xc9 | 0xd4..=0xd8 => "an extension type",
        0xca | 0xcb => "a float",
    }
}

#[derive(Debug)]
pub(super) struct Scan<'a> {
    pub(super) rest: &'a [u8],
    len: usize,
    pub(super) nodes: usize,
    pub(super) limits: &'a Limits,
    pub(super) non_finite: bool,
}

/// What stands at the cursor: either it has been passed, or its elements come next.
enum Step {
    Passed,
    Elements(u64),
}

impl<'a> Scan<'a> {
    pub(super) fn new(frame: &'a [u8], limits: &'a Limits) -> Self {
        Self { rest: frame, len: frame.len(), nodes: limits.max_nodes, limits, non_finite: false }
    }

    /// Passes a value of the frame's own map, and returns its bytes; `None` if it is malformed.
    #[inline]
    pub(super) fn take_value(&mut self) -> Option<&'a [u8]> {
        let before = self.rest;
        match scalar(before, &mut self.non_finite) {
            Some(behind) => self.rest = behind,
            None => {
                self.pass(before).ok()?;
            }
        }
        before.get(..before.len().saturating_sub(self.rest.len()))
    }

    fn offset(&self) -> usize {
        self.len.saturating_sub(self.rest.len())
    }

    /// Passes one value and all that it holds; `depth` counts the containers around it.
    #[inline]
    fn value(&mut self, depth: usize) -> Result<(), Malformed> {
        match self.step()? {
            Step::Passed => Ok(()),
            Step::Elements(count) => self.container(count, depth),
        }
    }

    /// Passes the elements of a container and of the containers within, with a stack of its own.
    #[inline(never)]
    fn container(&mut self, count: u64, around: usize) -> Result<(), Malformed> {
        let mut open = [0_u64; Limits::DEPTH_CEILING];
        let mut level = 0_usize;
        let mut left = count;
        loop {
            if around.saturating_add(level) >= self.limits.max_depth {
                return Err(Malformed::Depth { max: self.limits.max_depth });
            }
            self.claim(left)?;
            loop {
                while left == 0 {
                    if level == 0 {
                        return Ok(());
                    }
                    level = level.saturating_sub(1);
                    left = open.get(level).copied().unwrap_or(0);
                }
                left = left.saturating_sub(1);
                if let Step::Elements(count) = self.step()? {
                    let Some(slot) = open.get_mut(level) else {
                        return Err(Malformed::Depth { max: self.limits.max_depth });
                    };
                    *slot = left;
                    level = level.saturating_add(1);
                    left = count;
                    break;
                }
            }
        }
    }

    /// Passes the value at `rest`, which the cursor has not come to, and says what is behind it.
    #[inline(never)]
    fn pass(&mut self, rest: &'a [u8]) -> Result<&'a [u8], Malformed> {
        self.rest = rest;
        self.value(1)?;
        Ok(self.rest)
    }

    /// Passes a scalar, or the header of a container.
    #[inline]
    fn step(&mut self) -> Result<Step, Malformed> {
        match scalar(self.rest, &mut self.non_finite) {
            Some(rest) => {
                self.rest = rest;
                Ok(Step::Passed)
            }
            None => self.sized_step(),
        }
    }

    /// Passes what [`scalar`] does not: what has a length or a count, or is not whole.
    fn sized_step(&mut self) -> Result<Step, Malformed> {
        let Some(&marker) = self.rest.first() else {
            return Err(self.short(1));
        };
        match marker {
            0xc4 | 0xd9 => self.sized::<1>(0)?,
            0xc5 | 0xda => self.sized::<2>(0)?,
            0xc6 | 0xdb => self.sized::<4>(0)?,
            0xc7 => self.sized::<1>(1)?,
            0xc8 => self.sized::<2>(1)?,
            0xc9 => self.sized::<4>(1)?,
            0x90..=0x9f => {
                self.skip(1)?;
                return Ok(Step::Elements(u64::from(marker & 0x0f)));
            }
            0x80..=0x8f => {
                self.skip(1)?;
                return Ok(Step::Elements(u64::from(marker & 0x0f).saturating_mul(2)));
            }
            0xdc => return Ok(Step::Elements(self.count::<2>()?)),
            0xdd => return Ok(Step::Elements(self.count::<4>()?)),
            0xde => return Ok(Step::Elements(self.count::<2>()?.saturating_mul(2))),
            0xdf => return Ok(Step::Elements(self.count::<4>()?.saturating_mul(2))),
            0xc1 => {
                return Err(Malformed::Reserved { offset: self.offset() });
            }
            // A string and a float claim what is behind the marker.
            0xa0..=0xbf | 0xca | 0xcb => {
                return Err(self.short(u64::from(width(marker)).saturating_sub(1)));
            }
            _ => return Err(self.short(u64::from(width(marker)))),
        }
        Ok(Step::Passed)
    }

    /// Takes note of `count` values to come: each needs a byte, and all of them together are bounded.
    #[inline]
    fn claim(&mut self, count: u64) -> Result<(), Malformed> {
        if count > self.rest.len() as u64 {
            return Err(self.short(count));
        }
        match self.nodes.checked_sub(count as usize) {
            Some(left) => self.nodes = left,
            None => {
                return Err(Malformed::Nodes { max: self.limits.max_nodes });
            }
        }
        Ok(())
    }

    #[inline]
    fn skip(&mut self, bytes: usize) -> Result<(), Malformed> {
        match self.rest.get(bytes..) {
            Some(rest) => {
                self.rest = rest;
                Ok(())
            }
            None => Err(self.short(bytes as u64)),
        }
    }

    /// Passes a header of `header` bytes and the `len` bytes that it claims.
    #[inline]
    fn skip_checked(&mut self, len: u64, header: usize) -> Result<(), Malformed> {
        match usize::try_from(len).ok().and_then(|len| self.rest.get(len.checked_add(header)?..)) {
            Some(rest) => {
                self.rest = rest;
                Ok(())
            }
            None => Err(Malformed::Length {
                offset: self.offset(),
                claimed: len,
                left: self.rest.len().saturating_sub(header),
            }),
        }
    }

    /// The big-endian number of `N` bytes behind the marker; the cursor stays.
    fn number<const N: usize>(&self) -> Result<u64, Malformed> {
        match self.rest.get(1..).and_then(|rest| rest.first_chunk::<N>()) {
            Some(bytes) => Ok(bytes.iter().fold(0, |sum, byte| (sum << 8) | u64::from(*byte))),
            None => Err(self.short(N as u64)),
        }
    }

    /// Passes a value whose length is given in `N` bytes behind the marker, with `extra` bytes between.
    fn sized<const N: usize>(&mut self, extra: usize) -> Result<(), Malformed> {
        let len = self.number::<N>()?;
        self.skip_checked(len, N.saturating_add(extra).saturating_add(1))
    }

    /// Passes a container's header whose count is given in `N` bytes behind the marker.
    fn count<const N: usize>(&mut self) -> Result<u64, Malformed> {
        let count = self.number::<N>()?;
        self.skip(N.saturating_add(1))?;
        Ok(count)
    }

    fn finish(&self) -> Result<(), Malformed> {
        match self.rest.len() {
            0 => Ok(()),
            extra => Err(Malformed::Trailing { extra }),
        }
    }

    #[cold]
    fn short(&self, claimed: u64) -> Malformed {
        Malformed::Length { offset: self.offset(), claimed, left: self.rest.len() }
    }
}
