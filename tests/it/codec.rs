//! Actions to bytes and back: types, errors, and other MessagePack libraries.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use repod::Action;
use repod::proto::{DecodeError, EncodeError, Event, Limits, Rate, Reading, Role, Session};
use repod::serde::{Deserialize, Deserializer, Serialize};

#[derive(Action, Debug, Clone, PartialEq)]
enum Test {
    Scalars { i: i64, u: u64, small: u8, f: f64, narrow: f32, flag: bool, text: String, maybe: Option<i32> },
    Nested(Nested),
    Deep { tree: Tree },
    Unit,
    Hit { hp: i64 },
    Kind { kind: Kind },
    Players { players: Vec<Spot> },
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
#[serde(crate = "repod::serde")]
struct Nested {
    list: Vec<i16>,
    map: BTreeMap<String, u32>,
    keyed: BTreeMap<u32, bool>,
    pair: (u8, String),
    kind: Kind,
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
#[serde(crate = "repod::serde")]
struct Spot {
    x: f64,
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
#[serde(crate = "repod::serde")]
enum Kind {
    Plain,
    One(u32),
    Two(u32, String),
    Named { x: f64 },
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
#[serde(crate = "repod::serde")]
enum Tree {
    Leaf,
    A(Box<Tree>),
}

fn kinds() -> impl Strategy<Value = Kind> {
    prop_oneof![
        Just(Kind::Plain),
        any::<u32>().prop_map(Kind::One),
        (any::<u32>(), ".{0,5}").prop_map(|(number, text)| Kind::Two(number, text)),
        finite().prop_map(|x| Kind::Named { x }),
    ]
}

fn finite() -> impl Strategy<Value = f64> {
    any::<f64>().prop_filter("finite", |float| float.is_finite())
}

fn tests() -> impl Strategy<Value = Test> {
    let narrow = any::<f32>().prop_filter("finite", |float| float.is_finite());
    prop_oneof![
        (any::<i64>(), any::<u64>(), any::<u8>(), finite(), narrow, any::<bool>(), ".{0,40}", any::<Option<i32>>())
            .prop_map(|(i, u, small, f, narrow, flag, text, maybe)| Test::Scalars {
                i,
                u,
                small,
                f,
                narrow,
                flag,
                text,
                maybe
            }),
        (
            prop::collection::vec(any::<i16>(), 0..20),
            prop::collection::btree_map(".{0,5}", any::<u32>(), 0..20),
            prop::collection::btree_map(any::<u32>(), any::<bool>(), 0..20),
            (any::<u8>(), ".{0,5}"),
            kinds(),
        )
            .prop_map(|(list, map, keyed, pair, kind)| Test::Nested(Nested { list, map, keyed, pair, kind })),
        (0..20_u32)
            .prop_map(|depth| Test::Deep { tree: (0..depth).fold(Tree::Leaf, |tree, _| Tree::A(Box::new(tree))) }),
        Just(Test::Unit),
    ]
}

/// The same messages as an enum that serde tags itself, for libraries that know nothing of repod.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
#[serde(crate = "repod::serde", tag = "action", rename_all = "snake_case")]
enum Tagged {
    Scalars { i: i64, u: u64, small: u8, f: f64, narrow: f32, flag: bool, text: String, maybe: Option<i32> },
    Nested(Nested),
    Deep { tree: Tree },
    Unit,
}

fn tagged(test: &Test) -> Tagged {
    match test.clone() {
        Test::Scalars { i, u, small, f, narrow, flag, text, maybe } => {
            Tagged::Scalars { i, u, small, f, narrow, flag, text, maybe }
        }
        Test::Nested(nested) => Tagged::Nested(nested),
        Test::Deep { tree } => Tagged::Deep { tree },
        _ => Tagged::Unit,
    }
}

proptest! {
    #[test]
    fn what_we_encode_we_decode(test in tests()) {
        let frame = repod::encode(&test).unwrap();
        prop_assert_eq!(u32::from_be_bytes(frame[..4].try_into().unwrap()) as usize, frame.len() - 4);
        prop_assert_eq!(repod::decode::<Test>(&frame[4..]).unwrap(), test);
    }

    #[test]
    fn what_we_encode_another_library_encodes_the_same(test in tests()) {
        let frame = repod::encode(&test).unwrap();
        prop_assert_eq!(&frame[4..], rmp_serde::to_vec_named(&tagged(&test)).unwrap());
    }

    #[test]
    fn what_we_encode_another_library_reads(test in tests()) {
        let frame = repod::encode(&test).unwrap();
        let mut rest = &frame[4..];
        let value = rmpv::decode::read_value(&mut rest).unwrap();
        prop_assert!(rest.is_empty());
        prop_assert_eq!(value["action"].as_str(), Some(test.name()));
        let back: Tagged = rmpv::ext::from_value(value).unwrap();
        prop_assert_eq!(back, tagged(&test));
    }

    #[test]
    fn what_another_library_encodes_we_read(test in tests()) {
        let mut payload = Vec::new();
        rmpv::encode::write_value(&mut payload, &rmpv::ext::to_value(tagged(&test)).unwrap()).unwrap();
        // rmpv writes structs as arrays; as named maps it needs rmp-serde.
        let named = rmp_serde::to_vec_named(&tagged(&test)).unwrap();
        prop_assert_eq!(repod::decode::<Test>(&named).unwrap(), test);
    }

    #[test]
    fn mutated_messages_never_panic(test in tests(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut payload = repod::encode(&test).unwrap().split_off(4);
        let at = at.index(payload.len());
        payload[at] = byte;
        let _ = repod::decode::<Test>(&payload);
    }
}

/// Messages of all the shapes that the fast way reads, or has to leave to the long one.
#[derive(Action, Debug, Clone)]
enum Shape {
    Ints {
        i: i64,
        small: u8,
        #[serde(rename = "wide")]
        u: u64,
    },
    Floats {
        x: f64,
        #[serde(skip)]
        seen: u8,
        y: f32,
    },
    Texts {
        text: String,
        #[serde(default, alias = "old")]
        maybe: Option<i16>,
        #[serde(default)]
        list: Vec<u16>,
    },
    Mixed {
        nested: Nested,
        spots: Vec<Spot>,
        flag: bool,
    },
    Soft {
        #[action(lenient)]
        hp: i32,
        name: String,
    },
    Flat(Nested),
    Unit,
}

fn shapes() -> impl Strategy<Value = Shape> {
    let nested = || {
        (prop::collection::vec(any::<i16>(), 0..20), any::<u8>(), ".{0,40}", kinds()).prop_map(
            |(list, number, text, kind)| Nested {
                list,
                map: BTreeMap::from([(text.clone(), number.into())]),
                keyed: BTreeMap::from([(number.into(), true)]),
                pair: (number, text),
                kind,
            },
        )
    };
    prop_oneof![
        (any::<i64>(), any::<u8>(), any::<u64>()).prop_map(|(i, small, u)| Shape::Ints { i, small, u }),
        (prop::num::f64::ANY, prop::num::f32::ANY).prop_map(|(x, y)| Shape::Floats { x, seen: 0, y }),
        (".{0,40}", any::<Option<i16>>(), prop::collection::vec(any::<u16>(), 0..20))
            .prop_map(|(text, maybe, list)| Shape::Texts { text, maybe, list }),
        (nested(), prop::collection::vec(prop::num::f64::ANY.prop_map(|x| Spot { x }), 0..3), any::<bool>())
            .prop_map(|(nested, spots, flag)| Shape::Mixed { nested, spots, flag }),
        (any::<i32>(), ".{0,5}").prop_map(|(hp, name)| Shape::Soft { hp, name }),
        nested().prop_map(Shape::Flat),
        Just(Shape::Unit),
    ]
}

/// The payload of a message with something changed in it: a byte, its length, its end, the order of its keys, or nothing.
fn payloads() -> impl Strategy<Value = Vec<u8>> {
    let changes = prop::collection::vec((0..12_u8, any::<prop::sample::Index>(), any::<u8>()), 0..3);
    (shapes(), changes).prop_map(|(shape, changes)| {
        let mut payload = repod::encode(&shape).unwrap().split_off(4);
        for (change, at, byte) in changes {
            let at = at.index(payload.len().max(1)).min(payload.len());
            match change {
                0 => payload.insert(at, byte),
                1 => drop(payload.drain(at..(at + 1).min(payload.len()))),
                2 => payload.truncate(at),
                3 => payload.extend([0xa1, byte, byte]),
                4 => {
                    if let Ok(rmpv::Value::Map(mut map)) = rmpv::decode::read_value(&mut &payload[..]) {
                        // An earlier change may have left it empty.
                        let first = map.len().min(1);
                        map.rotate_left(first);
                        payload.clear();
                        rmpv::encode::write_value(&mut payload, &map.into()).unwrap();
                    }
                }
                5..8 => payload.iter_mut().skip(at).take(1).for_each(|changed| *changed = byte),
                _ => {}
            }
        }
        payload
    })
}

/// All that a session has to tell of a stream in parts, and how each part leaves it; when the peer was too fast, time passes. `is_fast` is
/// how it is driven.
fn told(mut session: Session, parts: &[&[u8]], start: Instant, is_fast: bool) -> Vec<String> {
    let mut now = start;
    let mut told = Vec::new();
    for part in parts {
        now += Duration::from_millis(70);
        session.receive(part, now);
        loop {
            if let Some(shape) = is_fast.then(|| session.next_plain::<Shape>(now)).flatten() {
                told.push(format!("{shape:?}"));
                continue;
            }
            let is_bad = match session.next_event(now) {
                Some(Event::Message(message)) => {
                    let decoded = Shape::decode(&message);
                    told.push(decoded.as_ref().map_or_else(|error| format!("{error:?}"), |shape| format!("{shape:?}")));
                    decoded.is_err()
                }
                Some(event) => {
                    told.push(format!("{event:?}"));
                    false
                }
                None => match session.paused_until() {
                    Some(until) => {
                        now = until;
                        false
                    }
                    None => break,
                },
            };
            if is_bad {
                told.push(format!("{:?}", session.violation(now)));
            }
        }
        let deadline = session.deadline(Reading::On).map(|deadline| deadline - start);
        told.push(format!("{:?} {deadline:?} {:?} {:?}", now - start, session.pending(), session.end()));
    }
    told
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn the_fast_way_takes_and_leaves_what_the_long_way_does(
        payloads in prop::collection::vec(payloads(), 0..8),
        cuts in [any::<prop::sample::Index>(), any::<prop::sample::Index>()],
        burst in 1..4_u32,
        nodes in 0..60_usize,
    ) {
        let rate = Rate { messages: 10, burst, bytes: 1000 };
        let limits = Limits::server().rate(Some(rate)).max_frame_in(300).max_nodes(nodes).max_depth(burst as usize);
        // The first frame is looked at closely either way.
        let mut stream = b"\0\0\0\x0d\x81\xa6action\xa4unit".to_vec();
        for payload in payloads {
            stream.extend((payload.len() as u32).to_be_bytes());
            stream.extend(payload);
        }
        let mut cuts = cuts.map(|cut| cut.index(stream.len()));
        cuts.sort_unstable();
        let parts = [&stream[..cuts[0]], &stream[cuts[0]..cuts[1]], &stream[cuts[1]..]];
        let start = Instant::now();
        let session = || Session::new(Role::Server, limits.clone(), start);
        prop_assert_eq!(told(session(), &parts, start, true), told(session(), &parts, start, false));
    }
}

/// A message of one field, written by hand.
fn message(action: &str, key: &str, value: &[u8]) -> Vec<u8> {
    let text = |text: &str| [&[0xa0 | text.len() as u8][..], text.as_bytes()].concat();
    [vec![0x82], text("action"), text(action), text(key), value.to_vec()].concat()
}

fn refusal(payload: &[u8]) -> String {
    repod::decode::<Test>(payload).unwrap_err().to_string()
}

#[test]
fn a_field_that_does_not_fit_names_what_was_expected_and_what_came() {
    let hit = |value: &[u8]| refusal(&message("hit", "hp", value));
    assert_eq!(hit(b"\xcb\x40\x24\0\0\0\0\0\0"), "action `hit`, field `hp`: expected i64, got floating point `10.0`");
    assert_eq!(
        hit(b"\xcf\x80\0\0\0\0\0\0\0"),
        "action `hit`, field `hp`: expected i64, got integer `9223372036854775808`"
    );
    assert_eq!(hit(b"\xc3"), "action `hit`, field `hp`: expected i64, got boolean `true`");
    assert_eq!(hit(b"\xa3abc"), "action `hit`, field `hp`: expected i64, got a string");
    assert_eq!(hit(b"\xc0"), "action `hit`, field `hp`: expected i64, got nil");
    assert_eq!(hit(b"\x90"), "action `hit`, field `hp`: expected i64, got an array");
    assert_eq!(hit(b"\xd4\x01\x01"), "action `hit`, field `hp`: expected i64, got an extension type");
    assert_eq!(refusal(b"\x81\xa6action\xa3hit"), "action `hit`, field `hp`: expected i64, but it is missing");
}

#[test]
fn an_error_deep_in_a_message_says_where() {
    let players = b"\x92\x81\xa1x\x01\x81\xa1x\xa2hi";
    assert_eq!(
        refusal(&message("players", "players", players)),
        "action `players`, field `players[1].x`: expected f64, got a string"
    );
    let nested = b"\x82\xa6action\xa6nested\xa4list\x93\x01\x02\xcd\xff\xff";
    assert_eq!(refusal(nested), "action `nested`, field `list[2]`: expected i16, got integer `65535`");
}

#[test]
fn integers_are_taken_for_floats_and_a_float_never_becomes_infinite() {
    #[derive(Action, Debug, PartialEq)]
    enum Move {
        Wide { x: f64 },
        Narrow { x: f32 },
    }
    let decode = |action: &str, value: &[u8]| repod::decode::<Move>(&message(action, "x", value));
    assert_eq!(decode("wide", b"\x0a").unwrap(), Move::Wide { x: 10.0 });
    assert_eq!(decode("wide", b"\xca\x3f\x80\0\0").unwrap(), Move::Wide { x: 1.0 });
    assert_eq!(decode("narrow", b"\xff").unwrap(), Move::Narrow { x: -1.0 });
    assert_eq!(decode("narrow", b"\xcb\x3f\xf0\0\0\0\0\0\0").unwrap(), Move::Narrow { x: 1.0 });
    let mut huge = vec![0xcb];
    huge.extend(1e300_f64.to_be_bytes());
    let error = decode("narrow", &huge).unwrap_err().to_string();
    assert!(
        error.starts_with("action `narrow`, field `x`: expected a float that fits f32, got floating point"),
        "{error}"
    );
}

#[test]
fn a_number_that_is_not_finite_does_not_even_come_to_serde() {
    #[derive(Serialize, Debug)]
    #[serde(crate = "repod::serde")]
    struct Weight(f64);
    impl<'de> Deserialize<'de> for Weight {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let weight = f64::deserialize(deserializer)?;
            assert!(weight.is_finite(), "the limits refuse it");
            Ok(Self(weight))
        }
    }
    #[derive(Action, Debug)]
    enum Scales {
        Weigh { weight: Weight },
    }
    let payload = message("weigh", "weight", &[&[0xcb][..], &f64::NAN.to_be_bytes()].concat());
    assert!(matches!(repod::decode::<Scales>(&payload), Err(DecodeError::NonFinite { .. })));
}

#[test]
fn nothing_is_read_by_position() {
    // Integer keys, at the top and in a struct.
    let keys = b"\x83\xa6action\xa7scalars\x00\x01\x01\x02";
    assert!(matches!(repod::decode::<Test>(keys), Err(DecodeError::MissingField { field, .. }) if field == "i"));
    assert!(refusal(&message("players", "players", b"\x91\x81\x00\x01")).contains("got integer `0`"));
    // An array for a struct, an integer for a variant.
    assert!(refusal(&message("players", "players", b"\x91\x91\x01")).contains("got an array"));
    assert!(refusal(&message("kind", "kind", b"\x00")).contains("got integer `0`"));
    assert!(refusal(&message("kind", "kind", b"\x81\x00\xc0")).contains("got integer `0`"));
}

#[test]
fn text_that_is_not_utf8_is_an_error_of_its_field() {
    #[derive(Action, Debug)]
    enum Chat {
        Say { text: String },
    }
    let payload = message("say", "text", b"\xa2\xff\xfe");
    let error = repod::decode::<Chat>(&payload).unwrap_err();
    assert_eq!(error.to_string(), "action `say`, field `text`: expected a string, got a string that is not UTF-8");
    let error = repod::decode::<Chat>(b"\x81\xa6action\xa2\xff\xfe").unwrap_err();
    assert_eq!(error, DecodeError::BadAction { got: "a string that is not UTF-8" });
    // A key that is not UTF-8 is one that no field has.
    assert!(matches!(
        repod::decode::<Chat>(b"\x82\xa6action\xa3say\xa1\xff\x01"),
        Err(DecodeError::MissingField { .. })
    ));
}

#[test]
fn untrusted_names_are_escaped_and_cut_in_errors() {
    let name = format!("\x1b[31m{}", "x".repeat(190));
    let payload = [&b"\x81\xa6action\xd9"[..], &[name.len() as u8], name.as_bytes()].concat();
    let error = refusal(&payload);
    assert!(error.contains(r"\u{1b}[31m") && error.ends_with("xx... (195 bytes)`"), "{error}");
}

#[test]
fn a_type_that_contains_itself_cannot_recurse_for_ever() {
    #[derive(Serialize, Deserialize, Debug)]
    #[serde(crate = "repod::serde")]
    struct Endless(Option<Box<Endless>>);
    #[derive(Action, Debug)]
    enum Odd {
        Value { value: Endless },
    }
    let error = repod::decode::<Odd>(&message("value", "value", b"\x05")).unwrap_err();
    assert!(error.to_string().contains("nested too deep"), "{error}");
}

#[test]
fn a_message_of_another_shape_is_named() {
    let check = |payload: &[u8], expected: DecodeError| {
        assert_eq!(repod::decode::<Test>(payload).unwrap_err(), expected, "{payload:?}");
    };
    check(b"\x93\xa4move\x01\x02", DecodeError::NotAMap { got: "an array" });
    check(b"\x2a", DecodeError::NotAMap { got: "an integer" });
    check(b"\xc0", DecodeError::NotAMap { got: "nil" });
    check(b"\xa4move", DecodeError::NotAMap { got: "a string" });
    check(b"\x81\xa6action\x80", DecodeError::BadAction { got: "a map" });
    check(b"\x81\xa6action\xa3fly", DecodeError::UnknownAction { action: "fly".into() });
}

/// A field whose type makes do with whatever comes is read as any other: the frame has to be right.
#[test]
fn a_type_that_minds_nothing_does_not_make_a_frame_right() {
    #[derive(Serialize, Debug, PartialEq)]
    struct Easy(u32);

    impl<'de> Deserialize<'de> for Easy {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            Ok(Self(u32::deserialize(deserializer).unwrap_or_default()))
        }
    }

