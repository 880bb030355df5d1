//! What the tests of whole programs share: child processes, the examples as binaries, and Python.
//! Nothing here tests anything.

pub mod examples;
pub mod process;
pub mod python;
pub mod reference;

pub use examples::Example;
pub use process::{Process, Server};
pub use python::Python;
