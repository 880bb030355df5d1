//! The scan against a slow reference that says the same in another way, and against every limit.

use proptest::prelude::*;
use repod::proto::{Limits, Malformed, NonFinite, Scanned, scan};
use tests::reference::agrees;

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
    (value, damage, prop::collection::vec(any::<u8>(), 0..2)).prop_map(|(mut value, damage, behind)| {
        if let Some((at, byte)) = damage {
            let at = at.index(value.len());
            value[at] = byte;
        }
        if behind.len() == 1 {
            value.extend(behind);
        }
        value
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn the_scan_agrees_with_a_slow_reference_on_values(frame in bytes()) {
        agrees(&frame, &limits());
    }

    #[test]
    fn the_scan_agrees_with_a_slow_reference_on_random_bytes(frame in prop::collection::vec(any::<u8>(), 0..40)) {
        agrees(&frame, &limits());
    }
}

fn fault(frame: &[u8]) -> Option<Malformed> {
    scan(frame, &Limits::server(), &mut Vec::new()).err()
}

#[test]
fn nesting_is_allowed_up_to_the_limit_and_no_further() {
    let nested = |arrays: usize| [&b"\x82\xa6action\xa4ping\xa1x"[..], &vec![0x91; arrays], b"\xc0"].concat();
    for arrays in [0, 1, 30, 31] {
        assert_eq!(fault(&nested(arrays)), None, "{arrays}");
    }
    for arrays in [32, 33, 600, 1024, 1_000_000] {
        assert_eq!(fault(&nested(arrays)), Some(Malformed::Depth { max: 32 }), "{arrays}");
    }
}

#[test]
fn a_claim_beyond_the_frame_is_refused() {
    for marker in [0xdd, 0xdf, 0xc6, 0xdb, 0xc9] {
        let frame = [&b"\x82\xa6action\xa4ping\xa1x"[..], &[marker, 0xff, 0xff, 0xff, 0xff]].concat();
        assert!(matches!(fault(&frame), Some(Malformed::Length { .. })), "{marker:x}");
    }
    assert!(matches!(fault(b"\xdf\xff\xff\xff\xff"), Some(Malformed::Keys { .. })));
}

#[test]
fn more_values_than_the_limit_are_refused() {
    let frame = |count: u16| {
        let header = count.to_be_bytes();
        [&b"\x82\xa6action\xa4ping\xa1x\xdc"[..], &header, &vec![0xc0; usize::from(count)]].concat()
    };
    assert_eq!(fault(&frame(16_380)), None);
    assert_eq!(fault(&frame(16_381)), Some(Malformed::Nodes { max: 16_384 }));
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
    assert_eq!(fault(b"\x82\xa6action\xa4ping\xa1x\x81\xa6action\xa4kick"), None);
}

#[test]
fn bytes_behind_the_message_are_refused() {
    assert_eq!(fault(b"\x81\xa6action\xa4ping\xc1\xff\0"), Some(Malformed::Trailing { extra: 3 }));
    assert_eq!(fault(b"\x80\x80"), Some(Malformed::Trailing { extra: 1 }));
    assert_eq!(fault(b"\xc0\xc0"), Some(Malformed::Trailing { extra: 1 }));
    assert_eq!(fault(b""), Some(Malformed::Empty));
    assert_eq!(fault(b"\x81\xc1\xc0"), Some(Malformed::Reserved { offset: 1 }));
}

#[test]
fn infinities_can_be_allowed() {
    let frame = b"\x81\xa1x\xca\x7f\x80\x00\x00";
    let non_finite = |limits: &Limits| match scan(frame, limits, &mut Vec::new()) {
        Ok(Scanned::Map { non_finite, .. }) => non_finite,
        other => panic!("{other:?}"),
    };
    assert!(non_finite(&Limits::server()));
    assert!(!non_finite(&Limits::server().non_finite(NonFinite::Allowed)));
}
