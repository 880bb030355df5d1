//! What stands in for the terminal face of `chat` in a build without it.

use std::path::PathBuf;

pub fn chat(_: &str) -> repod::Result {
    Err(UNBUILT.into())
}

pub fn paint(_: PathBuf) -> repod::Result {
    Err(UNBUILT.into())
}

const UNBUILT: &str =
    "this build has no terminal face: use `cargo run --bin chat --features terminal -- client --terminal`";
