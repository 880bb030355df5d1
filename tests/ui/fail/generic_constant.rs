//! An enum with a constant parameter.

use repod::Action;

#[derive(Action)]
enum ToServer<const N: usize> {
    Move { position: [f64; N] },
}

fn main() {
    let _ = repod::encode(&ToServer::<2>::Move { position: [1.0, 2.0] });
}
