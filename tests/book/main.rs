//! The book: all of it is compiled, its tutorial works when it is followed to the letter, and what it says of errors and of tests is true.

mod errors;
mod named;
mod page;
mod structure;
mod tutorial;
mod wire;
