//! M: frames that are whole but hold something that a decoder chokes on, or two decoders read differently.

use std::time::Duration;

use peak_alloc::PeakAlloc;
use repod::proto::{Event, Limits, Role, Session};

use crate::fixture::protocol::{ToClient, ToServer};
use crate::fixture::{Attacker, Case, End, Setup, action, alone, bare, frame, message, text};
use crate::framing::Random;

/// Sends each of these payloads on a connection of its own, each of which must be closed as `reason`.
fn each_closes(case: &mut Case, payloads: &[Vec<u8>], reason: &str) {
    let before = case.counts().closed_as(reason);
    for payload in payloads {
        let mut attacker = Attacker::greeted(case.addr());
        attacker.try_write(&frame(payload));
        let shown = &payload[..payload.len().min(40)];
        assert_eq!(attacker.ends(), End::Fin, "{shown:02x?}");
    }
    case.expect_close(before + payloads.len() as u64, reason);
}

/// Sends each of these payloads on one connection, each of which must be refused with an error that contains the text, and the
/// connection goes on.
fn each_is_refused(case: &mut Case, payloads: &[(Vec<u8>, &str)]) {
    let mut attacker = Attacker::greeted(case.addr());
    for (index, (payload, expected)) in payloads.iter().enumerate() {
        let errors = case.counts().errors;
        attacker.write(&frame(payload));
        assert!(attacker.is_served(index as u64), "{expected}");
        let counts = case.counts();
        assert_eq!(counts.errors, errors + 1, "{expected}");
        let error = counts.last_errors.last().expect("an error");
        assert!(error.contains(expected), "{error:?}, expected {expected:?}");
    }
}

fn nested(levels: usize) -> Vec<u8> {
    let mut value = vec![0x91; levels];
    value.push(0xc0);
    value
}

#[test]
fn m1_deep_nesting() {
    let setup = Setup { max_frame_in: Some(2_000_000), ..Setup::default() };
    let mut case = Case::with("m1", setup).growth(8 * 1024);
    // The frame's own map is the first level.
    let mut attacker = Attacker::greeted(case.addr());
    attacker.write(&action("ping", &[("x", &nested(31))]));
    assert!(attacker.is_served(1));
    assert_eq!(case.handled("ping"), 1);
    let deep: Vec<_> = [32, 33, 600, 1024, 1_000_000].map(|levels| message("ping", &[("x", &nested(levels))])).into();
    each_closes(&mut case, &deep, "nested deeper than the limit of 32 levels");
    // Without a map around it, and in maps instead of arrays.
    let bare = [nested(100_000), [&[0x81, 0xa1, b'x'].repeat(30_000)[..], &[0xc0]].concat()];
    each_closes_as_depth(&mut case, &bare);
    drop(attacker);
    case.finish();
}

fn each_closes_as_depth(case: &mut Case, payloads: &[Vec<u8>]) {
    each_closes(case, payloads, "nested deeper");
}

/// Also in a debug build, whose stack frames are large.
#[test]
fn m2_recursive_enum() {
    let mut case = Case::of("m2");
    let tree = |levels: usize| {
        let mut tree = [0x81, 0xa1, b'A'].repeat(levels);
        tree.extend(text("Leaf"));
        message("tree", &[("tree", &tree)])
    };
    let mut attacker = Attacker::greeted(case.addr());
    attacker.write(&frame(&tree(31)));
    assert!(attacker.is_served(1));
    assert_eq!(case.handled("tree"), 1);
    each_closes(&mut case, &[tree(32), tree(20_000)], "nested deeper");
    drop(attacker);
    case.finish();
}

