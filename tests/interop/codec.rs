//! `repod::encode` and `repod::decode` against the Python library's `encode`, `decode` and `read_message`, in a process of its own.
//! Random messages of all sorts, and the edges of every type; nothing goes over a socket.

use std::collections::BTreeMap;

use repod::proto::{DecodeError, FrameDecoder};
use repod::serde::{Deserialize, Serialize};
use repod::{Action, Value};
use serde_bytes::ByteBuf;
use tests::{Process, Python};

use crate::values::{Maker, bytes_of, hex, spell, spell_text};

#[derive(Action, Debug, Clone, PartialEq)]
enum Sample {
    /// A field that takes anything.
    Any { value: Value },
    /// Every width.
    Ints { a: u8, b: u16, c: u32, d: u64, e: i8, f: i16, g: i32, h: i64 },
    /// Everything else.
    Mixed(Mixed),
    /// Nothing.
    Unit,
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
#[serde(crate = "repod::serde")]
struct Mixed {
    small: f32,
    number: f64,
    yes: bool,
    text: String,
    bytes: ByteBuf,
    nobody: Option<u32>,
    somebody: Option<String>,
    points: Vec<(i32, f64)>,
    players: BTreeMap<u32, Vec<Option<bool>>>,
}

#[test]
fn random_messages_of_python_are_decoded_and_encoded_again_to_the_same_bytes() {
    let Some(python) = Python::find() else { return };
    let mut codec = python.start("codec.py", &[]);
    codec.tell(&format!("make {SEED} {COUNT}"));
    for _ in 0..COUNT {
        let line = codec.next_line();
        let (frame, spelled) = line.split_once(' ').expect("a frame and what it means");
        let frame = bytes_of(frame);
        let message: Sample = repod::decode(&frame[4..]).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert_eq!(spell_message(&message), spelled);
        assert_eq!(repod::encode(&message), Ok(frame), "{line}");
    }
}

#[test]
fn random_messages_of_ours_are_read_by_python_and_come_back_as_the_same_bytes() {
    let Some(python) = Python::find() else { return };
    let mut codec = python.start("codec.py", &[]);
    let mut maker = Maker::new(SEED);
    for _ in 0..COUNT {
        let message = Sample::Any { value: maker.value(4) };
        let frame = repod::encode(&message).expect("a value can be encoded");
        assert_eq!(repod::decode(&frame[4..]), Ok(message.clone()));
        codec.tell(&format!("read {}", hex(&frame)));
        codec.says(&[&format!("{} {}", hex(&frame), spell_message(&message)), "left 0"]);
    }
}

#[test]
fn a_stream_of_our_frames_is_read_by_python() {
    let Some(python) = Python::find() else { return };
    let mut codec = python.start("codec.py", &[]);
    let frame = repod::encode(&Sample::Unit).expect("nothing can be encoded");
    let stream = [&frame[..], &frame, &frame[..9]].concat();
    let line = format!("{} {{{}={}}}", hex(&frame), spell_text("action"), spell_text("unit"));
    codec.tell(&format!("read {}", hex(&stream)));
    codec.says(&[&line, &line, "left 9"]);
}

#[test]
fn a_stream_of_pythons_frames_is_read_by_us() {
    let Some(python) = Python::find() else { return };
    let mut codec = python.start("codec.py", &[]);
    codec.tell(&format!("make {SEED} 50"));
    let frames: Vec<Vec<u8>> =
        (0..50).map(|_| bytes_of(codec.next_line().split_once(' ').expect("a frame and what it means").0)).collect();
    let mut decoder = FrameDecoder::new(64 * 1024);
    let mut read = Vec::new();
    for piece in frames.concat().chunks(7) {
        decoder.push(piece);
        while let Some(frame) = decoder.next_frame().expect("no frame is too large") {
            read.push(frame.to_vec());
        }
    }
    assert_eq!(decoder.truncated(), None);
    assert!(read.iter().eq(frames.iter().map(|frame| &frame[4..])));
}

#[test]
fn ints_of_every_width_pass_both_ways() {
    let Some(python) = Python::find() else { return };
    let mut codec = python.start("codec.py", &[]);
    let (least, most) = (
        Sample::Ints { a: 0, b: 0, c: 0, d: 0, e: i8::MIN, f: i16::MIN, g: i32::MIN, h: i64::MIN },
        Sample::Ints {
            a: u8::MAX,
            b: u16::MAX,
            c: u32::MAX,
            d: u64::MAX,
            e: i8::MAX,
            f: i16::MAX,
            g: i32::MAX,
            h: i64::MAX,
        },
    );
    let mut check = |message: Sample, literal: &str| {
        let frame = bytes_from(&mut codec, literal);
        assert_eq!(repod::decode(&frame[4..]).as_ref(), Ok(&message));
        assert_eq!(repod::encode(&message), Ok(frame));
    };
    check(
        least,
        "{'action': 'ints', 'a': 0, 'b': 0, 'c': 0, 'd': 0, \
         'e': -128, 'f': -32768, 'g': -2147483648, 'h': -9223372036854775808}",
    );
    check(
        most,
        "{'action': 'ints', 'a': 255, 'b': 65535, 'c': 4294967295, 'd': 18446744073709551615, \
         'e': 127, 'f': 32767, 'g': 2147483647, 'h': 9223372036854775807}",
    );
}

#[test]
fn a_struct_of_everything_passes_both_ways() {
    let Some(python) = Python::find() else { return };
    let mut codec = python.start("codec.py", &[]);
    let mixed = Sample::Mixed(Mixed {
        small: 0.5,
        number: 0.1,
        yes: true,
        text: "¡Hola, 世界! 🎮".to_owned(),
        bytes: ByteBuf::from(*b"\x00\x01\xff"),
        nobody: None,
        somebody: Some("Ada".to_owned()),
        points: vec![(-1, 10.0), (70_000, -0.5)],
        players: BTreeMap::from([(1, vec![Some(true), None]), (u32::MAX, vec![])]),
    });
    // Python has one sort of list, whole numbers for floats, and no `f32`.
    let literal = "{'players': {1: (True, None), 4294967295: []}, 'points': [(-1, 10), [70000, -0.5]], 'somebody': 'Ada', \
                   'nobody': None, 'bytes': b'\\x00\\x01\\xff', 'text': '¡Hola, 世界! 🎮', 'yes': True, 'number': 0.1, \
                   'small': 0.5, 'action': 'mixed'}";
    let frame = bytes_from(&mut codec, literal);
    assert_eq!(repod::decode(&frame[4..]), Ok(mixed.clone()));

    let frame = repod::encode(&mixed).expect("it can be encoded");
    codec.tell(&format!("read {}", hex(&frame)));
    let line = codec.next_line();
    let (again, spelled) = line.split_once(' ').expect("a frame and what it means");
    assert_eq!(repod::decode(&bytes_of(again)[4..]), Ok(mixed));
    assert!(spelled.contains(&format!("{}=f3fe0000000000000", spell_text("small"))), "{spelled}");
    assert!(spelled.contains(&format!("{}=b0001ff", spell_text("bytes"))), "{spelled}");
    assert!(spelled.contains("{i1=[true nil] i4294967295=[]}"), "{spelled}");
}

#[test]
fn what_python_can_send_and_we_refuse_is_told_apart() {
    let Some(python) = Python::find() else { return };
    let mut codec = python.start("codec.py", &[]);
    let mut check = |literal: &str, is_expected: fn(&DecodeError) -> bool| {
        let frame = bytes_from(&mut codec, literal);
        let error: DecodeError = repod::decode::<Sample>(&frame[4..]).expect_err(literal);
        assert!(is_expected(&error), "{literal}: {error}");
        assert!(!error.is_fatal(), "{literal}: {error}");
    };
    check("{'action': 'any', 'value': 1e999}", |error| matches!(error, DecodeError::NonFinite { .. }));
    check("{'action': 'any'}", |error| matches!(error, DecodeError::MissingField { .. }));
    check("{'action': 'Any', 'value': 1}", |error| matches!(error, DecodeError::UnknownAction { .. }));
    check("{'value': 1}", |error| matches!(error, DecodeError::NoAction));
    check("{'action': b'any', 'value': 1}", |error| matches!(error, DecodeError::BadAction { .. }));
    check("['any', 1]", |error| matches!(error, DecodeError::NotAMap { .. }));
    check(
        "{'action': 'ints', 'a': 256, 'b': 0, 'c': 0, 'd': 0, 'e': 0, 'f': 0, 'g': 0, 'h': 0}",
        |error| matches!(error, DecodeError::BadField { field, .. } if field == "a"),
    );
}

fn spell_message(message: &Sample) -> String {
    let Sample::Any { value } = message else {
        panic!("{message:?} is not spelled");
    };
    let (action, key) = (spell_text("action"), spell_text("value"));
    format!("{{{action}={} {key}={}}}", spell_text("any"), spell(value))
}

/// What Python encodes a value to, the length prefix included.
fn bytes_from(codec: &mut Process, literal: &str) -> Vec<u8> {
    codec.tell(&format!("encode {literal}"));
    bytes_of(&codec.next_line())
}

const SEED: u64 = 0x7265_706f_6400;
const COUNT: usize = 500;
