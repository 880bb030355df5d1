//! Every setting of `#[serde(..)]` that a field takes, and what it does to the wire.

#![deny(warnings)]

use repod::Action;
use repod::serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Action, Debug, PartialEq)]
enum ToServer {
    Default {
        #[serde(default)]
        zero: u8,
        #[serde(default = "seven")]
        seven: u8,
    },
    Rename {
        #[serde(rename = "type")]
        kind: u8,
        #[serde(rename(serialize = "new", deserialize = "old"))]
        version: u8,
        #[serde(alias = "colour", alias = "tint", alias = "color")]
        color: u8,
    },
    With {
        #[serde(with = "text")]
        both: u128,
        #[serde(serialize_with = "text::serialize", deserialize_with = "text::deserialize")]
        each: u128,
        #[serde(with = "text", default)]
        absent: u128,
        #[action(lenient)]
        #[serde(deserialize_with = "as_it_is")]
        lenient: u8,
    },
    Skip {
        #[serde(skip)]
        never: u8,
        #[serde(skip_serializing, default)]
        only_read: u8,
        #[serde(skip_deserializing, default = "seven")]
        only_written: u8,
        #[serde(skip)]
        unknown_to_serde: Plain,
    },
    Sometimes {
        #[serde(skip_serializing_if = "Option::is_none")]
        first: Option<u8>,
        second: u8,
        #[serde(skip_serializing_if = "Vec::<u8>::is_empty", default)]
        third: Vec<u8>,
    },
}

#[derive(Debug, Default, PartialEq)]
struct Plain;

fn seven() -> u8 {
    7
}

fn as_it_is<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    u8::deserialize(deserializer)
}

mod text {
    use super::*;

    pub(super) fn serialize<S: Serializer>(number: &u128, serializer: S) -> Result<S::Ok, S::Error> {
        number.to_string().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u128, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(repod::serde::de::Error::custom)
    }
}

#[track_caller]
fn check(action: &ToServer, written: &[u8], read: &[u8]) {
    assert_eq!(repod::encode(action).as_deref().map(|frame| &frame[4..]), Ok(written));
    assert_eq!(repod::decode::<ToServer>(read).as_ref(), Ok(action));
}

fn main() {
    check(
        &ToServer::Default { zero: 0, seven: 7 },
        b"\x83\xa6action\xa7default\xa4zero\x00\xa5seven\x07",
        b"\x81\xa6action\xa7default",
    );
    check(
        &ToServer::Rename { kind: 1, version: 2, color: 3 },
        b"\x84\xa6action\xa6rename\xa4type\x01\xa3new\x02\xa5color\x03",
        b"\x84\xa6action\xa6rename\xa4type\x01\xa3old\x02\xa4tint\x03",
    );
    check(
        &ToServer::With { both: 1, each: 2, absent: 0, lenient: 2 },
        b"\x85\xa6action\xa4with\xa4both\xa11\xa4each\xa12\xa6absent\xa10\xa7lenient\x02",
        b"\x84\xa6action\xa4with\xa4both\xa11\xa4each\xa12\xa7lenient\xca\x40\0\0\0",
    );
    check(
        &ToServer::Skip { never: 0, only_read: 5, only_written: 7, unknown_to_serde: Plain },
        b"\x82\xa6action\xa4skip\xaconly_written\x07",
        b"\x83\xa6action\xa4skip\xa9only_read\x05\xaconly_written\x01",
    );
    check(
        &ToServer::Sometimes { first: None, second: 2, third: vec![] },
        b"\x82\xa6action\xa9sometimes\xa6second\x02",
        b"\x82\xa6action\xa9sometimes\xa6second\x02",
    );
    check(
        &ToServer::Sometimes { first: Some(1), second: 2, third: vec![3] },
        b"\x84\xa6action\xa9sometimes\xa5first\x01\xa6second\x02\xa5third\x91\x03",
        b"\x84\xa6action\xa9sometimes\xa5first\x01\xa6second\x02\xa5third\x91\x03",
    );

    // A field that a function reads is not asked whether it may be missing.
    let missing = repod::decode::<ToServer>(b"\x81\xa6action\xa4with").unwrap_err().to_string();
    assert!(missing.contains("`both`"), "{missing}");
}