/// Arrays, maps, texts and bytes that claim four billion.
#[test]
fn m3_claimed_lengths() {
    let mut case = Case::of("m3");
    let mut payloads = Vec::new();
    for marker in [0xdd, 0xdf, 0xdb, 0xc6, 0xc9] {
        for (name, key) in
            [("list", "list"), ("table", "table"), ("text", "text"), ("blob", "blob"), ("ping", "unknown")]
        {
            let claim = [marker, 0xff, 0xff, 0xff, 0xff];
            payloads.push(message(name, &[(key, &claim)]));
            // And with something behind it.
            let claim = [&claim[..], &[0xc0; 100]].concat();
            payloads.push(message(name, &[(key, &claim)]));
        }
    }
    // The same one level down, and as the frame itself.
    payloads.push(message("list", &[("list", &[0x91, 0xdd, 0xff, 0xff, 0xff, 0xff])]));
    payloads.push(vec![0xdd, 0xff, 0xff, 0xff, 0xff]);
    each_closes(&mut case, &payloads[..2], "claims");
    let peak = case.peak(|case| each_closes(case, &payloads[2..], "claims"));
    assert!(peak < 64 * 1024, "{peak} bytes");
    // A map's keys are counted before they are looked for.
    each_closes(&mut case, &[vec![0xdf, 0xff, 0xff, 0xff, 0xff]], "keys exceed the limit of 256");
    case.finish();
}

#[test]
fn m5_many_small_values() {
    let mut case = Case::of("m5");
    let room = 64 * 1024 - 64;
    let array = |element: &[u8]| {
        let count = room / element.len();
        let mut value = vec![0xdd];
        value.extend((count as u32).to_be_bytes());
        value.extend(element.repeat(count));
        message("ping", &[("x", &value)])
    };
    let payloads = [array(&[0xc0]), array(&[0x91, 0xc0]), array(&[0x81, 0xc0, 0xc0])];
    // The first connection that carries so much grows buffers that all share.
    each_closes(&mut case, &payloads[..1], "more values than the limit of 16384");
    for payload in &payloads {
        let peak = case.peak(|case| each_closes(case, std::slice::from_ref(payload), "more values"));
        assert!(peak < 256 * 1024, "{peak} bytes");
    }
    // As many as are allowed are taken, also in a message that nobody knows.
    let mut value = vec![0xdc, 0x3f, 0x00];
    value.extend([0xc0; 0x3f00]);
    let peak = case.peak(|case| {
        let mut attacker = Attacker::greeted(case.addr());
        attacker.write(&action("ping", &[("x", &value)]));
        attacker.write(&action("dance", &[("x", &value)]));
        assert!(attacker.is_served(1));
    });
    // The unknown message is looked at as a dynamic value, by the server program's own choice.
    assert!(peak < 2 * 1024 * 1024, "{peak} bytes");
    case.finish();
}

#[test]
fn m6_bytes_behind_the_message() {
    let mut case = Case::of("m6");
    let twice = message("ping", &[]).repeat(2);
    let rubbish = [&message("ping", &[])[..], &[0xc1, 0xff, 0x00]].concat();
    each_closes(&mut case, &[twice, rubbish], "bytes after the message");
    assert_eq!(case.handled("ping"), 0);
    // The reserved byte within a message.
    let reserved = message("ping", &[("x", &[0xc1])]);
    each_closes(&mut case, &[reserved], "the reserved byte 0xc1");
    case.finish();
}

#[test]
fn m7_two_actions() {
    let mut case = Case::of("m7");
    let both = message("ping", &[("action", &text("kick"))]);
    // The same key, written wider.
    let mut wide = vec![0x82];
    wide.extend(text("action"));
    wide.extend(text("ping"));
    wide.extend([0xd9, 6]);
    wide.extend(b"action");
    wide.extend(text("kick"));
    each_closes(&mut case, &[both, wide], "the key `action` stands twice");
    assert_eq!(case.handled("ping") + case.handled("kick"), 0);
    case.finish();
}

