//! Decoding actions with fields of every kind: nothing panics, and what decodes is encoded and decoded to the same.

#![no_main]

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt::Debug;
use std::num::NonZeroU8;

use libfuzzer_sys::fuzz_target;
use repod::proto::{EncodeError, Limits, Message};
use repod::serde::{Deserialize, Serialize};
use repod::{Action, Unknown};

#[derive(Action, Debug, Clone, PartialEq)]
enum Strict {
    Connected,
    Ping {
        count: Option<u32>,
    },
    Message {
        text: String,
        nickname: Option<String>,
    },
    Integers {
        a: i8,
        b: i16,
        c: i32,
        d: i64,
        f: u8,
        g: u16,
        h: u32,
        i: u64,
        k: NonZeroU8,
    },
    Floats {
        wide: f64,
        narrow: f32,
        both: (f32, f64),
    },
    Texts {
        one: String,
        letter: char,
        shared: Cow<'static, str>,
        boxed: Box<str>,
    },
    Bytes {
        #[serde(with = "serde_bytes")]
        data: Vec<u8>,
        numbers: Vec<u8>,
        array: [u8; 4],
    },
    Lists {
        list: Vec<i16>,
        queue: VecDeque<Option<bool>>,
        pair: (u8, String),
        nothing: (),
    },
    Maps {
        names: BTreeMap<String, u32>,
        keyed: BTreeMap<u32, bool>,
        signed: BTreeMap<i8, Kind>,
        any: HashMap<String, Vec<u8>>,
    },
    Nested {
        spots: Vec<Spot>,
        kind: Kind,
        tree: Tree,
        deep: Option<Option<Box<Spot>>>,
    },
    Flat(Spot),
    #[action(rename = "renamed")]
    Named {
        #[serde(rename = "new", alias = "old")]
        value: u16,
        #[serde(default)]
        missing: u8,
    },
}

#[derive(Action, Debug, Clone, PartialEq)]
#[action(lenient)]
enum Lenient {
    Message { text: String },
    Integers { a: i8, b: i16, c: i32, d: i64, f: u8, g: u16, h: u32, i: u64 },
    Lists { list: Vec<i16>, pair: (u8, f64) },
    Nested { spots: Vec<Spot>, kind: Kind, tree: Tree },
    Flat(Spot),
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
#[serde(crate = "repod::serde")]
struct Spot {
    x: f64,
    y: Option<f32>,
    #[serde(default)]
    tags: Vec<String>,
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
    Many(Vec<Tree>),
}

fuzz_target!(|payload: &[u8]| {
    round::<Strict>(payload);
    round::<Lenient>(payload);
    let mut table = Vec::new();
    if let Ok(message) = Message::parse(payload, &Limits::server(), &mut table) {
        // What an `on_unknown` may do with it.
        let unknown = Unknown::new(&message);
        assert_eq!(unknown.name(), message.action());
        let _ = (unknown.value(), unknown.field("text"), format!("{unknown:?}"));
    }
});

fn round<A: Action + Debug + PartialEq>(payload: &[u8]) {
    let action = match repod::decode::<A>(payload) {
        Ok(action) => action,
        Err(error) => {
            // It is logged: short, in one line, and without anything that moves a cursor.
            let text = error.to_string();
            assert!(text.len() < 1000 && !text.contains(char::is_control), "{text:?}");
            return;
        }
    };
    let frame = match repod::encode(&action) {
        Ok(frame) => frame,
        // Small numbers grow when they are written as an array, and names when they are written out.
        Err(EncodeError::TooLarge { .. }) => return,
        Err(error) => panic!("{action:?} was decoded and cannot be encoded: {error}"),
    };
    let again = repod::decode::<A>(&frame[4..]);
    assert_eq!(again.as_ref(), Ok(&action));
    assert_eq!(repod::encode(&again.expect("it was decoded")).expect("it was encoded").len(), frame.len());
}
