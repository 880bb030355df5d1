//! [`Ending`]: why a game does not go on, in words for its player.

use std::fmt;

/// Why a game does not go on. Its `Debug` reads as its `Display`, because that is what `fn main() -> repod::Result` prints.
#[derive(Clone, PartialEq, Eq)]
pub struct Ending(String);

impl Ending {
    /// An ending for this reason.
    pub fn because(why: impl ToString) -> Self {
        Self(why.to_string())
    }
}

impl std::error::Error for Ending {}

impl fmt::Display for Ending {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for Ending {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}