#[test]
fn m9_an_action_that_is_no_text() {
    let mut case = Case::of("m9");
    let with = |value: &[u8]| [&[0x81][..], &text("action"), value].concat();
    let bad = "the value of `action` must be a string";
    each_is_refused(
        &mut case,
        &[
            (with(&[0]), bad),
            (with(&[1]), bad),
            (with(&[0xc4, 4, b'm', b'o', b'v', b'e']), bad),
            (with(&[0xc0]), bad),
            (with(&[0x80]), bad),
            (with(&[0x91, 0xa4, b'm', b'o', b'v', b'e']), bad),
            (vec![0x80], "the key `action` is missing"),
        ],
    );
    assert_eq!(case.handled("move") + case.handled("load"), 0);
    case.finish();
}

#[test]
fn m10_no_map() {
    let mut case = Case::of("m10");
    let array = [&[0x93][..], &text("move"), &[1, 2]].concat();
    each_is_refused(
        &mut case,
        &[
            (array, "got an array"),
            (vec![0x93, 0, 1, 2], "got an array"),
            (vec![42], "got an integer"),
            (vec![0xc0], "got nil"),
            (text("move"), "got a string"),
        ],
    );
    assert_eq!(case.handled("move"), 0);
    case.finish();
}

#[test]
fn m11_fields_by_number() {
    let mut case = Case::of("m11");
    let mut payload = vec![0x83];
    payload.extend(text("action"));
    payload.extend(text("move"));
    payload.extend([0, 0xcb, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xcb, 0, 0, 0, 0, 0, 0, 0, 0]);
    each_is_refused(&mut case, &[(payload, "field `x`")]);
    assert_eq!(case.handled("move"), 0);
    case.finish();
}

#[test]
fn m13_text_that_is_not_utf8() {
    let mut case = Case::of("m13");
    let mut key = vec![0x82];
    key.extend(text("action"));
    key.extend(text("text"));
    key.extend([0xa4, 0xff, 0xfe, 0x0a, 0x1b, 0xa1, b'x']);
    let name = [&[0x81][..], &text("action"), &[0xa3, 0xff, 0x0a, 0x1b]].concat();
    each_is_refused(
        &mut case,
        &[
            (message("text", &[("text", &[0xa3, 0xff, 0x0a, 0x1b])]), "field `text`"),
            (key, "field `text`"),
            (name, "not UTF-8"),
            (message("x\n12:00:00 [+] client_connected\x1b[31m", &[]), r"unknown action `"),
        ],
    );
    // The key of a table that is not UTF-8 is named in the error's path, and every line is one line.
    let table = [0x81, 0xa2, 0xff, 0x0a, 0xc0];
    each_is_refused(&mut case, &[(message("table", &[("table", &table)]), "field `table")]);
    for error in &case.counts().last_errors {
        assert!(!error.chars().any(char::is_control), "{error:?}");
        assert!(error.len() < 1000, "{error:?}");
    }
    assert_eq!(case.handled("text"), 0);
    case.finish();
}

#[test]
fn m15_numbers_that_are_not_finite() {
    let mut case = Case::of("m15");
    let wide = |number: f64| [&[0xcb][..], &number.to_be_bytes()].concat();
    let narrow = |number: f32| [&[0xca][..], &number.to_be_bytes()].concat();
    let zero = &[0][..];
    let infinite = "holds NaN or an infinity";
    let moved = |x: &[u8]| message("move", &[("x", x), ("y", zero)]);
    each_is_refused(
        &mut case,
        &[
            (moved(&wide(f64::NAN)), infinite),
            (moved(&wide(f64::INFINITY)), infinite),
            (moved(&narrow(f32::NEG_INFINITY)), infinite),
            (message("ping", &[("x", &[&[0x91][..], &wide(f64::NAN)].concat())]), infinite),
            (message("ratio", &[("ratio", &wide(1e300))]), "field `ratio`"),
        ],
    );
    let mut attacker = Attacker::greeted(case.addr());
    attacker.write(&frame(&moved(&wide(1e300))));
    assert!(attacker.is_served(1));
    assert_eq!(case.handled("move"), 1);
    assert_eq!(case.handled("ratio"), 0);
    drop(attacker);
    case.finish();
}