    #[derive(Serialize, Debug, PartialEq)]
    struct Nothing;

    impl<'de> Deserialize<'de> for Nothing {
        fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
            Ok(Self)
        }
    }

    #[derive(Action, Debug, PartialEq)]
    enum Easily {
        Take { easy: Easy },
        Leave { nothing: Nothing },
    }

    assert_eq!(repod::decode(&message("take", "easy", b"\x07")), Ok(Easily::Take { easy: Easy(7) }));
    for wrong in [&b"\xdd\xff\xff\xff\xff"[..], b"\xdf\xff\xff\xff\xff", b"\xc1", b""] {
        assert!(matches!(repod::decode::<Easily>(&message("take", "easy", wrong)), Err(DecodeError::Malformed(_))));
    }
    for number in [f64::NAN, f64::INFINITY] {
        let value = [&[0xcb][..], &number.to_be_bytes()].concat();
        assert!(matches!(
            repod::decode::<Easily>(&message("take", "easy", &value)),
            Err(DecodeError::NonFinite { .. })
        ));
    }
    assert!(matches!(repod::decode::<Easily>(&message("leave", "nothing", b"")), Err(DecodeError::Malformed(_))));
}

#[derive(Serialize, Deserialize, Debug, PartialEq)]
struct Point {
    x: u32,
    y: u32,
}

#[test]
fn content_that_cannot_lie_flat_is_refused_by_the_sender() {
    // What the derive cannot see.
    type Number = u32;
    type List = Vec<u32>;

    #[derive(Action)]
    enum Wrong {
        Number(Number),
        List(List),
        Map(BTreeMap<String, u32>),
        Numbers(BTreeMap<u32, u32>),
        Perhaps(Option<Point>),
    }
    let reason = |wrong: &Wrong| match repod::encode(wrong) {
        Err(EncodeError::NotFlat { action, reason }) => format!("{action} {reason}"),
        other => panic!("{other:?}"),
    };
    assert_eq!(reason(&Wrong::Number(5)), "number but it is an integer");
    assert_eq!(reason(&Wrong::List(vec![])), "list but it is an array");
    let map = |key: &str| Wrong::Map(BTreeMap::from([(key.to_owned(), 1)]));
    assert_eq!(reason(&map("action")), "map but it has one");
    assert!(repod::encode(&map("other")).is_ok());
    let numbers = Wrong::Numbers(BTreeMap::from([(7, 1)]));
    assert_eq!(reason(&numbers), "numbers but it has keys that are not text");
    assert_eq!(reason(&Wrong::Perhaps(None)), "perhaps but it is nil");
}

#[test]
fn content_of_every_kind_that_can_lie_flat_is_read_again() {
    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    struct Nothing;

    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    enum Order {
        Buy { count: u32 },
        Sell(u32),
        Swap(u32, u32),
        Marked(Nothing),
    }

    #[derive(Action, Debug, PartialEq)]
    enum Flat {
        Nothing(Nothing),
        Order(Order),
        Field { nothing: Nothing, perhaps: Option<Nothing>, orders: Vec<Order> },
        Perhaps(Option<Point>),
    }

    for flat in [
        Flat::Nothing(Nothing),
        Flat::Order(Order::Buy { count: 3 }),
        Flat::Order(Order::Sell(4)),
        Flat::Order(Order::Swap(5, 6)),
        Flat::Order(Order::Marked(Nothing)),
        Flat::Field { nothing: Nothing, perhaps: Some(Nothing), orders: vec![Order::Sell(1), Order::Marked(Nothing)] },
        Flat::Perhaps(Some(Point { x: 1, y: 2 })),
    ] {
        let frame = repod::encode(&flat).unwrap();
        assert_eq!(repod::decode::<Flat>(&frame[4..]).unwrap(), flat);
    }
    assert_eq!(repod::encode(&Flat::Nothing(Nothing)).unwrap()[4..], *b"\x81\xa6action\xa7nothing");
    let error = repod::decode::<Flat>(b"\x82\xa6action\xa7perhaps\xa1x\x01").unwrap_err().to_string();
    assert_eq!(error, "action `perhaps`, field `y`: expected a value, got nothing");
    // Two variants are none.
    let both = b"\x83\xa6action\xa5order\xa4Sell\x01\xa4Swap\x01";
    let error = repod::decode::<Flat>(both).unwrap_err().to_string();
    assert!(error.contains("one key beside `action`"), "{error}");
}

#[test]
fn python_bytes_are_read_as_bytes_and_as_numbers() {
    #[derive(Action, Debug, PartialEq)]
    enum Blob {
        Bytes {
            #[serde(with = "serde_bytes")]
            data: Vec<u8>,
        },
        Numbers {
            data: Vec<u8>,
        },
    }
    let bytes = b"\xc4\x02\x07\x08";
    assert_eq!(repod::decode::<Blob>(&message("bytes", "data", bytes)).unwrap(), Blob::Bytes { data: vec![7, 8] });
    assert_eq!(repod::decode::<Blob>(&message("numbers", "data", bytes)).unwrap(), Blob::Numbers { data: vec![7, 8] });
    assert_eq!(repod::encode(&Blob::Bytes { data: vec![7, 8] }).unwrap()[4..], message("bytes", "data", bytes));
}

#[test]
fn whole_floats_are_integers_where_that_is_asked_for() {
    #[derive(Action, Debug, PartialEq)]
    #[action(lenient)]
    enum Lenient {
        Hit { hp: i64, at: Vec<(i32, f64)> },
        Flat(Spots),
    }
    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    #[serde(crate = "repod::serde")]
    struct Spots {
        slot: u8,
    }
    let payload = |hp: f64| {
        let float = |float: f64| [&[0xcb][..], &float.to_be_bytes()].concat();
        [b"\x83\xa6action\xa3hit\xa2hp".to_vec(), float(hp), b"\xa2at\x91\x92".to_vec(), float(-4.0), float(7.0)]
            .concat()
    };
    assert_eq!(repod::decode::<Lenient>(&payload(10.0)).unwrap(), Lenient::Hit { hp: 10, at: vec![(-4, 7.0)] });
    assert_eq!(
        refusal_of::<Lenient>(&payload(10.5)),
        "action `hit`, field `hp`: expected i64, got floating point `10.5`"
    );
    assert!(refusal_of::<Lenient>(&payload(1e19)).contains("got integer `10000000000000000000`"));
    let flat = message("flat", "slot", b"\xcb\x40\x08\0\0\0\0\0\0");
    assert_eq!(repod::decode::<Lenient>(&flat).unwrap(), Lenient::Flat(Spots { slot: 3 }));
}

fn refusal_of<A: Action + Debug>(payload: &[u8]) -> String {
    repod::decode::<A>(payload).unwrap_err().to_string()
}
