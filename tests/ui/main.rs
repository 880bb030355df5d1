//! What compiles and what does not, with the compiler's own words: one mistake for each file of `fail`, and the error beside it.
//! How the code behaves that does compile is tested in `it`.
//!
//! The `.stderr` files hold for one version of the compiler. After an upgrade, write them anew with `TRYBUILD=overwrite`,
//! and read each of them as a beginner would.

#[test]
fn right_programs_compile_and_run() {
    trybuild::TestCases::new().pass("ui/pass/*.rs");
}

#[test]
fn each_mistake_is_one_error_that_says_what_to_do() {
    trybuild::TestCases::new().compile_fail("ui/fail/*.rs");
}
