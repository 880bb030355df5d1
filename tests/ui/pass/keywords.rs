//! Keywords as the names of enums, variants and fields.

#![allow(non_camel_case_types, non_snake_case)]

use repod::Action;
use repod::serde::{Deserialize, Serialize};

#[derive(Action)]
enum r#enum {
    r#type {
        #[action(range = 0..=9)]
        r#match: u8,
        #[action(validate = r#fn)]
        r#gen: u8,
        r#fn: u8,
    },
    Match(Payload),
    Async(Payload),
    Gen(Payload),
    Crate(Payload),
    Super(Payload),
    Self_(Payload),
    Move,
    r#try(Payload),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(crate = "repod::serde")]
struct Payload {
    r#loop: u8,
}

fn r#fn(r#gen: &u8) -> bool {
    *r#gen < 9
}

struct Handler;

impl enumHandler for Handler {
    async fn on_type(&mut self, r#match: u8, r#gen: u8, r#fn: u8) -> repod::Result {
        println!("{}", r#match + r#gen + r#fn);
        Ok(())
    }

    async fn on_match(&mut self, r#match: Payload) -> repod::Result {
        println!("{}", r#match.r#loop);
        Ok(())
    }

    async fn on_async(&mut self, _: Payload) -> repod::Result {
        Ok(())
    }

    async fn on_gen(&mut self, _: Payload) -> repod::Result {
        Ok(())
    }

    async fn on_crate(&mut self, _: Payload) -> repod::Result {
        Ok(())
    }

    async fn on_super(&mut self, _: Payload) -> repod::Result {
        Ok(())
    }

    async fn on_self_(&mut self, _: Payload) -> repod::Result {
        Ok(())
    }

    async fn on_move(&mut self) -> repod::Result {
        Ok(())
    }

    async fn on_try(&mut self, _: Payload) -> repod::Result {
        Ok(())
    }
}

fn main() {
    assert_eq!(r#enum::NAMES, ["type", "match", "async", "gen", "crate", "super", "self_", "move", "try"]);
    let frame = repod::encode(&r#enum::r#type { r#match: 1, r#gen: 2, r#fn: 3 });
    assert_eq!(frame.as_deref().map(|frame| &frame[4..]), Ok(&b"\x84\xa6action\xa4type\xa5match\x01\xa3gen\x02\xa2fn\x03"[..]));
}
