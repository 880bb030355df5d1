//! Fields that are called like the variables in the written code, and functions as well.

use repod::Action;

#[derive(Action, Debug, PartialEq)]
enum ToServer {
    Everything {
        self_: u8,
        handler: u8,
        message: u8,
        writer: u8,
        entry: u8,
        action_: u8,
        reader: u8,
        serializer: u8,
        content: u8,
        value: u8,
        keys: u8,
        field_1: u8,
        field_0: u8,
        #[serde(skip_serializing_if = "writer")]
        __field_13: u8,
        #[serde(default = "message", skip_serializing_if = "keys")]
        __is_left_out_12: u8,
        #[serde(default = "entry")]
        name: u8,
    },
    Content(Content),
}

#[derive(Debug, PartialEq, repod::serde::Serialize, repod::serde::Deserialize)]
#[serde(crate = "repod::serde")]
struct Content {
    content: u8,
}

fn writer(value: &u8) -> bool {
    *value == 0
}

fn keys(value: &u8) -> bool {
    *value == 0
}

fn message() -> u8 {
    0
}

fn entry() -> u8 {
    0
}

fn main() {
    let everything = ToServer::Everything {
        self_: 1,
        handler: 2,
        message: 3,
        writer: 4,
        entry: 5,
        action_: 6,
        reader: 7,
        serializer: 8,
        content: 9,
        value: 10,
        keys: 11,
        field_1: 12,
        field_0: 13,
        __field_13: 14,
        __is_left_out_12: 0,
        name: 16,
    };
    let frame = repod::encode(&everything).expect("numbers can be written");
    assert_eq!(repod::decode(&frame[4..]), Ok(everything));
}
