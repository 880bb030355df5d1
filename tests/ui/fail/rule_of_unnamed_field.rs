//! The fields of a struct in a variant are checked by one function for all of them.

use repod::Action;

#[derive(repod::serde::Serialize, repod::serde::Deserialize)]
#[serde(crate = "repod::serde")]
struct Chat {
    text: String,
}

#[derive(Action)]
enum ToServer {
    Chat(#[action(max_len = 64)] Chat),
}

fn main() {}
