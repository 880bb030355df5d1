//! An enum without variants.

use repod::Action;

#[derive(Action)]
enum ToServer {}

fn main() {}
