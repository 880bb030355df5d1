//! Enums with explicit discriminants, from a macro, called like a type parameter, or holding themselves.

#![allow(dead_code)]

use repod::Action;
use repod::serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Action, Clone, Copy)]
#[repr(u8)]
enum Numbered {
    One = 1,
    Seven = 7,
}

macro_rules! actions {
    ($(#[$attribute:meta])* $visibility:vis $name:ident, $handler:ident, $variant:ident: $method:ident($field:ident: $type:ty)) => {
        #[derive(Action)]
        $(#[$attribute])*
        $visibility enum $name {
            $variant { $field: $type, more: Vec<$type> },
        }

        struct Handler;

        impl $handler for Handler {
            async fn $method(&mut self, $field: $type, more: Vec<$type>) -> repod::Result {
                drop(($field, more));
                Ok(())
            }
        }
    };
}

actions!(#[action(rename_all = "UPPERCASE")] pub(crate) Made, MadeHandler, Move: on_move(x: Option<f64>));

#[derive(Action)]
enum H {
    H { h: u8 },
}

#[derive(Action)]
enum T {
    E(E),
}

#[derive(Serialize, Deserialize)]
#[serde(crate = "repod::serde")]
struct E {
    e: u8,
}

/// Writes itself with serde as well, so that it can hold itself.
#[derive(Action, Debug, PartialEq)]
enum Tree {
    Branch { trees: Vec<Self>, size: [u8; Self::SIZE] },
    Leaf,
}

impl Tree {
    const SIZE: usize = 2;
}

impl Serialize for Tree {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.name().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|_| Self::Leaf)
    }
}

impl TreeHandler for Handler {
    async fn on_branch(&mut self, _trees: Vec<Tree>, _size: [u8; Tree::SIZE]) -> repod::Result {
        Ok(())
    }

    async fn on_leaf(&mut self) -> repod::Result {
        Ok(())
    }
}

fn main() {
    assert_eq!(Numbered::NAMES, ["one", "seven"]);
    assert_eq!(Made::NAMES, ["MOVE"]);
    assert_eq!(H::NAMES, ["h"]);
    assert_eq!(T::NAMES, ["e"]);
    let tree = Tree::Branch { trees: vec![Tree::Leaf], size: [1, 2] };
    let frame = repod::encode(&tree).expect("a tree can be written");
    assert_eq!(repod::decode(&frame[4..]), Ok(tree));
}
