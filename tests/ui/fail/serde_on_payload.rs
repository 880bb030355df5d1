//! serde's attribute on a field without a name.

use repod::Action;
use repod::serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
#[serde(crate = "repod::serde")]
struct Chat {
    text: String,
}

#[derive(Action)]
enum ToServer {
    Chat(#[serde(default)] Chat),
}

fn main() {}
