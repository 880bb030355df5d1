//! Integers that MessagePack does not have.

use repod::Action;

#[derive(Action)]
enum ToServer {
    Id { id: u128 },
    Ids {
        ids: Vec<Option<i128>>,
        #[serde(serialize_with = "written")]
        half: std::collections::HashMap<u8, (u128, u8)>,
    },
    Flat(std::collections::HashMap<String, u128>),
}

fn main() {}
