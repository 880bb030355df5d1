//! The scan against a slow reference that says the same in another way.

#![no_main]

use libfuzzer_sys::fuzz_target;
use repod::proto::Limits;

#[path = "../../tests/support/reference.rs"]
mod reference;

fuzz_target!(|frame: &[u8]| {
    // The reference recurses, once for each byte at most.
    let frame = &frame[..frame.len().min(1024)];
    reference::agrees(frame, &Limits::server().max_depth(6).max_nodes(60).max_map_keys(5));
    reference::agrees(frame, &Limits::server());
});
