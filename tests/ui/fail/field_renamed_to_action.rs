//! Fields that are given the name of the key that holds the action.

use repod::Action;

#[derive(Action)]
enum ToServer {
    Vote {
        #[serde(rename = "action")]
        vote: String,
    },
    Judge {
        #[serde(alias = "action")]
        verdict: String,
    },
}

fn main() {}
