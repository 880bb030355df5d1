//! A field that is a reference.

use repod::Action;

#[derive(Action)]
enum ToServer {
    Chat { text: &'static str },
    Names { names: Vec<&'static str> },
}

fn main() {}
