//! [`Reference`]: a slow scan that says the same as the library's in another way. The tests and the fuzz targets both use it.
//! It tests nothing by itself.

use repod::proto::{Limits, Malformed, Scanned, scan};

/// What the scan must find, told without its speed: by recursion, and without any of its code.
#[derive(Debug, Default)]
pub struct Reference {
    nodes: usize,
    depth: usize,
    non_finite: bool,
}

impl Reference {
    /// The value at the start of `bytes`, and what is behind it. `None` if it is not valid.
    pub fn value<'a>(&mut self, bytes: &'a [u8], depth: usize) -> Option<&'a [u8]> {
        let marker = *bytes.first()?;
        let number = |width: usize| -> Option<usize> {
            Some(bytes.get(1..=width)?.iter().fold(0, |sum, byte| sum * 256 + *byte as usize))
        };
        let (fixed, elements) = match marker {
            0x00..=0x7f | 0xe0..=0xff | 0xc0 | 0xc2 | 0xc3 => (1, 0),
            0x80..=0x8f => (1, 2 * (marker as usize - 0x80)),
            0x90..=0x9f => (1, marker as usize - 0x90),
            0xa0..=0xbf => (1 + marker as usize - 0xa0, 0),
            0xc1 => return None,
            0xc4 | 0xd9 => (2 + number(1)?, 0),
            0xc5 | 0xda => (3 + number(2)?, 0),
            0xc6 | 0xdb => (5 + number(4)?, 0),
            0xc7 => (3 + number(1)?, 0),
            0xc8 => (4 + number(2)?, 0),
            0xc9 => (6 + number(4)?, 0),
            0xca => (5, 0),
            0xcb => (9, 0),
            0xcc | 0xd0 => (2, 0),
            0xcd | 0xd1 => (3, 0),
            0xce | 0xd2 => (5, 0),
            0xcf | 0xd3 => (9, 0),
            0xd4 => (3, 0),
            0xd5 => (4, 0),
            0xd6 => (6, 0),
            0xd7 => (10, 0),
            0xd8 => (18, 0),
            0xdc => (3, number(2)?),
            0xdd => (5, number(4)?),
            0xde => (3, 2 * number(2)?),
            0xdf => (5, 2 * number(4)?),
        };
        let mut rest = bytes.get(fixed..)?;
        if marker == 0xca {
            self.non_finite |= !f32::from_be_bytes(bytes[1..5].try_into().unwrap()).is_finite();
        }
        if marker == 0xcb {
            self.non_finite |= !f64::from_be_bytes(bytes[1..9].try_into().unwrap()).is_finite();
        }
        let is_container = matches!(marker, 0x80..=0x9f | 0xdc..=0xdf);
        if is_container {
            self.depth = self.depth.max(depth + 1);
        }
        if elements > rest.len() {
            return None;
        }
        for _ in 0..elements {
            self.nodes += 1;
            rest = self.value(rest, depth + 1)?;
        }
        Some(rest)
    }
}

/// Scans a frame both ways.
///
/// # Panics
///
/// If they disagree.
pub fn agrees(frame: &[u8], limits: &Limits) {
    let mut table = Vec::new();
    let found = scan(frame, limits, &mut table);
    let mut reference = Reference::default();
    let rest = reference.value(frame, 0);
    let is_map = frame.first().is_some_and(|marker| matches!(marker, 0x80..=0x8f | 0xde | 0xdf));
    match found {
        Ok(scanned) => {
            assert_eq!(rest, Some(&[][..]), "{frame:?} has a fault that the scan did not see");
            assert!(reference.depth <= limits.max_depth && reference.nodes <= limits.max_nodes, "{frame:?}");
            match scanned {
                Scanned::Map { non_finite, .. } => {
                    assert!(is_map);
                    assert_eq!(non_finite, reference.non_finite, "{frame:?}");
                }
                Scanned::Other(_) => assert!(!is_map, "{frame:?}"),
            }
        }
        Err(Malformed::Depth { .. }) => assert!(rest.is_none() || reference.depth > limits.max_depth, "{frame:?}"),
        Err(Malformed::Nodes { .. }) => assert!(rest.is_none() || reference.nodes > limits.max_nodes, "{frame:?}"),
        Err(Malformed::Keys { keys, .. }) => {
            assert!(is_map && keys > limits.max_map_keys as u64, "{frame:?}")
        }
        Err(Malformed::DuplicateAction) => assert!(is_map, "{frame:?}"),
        Err(Malformed::Trailing { extra }) => {
            assert_eq!(rest.map(<[u8]>::len), Some(extra), "{frame:?}")
        }
        Err(_) => assert_eq!(rest, None, "{frame:?} was refused though it is valid"),
    }
}
