//! The scan against a slow reference that says the same in another way, and against every limit.

use proptest::prelude::*;
use repod::proto::{Limits, Malformed, NonFinite, Scanned, scan};

/// What the scan must find, told without its speed: by recursion, and without any of its code.
#[derive(Debug, Default)]
struct Reference {
    nodes: usize,
    depth: usize,
    non_finite: bool,
}

impl Reference {
    /// The value at the start of `bytes`, and what is behind it. `None` if it is not valid.
    fn value<'a>(&mut self, bytes: &'a [u8], depth: usize) -> Option<&'a [u8]> {
        let marker = *bytes.first()?;
        let number = |width: usize| -> Option<usize> {
            Some(
                bytes
                    .get(1..=width)?
                    .iter()
                    .fold(0, |sum, byte| sum * 256 + *byte as usize),
            )
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

fn limits() -> Limits {
    Limits::server().max_depth(6).max_nodes(60).max_map_keys(5)
}

/// Values that are mostly valid, with all markers, nested, and sometimes damaged.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let leaf = prop_oneof![
        any::<u8>().prop_map(|byte| vec![byte & 0x7f]),
        any::<f64>().prop_map(|float| [&[0xcb][..], &float.to_be_bytes()].concat()),
        any::<f32>().prop_map(|float| [&[0xca][..], &float.to_be_bytes()].concat()),
        "[a-z]{0,10}".prop_map(|text| [&[0xa0 | text.len() as u8][..], text.as_bytes()].concat()),
        prop_oneof![Just(0xc4_u8), Just(0xd9)].prop_map(|marker| vec![marker, 2, 7, 7]),
        Just(b"\xa6action".to_vec()),
        Just(b"\xd9\x06action".to_vec()),
        Just(vec![0xc7, 1, 5, 9]),
        Just(vec![0xd4, 5, 9]),
        Just(vec![0xc0]),
    ];
    let value = leaf.prop_recursive(8, 40, 6, |inner| {
        (prop::collection::vec(inner, 0..8), 0..5_u8).prop_map(|(elements, form)| {
            let count = elements.len() as u8;
            let pairs = count / 2;
            let body = |many: u8| elements[..many as usize].concat();
            match form {
                0 => [vec![0x90 | count], body(count)].concat(),
                1 => [vec![0xdc, 0, count], body(count)].concat(),
                2 => [vec![0xdd, 0, 0, 0, count], body(count)].concat(),
                3 => [vec![0xde, 0, pairs], body(pairs * 2)].concat(),
                _ => [vec![0x80 | pairs], body(pairs * 2)].concat(),
            }
        })
    });
    let damage = prop_oneof![
        6 => Just(None),
        1 => (any::<prop::sample::Index>(), any::<u8>()).prop_map(Some),
    ];
    (value, damage, prop::collection::vec(any::<u8>(), 0..2)).prop_map(
        |(mut value, damage, behind)| {
            if let Some((at, byte)) = damage {
                let at = at.index(value.len());
                value[at] = byte;
            }
            if behind.len() == 1 {
                value.extend(behind);
            }
            value
        },
    )
}

