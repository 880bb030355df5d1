//! What the games have in common: how time passes on their servers and their clients.
//! Each game is a program in a folder of its own.

mod ticker;
mod timeline;

pub use ticker::Ticker;
pub use timeline::{Blend, Timeline};
