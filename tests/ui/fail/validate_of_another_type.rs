//! Functions that take something else than the fields by reference.

use repod::Action;

#[derive(Action)]
enum ToServer {
    Hello {
        #[action(validate = is_name)]
        name: String,
    },
    #[action(validate = is_on_board)]
    Move { x: f64, y: f64 },
}

fn is_name(name: String) -> bool {
    !name.is_empty()
}

fn is_on_board(x: &f64) -> bool {
    *x < 8.0
}

fn main() {}
