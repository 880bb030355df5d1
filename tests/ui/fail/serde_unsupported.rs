//! serde's settings that mean nothing here.

use repod::Action;

#[derive(Action)]
enum ToServer {
    Move {
        #[serde(borrow)]
        a: String,
        #[serde(getter = "A::a")]
        b: String,
        #[serde(bound = "T: Copy")]
        c: String,
        #[serde(lenient)]
        d: i32,
        #[serde(defualt)]
        e: i32,
        #[serde(rename(read = "x"))]
        f: i32,
    },
}

fn main() {}
