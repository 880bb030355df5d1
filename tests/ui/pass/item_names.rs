//! Constants, statics and types with names that a variable of the written code could have.

#![allow(dead_code, non_camel_case_types, non_upper_case_globals)]

use repod::Action;

const field_0: u8 = 0;
const content: u8 = 0;
const message: u8 = 0;
const value: u8 = 0;
const reader: u8 = 0;
static keys: u8 = 0;
static writer: u8 = 0;
static handler: u8 = 0;
struct entry;
struct serializer;

#[derive(Action, Debug, PartialEq)]
enum ToServer {
    Move {
        x: u8,
        #[serde(skip_serializing_if = "Option::is_none")]
        y: Option<u8>,
    },
    Scores(std::collections::BTreeMap<String, u8>),
}

fn main() {
    let action = ToServer::Move { x: 1, y: None };
    let frame = repod::encode(&action).expect("numbers can be written");
    assert_eq!(repod::decode(&frame[4..]), Ok(action));
}