#[test]
fn m16_numbers_of_another_type() {
    let mut case = Case::of("m16");
    let wide = |number: f64| [&[0xcb][..], &number.to_be_bytes()].concat();
    let mut attacker = Attacker::greeted(case.addr());
    attacker.write(&action("move", &[("x", &[10]), ("y", &[0xd0, 0x80])]));
    attacker.write(&action("whole", &[("whole", &wide(10.0))]));
    assert!(attacker.is_served(1));
    assert_eq!(case.handled("move"), 1);
    assert_eq!(case.handled("whole"), 1);
    let hp = |value: &[u8]| message("hp", &[("hp", value)]);
    each_is_refused(
        &mut case,
        &[
            (hp(&wide(10.0)), "action `hp`, field `hp`: expected i64, got"),
            (hp(&wide(10.5)), "action `hp`, field `hp`: expected i64, got"),
            (hp(&[0xcf, 0x80, 0, 0, 0, 0, 0, 0, 0]), "field `hp`: expected i64, got"),
            (hp(&[0xc3]), "field `hp`: expected i64, got boolean"),
            (message("small", &[("small", &[0xcd, 1, 44])]), "field `small`: expected u8, got"),
            (message("whole", &[("whole", &wide(10.5))]), "field `whole`"),
            (message("whole", &[("whole", &wide(1e300))]), "field `whole`"),
        ],
    );
    assert_eq!(case.handled("hp"), 0);
    assert_eq!(case.handled("small"), 0);
    drop(attacker);
    case.finish();
}

static HEAP: PeakAlloc = PeakAlloc;

/// Golden frames with bits, bytes and pieces changed: none makes a decoder panic or allocate more than it should.
#[test]
fn m19_mutated_frames() {
    let count = if cfg!(debug_assertions) { 200_000 } else { 1_000_000 };
    alone("messagepack::m19_mutated_frames", Duration::from_secs(120), || mutate(count));
}

/// As `m19`, with as many frames as the catalogue asks for: about five minutes in a release build.
#[test]
#[ignore = "takes minutes"]
fn m19_mutated_frames_many() {
    alone("messagepack::m19_mutated_frames_many", Duration::from_secs(3600), || mutate(25_000_000));
}

fn mutate(count: u64) {
    let frames = golden();
    assert!(frames.len() > 50, "{}", frames.len());
    let limits = Limits::server();
    let now = std::time::Instant::now();
    let mut random = Random(0x19_5eed);
    let (mut taken, mut refused, mut closed) = (0_u64, 0_u64, 0_u64);
    for _ in 0..count {
        let golden = &frames[random.next() as usize % frames.len()];
        let mut payload = golden.clone();
        for _ in 0..=random.next() % 4 {
            change(&mut payload, &frames, &mut random);
        }
        let before = HEAP.current_usage();
        HEAP.reset_peak_usage();
        let _ = repod::decode::<ToServer>(&payload);
        let _ = repod::decode::<ToClient>(&payload);
        let mut session = Session::new(Role::Server, limits.clone(), now);
        session.receive(&frame(&payload), now);
        while let Some(event) = session.next_event(now) {
            match event {
                Event::Message(message) => {
                    taken += 1;
                    let _ = repod::Unknown::new(&message).name();
                }
                Event::Rejected(error) => {
                    refused += 1;
                    let _ = error.to_string();
                }
                Event::Close(reason) => {
                    closed += 1;
                    let _ = reason.to_string();
                }
                Event::Greeted | Event::Refused(_) => {}
            }
        }
        drop(session);
        let peak = HEAP.peak_usage().saturating_sub(before);
        assert!(peak < 64 * 1024 + 16 * payload.len(), "{peak} bytes for {payload:02x?}");
    }
    println!("{count} frames: {taken} taken, {refused} refused, {closed} closed");
    // The mutations hit something, and not always the same.
    assert!(taken > count / 20 && refused > count / 100 && closed > count / 20);
}

