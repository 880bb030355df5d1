//! The Python library: a process of its own that runs the script beside this file.
//! Where a Python is, the support of the tests knows.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use tests::python::Python;

/// The command that starts the server.
pub fn command() -> Result<Command> {
    let python = Python::find().context("there is no Python that can run the library")?;
    let mut command = Command::new(python.interpreter());
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/peers/python.py"));
    Ok(command)
}
