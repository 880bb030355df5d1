//! A field that should lie flat beside others.

use repod::Action;
use repod::serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
#[serde(crate = "repod::serde")]
struct Chat {
    text: String,
}

#[derive(Action)]
enum ToServer {
    Say {
        to: String,
        #[serde(flatten)]
        chat: Chat,
    },
}

fn main() {}