fn agrees(frame: &[u8]) {
    let limits = limits();
    let mut table = Vec::new();
    let found = scan(frame, &limits, &mut table);
    let mut reference = Reference::default();
    let rest = reference.value(frame, 0);
    let is_map = frame
        .first()
        .is_some_and(|marker| matches!(marker, 0x80..=0x8f | 0xde | 0xdf));
    match found {
        Ok(scanned) => {
            assert_eq!(
                rest,
                Some(&[][..]),
                "{frame:?} has a fault that the scan did not see"
            );
            assert!(
                reference.depth <= limits.max_depth && reference.nodes <= limits.max_nodes,
                "{frame:?}"
            );
            match scanned {
                Scanned::Map { non_finite, .. } => {
                    assert!(is_map);
                    assert_eq!(non_finite, reference.non_finite, "{frame:?}");
                }
                Scanned::Other(_) => assert!(!is_map, "{frame:?}"),
            }
        }
        Err(Malformed::Depth { .. }) => assert!(
            rest.is_none() || reference.depth > limits.max_depth,
            "{frame:?}"
        ),
        Err(Malformed::Nodes { .. }) => assert!(
            rest.is_none() || reference.nodes > limits.max_nodes,
            "{frame:?}"
        ),
        Err(Malformed::Keys { keys, .. }) => assert!(is_map && keys > 5, "{frame:?}"),
        Err(Malformed::DuplicateAction) => assert!(is_map, "{frame:?}"),
        Err(Malformed::Trailing { extra }) => {
            assert_eq!(rest.map(<[u8]>::len), Some(extra), "{frame:?}")
        }
        Err(_) => assert_eq!(rest, None, "{frame:?} was refused though it is valid"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn the_scan_agrees_with_a_slow_reference_on_values(frame in bytes()) {
        agrees(&frame);
    }

    #[test]
    fn the_scan_agrees_with_a_slow_reference_on_random_bytes(frame in prop::collection::vec(any::<u8>(), 0..40)) {
        agrees(&frame);
    }
}

fn fault(frame: &[u8]) -> Option<Malformed> {
    scan(frame, &Limits::server(), &mut Vec::new()).err()
}

#[test]
fn nesting_is_allowed_up_to_the_limit_and_no_further() {
    let nested = |arrays: usize| {
        [
            &b"\x82\xa6action\xa4ping\xa1x"[..],
            &vec![0x91; arrays],
            b"\xc0",
        ]
        .concat()
    };
    for arrays in [0, 1, 30, 31] {
        assert_eq!(fault(&nested(arrays)), None, "{arrays}");
    }
    for arrays in [32, 33, 600, 1024, 1_000_000] {
        assert_eq!(
            fault(&nested(arrays)),
            Some(Malformed::Depth { max: 32 }),
            "{arrays}"
        );
    }
}

#[test]
fn a_claim_beyond_the_frame_is_refused() {
    for marker in [0xdd, 0xdf, 0xc6, 0xdb, 0xc9] {
        let frame = [
            &b"\x82\xa6action\xa4ping\xa1x"[..],
            &[marker, 0xff, 0xff, 0xff, 0xff],
        ]
        .concat();
        assert!(
            matches!(fault(&frame), Some(Malformed::Length { .. })),
            "{marker:x}"
        );
    }
    assert!(matches!(
        fault(b"\xdf\xff\xff\xff\xff"),
        Some(Malformed::Keys { .. })
    ));
}

#[test]
fn more_values_than_the_limit_are_refused() {
    let frame = |count: u16| {
        let header = count.to_be_bytes();
        [
            &b"\x82\xa6action\xa4ping\xa1x\xdc"[..],
            &header,
            &vec![0xc0; usize::from(count)],
        ]
        .concat()
    };
    assert_eq!(fault(&frame(16_380)), None);
    assert_eq!(
        fault(&frame(16_381)),
        Some(Malformed::Nodes { max: 16_384 })
    );
}

#[test]
fn the_action_may_not_stand_twice_however_it_is_written() {
    let frames: [&[u8]; 3] = [
        b"\x82\xa6action\xa4ping\xa6action\xa4kick",
        b"\x82\xa6action\xa4ping\xd9\x06action\xa4kick",
        b"\x82\xdb\0\0\0\x06action\xa4ping\xda\0\x06action\xa4kick",
    ];
    for frame in frames {
        assert_eq!(fault(frame), Some(Malformed::DuplicateAction));
    }
    // As bytes, or deeper in the message, it is another key.
    assert_eq!(fault(b"\x82\xa6action\xa4ping\xc4\x06action\xa4kick"), None);
    assert_eq!(
        fault(b"\x82\xa6action\xa4ping\xa1x\x81\xa6action\xa4kick"),
        None
    );
}

#[test]
fn bytes_behind_the_message_are_refused() {
    assert_eq!(
        fault(b"\x81\xa6action\xa4ping\xc1\xff\0"),
        Some(Malformed::Trailing { extra: 3 })
    );
    assert_eq!(fault(b"\x80\x80"), Some(Malformed::Trailing { extra: 1 }));
    assert_eq!(fault(b"\xc0\xc0"), Some(Malformed::Trailing { extra: 1 }));
    assert_eq!(fault(b""), Some(Malformed::Empty));
    assert_eq!(
        fault(b"\x81\xc1\xc0"),
        Some(Malformed::Reserved { offset: 1 })
    );
}

#[test]
fn infinities_can_be_allowed() {
    let frame = b"\x81\xa1x\xca\x7f\x80\x00\x00";
    let non_finite = |limits: &Limits| match scan(frame, limits, &mut Vec::new()) {
        Ok(Scanned::Map { non_finite, .. }) => non_finite,
        other => panic!("{other:?}"),
    };
    assert!(non_finite(&Limits::server()));
    assert!(!non_finite(
        &Limits::server().non_finite(NonFinite::Allowed)
    ));
}
