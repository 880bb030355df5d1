//! Snapshots of what the derive writes. Whether that compiles and works is tested in the workspace's `tests/ui`.
//!
//! After a change, `UPDATE_EXPECT=1 cargo test -p repod-derive` writes them anew; read the difference.

mod expansion;
mod stub;

use expect_test::Expect;

/// Compares what the derive writes for `item`, formatted, with what is expected.
#[track_caller]
fn check(item: &str, expected: &Expect) {
    let item = item.parse().expect("the item is made of tokens");
    let written = syn::parse2(crate::derive(item)).expect("what the derive writes is made of items");
    expected.assert_eq(&prettyplease::unparse(&written));
}