/// The frames of the Python library, and one of each of our own messages.
fn golden() -> Vec<Vec<u8>> {
    let corpus = include_str!("../vectors/python-frames.json");
    let corpus: serde_json::Value = serde_json::from_str(corpus).expect("JSON");
    let mut frames = Vec::new();
    collect(&corpus, &mut frames);
    for own in [
        message("move", &[("x", &[1]), ("y", &[0xca, 0, 0, 0, 0])]),
        message("list", &[("list", &[0x92, 0xa1, b'a', 0xa1, b'b'])]),
        message("table", &[("table", &[0x81, 0xa1, b'a', 1])]),
        message("blob", &[("blob", &[0xc4, 2, 1, 2])]),
        message("tree", &[("tree", &[0x81, 0xa1, b'A', 0xa4, b'L', b'e', b'a', b'f'])]),
        message("hp", &[("hp", &[0xd3, 0xff, 0, 0, 0, 0, 0, 0, 0])]),
        message("repod.hello", &[("repod", &[0x81, 0xa7, b'v', b'e', b'r', b's', b'i', b'o', b'n', 1])]),
        message("repod.close", &[("code", &text("kicked"))]),
    ] {
        frames.push(own);
    }
    frames
}

/// Every string in the corpus that is a whole frame in hexadecimal, without its header.
fn collect(value: &serde_json::Value, frames: &mut Vec<Vec<u8>>) {
    match value {
        serde_json::Value::String(hex) => {
            let bytes: Option<Vec<u8>> = (hex.len() % 2 == 0 && hex.len() > 8)
                .then(|| {
                    (0..hex.len() / 2).map(|at| u8::from_str_radix(hex.get(2 * at..2 * at + 2)?, 16).ok()).collect()
                })
                .flatten();
            if let Some(bytes) = bytes
                && bytes[..4] == crate::fixture::header(bytes.len() - 4)
            {
                frames.push(bytes[4..].to_vec());
            }
        }
        serde_json::Value::Array(values) => values.iter().for_each(|value| collect(value, frames)),
        serde_json::Value::Object(entries) => {
            entries.values().for_each(|value| collect(value, frames));
        }
        _ => {}
    }
}

/// Changes something at random.
fn change(payload: &mut Vec<u8>, frames: &[Vec<u8>], random: &mut Random) {
    let at = random.next() as usize % (payload.len() + 1);
    match random.next() % 6 {
        0 if at < payload.len() => payload[at] ^= 1 << (random.next() % 8),
        1 if at < payload.len() => payload[at] = random.next() as u8,
        2 if at < payload.len() => {
            payload.remove(at);
        }
        3 => payload.insert(at, INTERESTING[random.next() as usize % INTERESTING.len()]),
        4 => payload.truncate(at),
        _ => {
            let other = &frames[random.next() as usize % frames.len()];
            let from = random.next() as usize % (other.len() + 1);
            payload.splice(at..at, other[from..].iter().copied());
        }
    }
}

/// Markers that claim, nest, or mean nothing.
const INTERESTING: [u8; 14] = [0xc0, 0xc1, 0xc6, 0xc9, 0xcb, 0xd9, 0xdb, 0xdc, 0xdd, 0xdf, 0x8f, 0x9f, 0xff, 0x00];

/// The server is as good as new after all of these.
#[test]
fn m20_nothing_is_left_behind() {
    let mut case = Case::of("m20");
    let mut attacker = Attacker::greeted(case.addr());
    for _ in 0..20 {
        attacker.write(&bare("nobody knows this"));
    }
    assert!(attacker.is_served(1));
    drop(attacker);
    case.until("all to be gone", |counts| counts.open() == 3);
    let heap = case.heap();
    assert!(heap < 32 * 1024, "{heap} bytes are left on the heap");
    case.finish();
}
