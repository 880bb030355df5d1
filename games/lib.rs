//! What the games have in common: how time passes on their servers and their clients, and how they end.
//! Each game is a program in a folder of its own.

mod ending;
mod ticker;
mod timeline;

pub use ending::Ending;
pub use ticker::Ticker;
pub use timeline::{Blend, Timeline};
