//! An enum with bounds.

use repod::Action;

#[derive(Action)]
enum ToServer
where
    f64: Copy,
{
    Move { x: f64 },
}

fn main() {}
