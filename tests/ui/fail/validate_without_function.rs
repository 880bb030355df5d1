//! What stands for a function and is no path.

use repod::Action;

#[derive(Action)]
enum ToServer {
    #[action(validate)]
    Hello {
        #[action(validate = "is_name")]
        name: String,
        #[action(validate = |name| !name.is_empty())]
        team: String,
    },
}

fn main() {}
