//! Types that hide those of the prelude, and a trait that gives every value methods with the names of ours.

use repod::Action;
use repod::serde::{Deserialize, Serialize};

macro_rules! types {
    ($($name:ident)*) => {$(
        #[derive(Debug, PartialEq, ::core::default::Default, Serialize, Deserialize)]
        #[serde(crate = "repod::serde")]
        struct $name {
            field: u8,
        }
    )*};
}

types!(Option Result Vec String Box Send Future Default Iterator Some None Ok Err Action_ Message Writer);

mod primitives {
    #![allow(non_camel_case_types)]

    // Here and not above, because serde's own derive does not bear it.
    type bool = u8;
    type str = u8;
    type u32 = u8;

    #[derive(repod::Action)]
    pub(super) enum ToServer {
        Move {
            text: str,
            #[serde(skip_serializing_if = "super::is_zero")]
            number: u32,
            truth: bool,
        },
    }
}

fn is_even(number: &u8) -> ::core::result::Result<(), &'static ::core::primitive::str> {
    if number % 2 == 0 { ::core::result::Result::Ok(()) } else { ::core::result::Result::Err("odd") }
}

trait Every: Sized {
    fn check(self) {}
    fn refusal(self) {}
    fn length(self) {}
    fn raw(self) {}
    fn key(self) {}
    fn action(self) {}
    fn entries(self) {}
    fn as_bytes(self) {}
    fn read(self) {}
    fn on_option(self) {}
    fn on_move(self) {}
    fn dispatch(self) {}
}

impl<T> Every for T {}

#[derive(Action, Debug, PartialEq)]
#[action(sync)]
enum ToServer {
    Option(Option),
    Some(Some),
    Move {
        none: None,
        ok: Ok,
        vec: Vec,
        string: String,
        #[serde(default)]
        result: Result,
        #[serde(default, skip_serializing_if = "is_zero")]
        #[action(range = 0..=100, validate = is_even)]
        number: u8,
    },
    None,
}

#[derive(Action)]
enum Second {
    Ok(Ok),
    Err { result: Result },
}

fn is_zero(number: &u8) -> bool {
    *number == 0
}

struct Handler;

impl ToServerHandler for Handler {
    fn on_option(&mut self, _: Option) -> repod::Result {
        repod::Result::Ok(())
    }

    fn on_some(&mut self, _: Some) -> repod::Result {
        repod::Result::Ok(())
    }

    fn on_move(&mut self, _: None, _: Ok, _: Vec, _: String, _: Result, _: u8) -> repod::Result {
        repod::Result::Ok(())
    }

    fn on_none(&mut self) -> repod::Result {
        repod::Result::Ok(())
    }
}

fn main() {
    let action = ToServer::Move {
        none: None { field: 1 },
        ok: Ok { field: 2 },
        vec: Vec { field: 3 },
        string: String { field: 4 },
        result: Result { field: 5 },
        number: 0,
    };
    let frame = repod::encode(&action).unwrap();
    let decoded: ToServer = repod::decode(&frame[4..]).unwrap();
    assert_eq!(decoded, action);
    assert!(repod::encode(&primitives::ToServer::Move { text: 1, number: 2, truth: 3 }).is_ok());
    let _: fn(ToServer, &mut Handler) -> repod::Result = repod::DispatchSync::dispatch_sync;
}
