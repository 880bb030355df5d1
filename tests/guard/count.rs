//! [`Count`]: what a scenario costs, counted in processes of its own. What it may cost is not known here.

use std::process::{Command, Stdio};

use crate::scenario::Scenario;

/// What a scenario costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    pub scenario: Scenario,
    /// For each repetition; `None` where there is no valgrind.
    pub instructions: Option<u64>,
    /// For a thousand repetitions, all together.
    pub allocations: u64,
}

impl Count {
    pub fn of(scenario: Scenario) -> repod::Result<Self> {
        let allocations = command(Command::new(std::env::current_exe()?), scenario, 1000)?.0.trim().parse()?;
        let instructions = if has_valgrind() {
            let more = instructions(scenario, FEW + MORE)?.saturating_sub(instructions(scenario, FEW)?);
            Some(more / MORE)
        } else {
            None
        };
        Ok(Self { scenario, instructions, allocations })
    }
}

/// The instructions of a whole process.
fn instructions(scenario: Scenario, repetitions: u64) -> repod::Result<u64> {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(std::env::current_exe()?);
    let (_, said) = command(valgrind, scenario, repetitions)?;
    let collected = said.lines().find_map(|line| line.split_once("Collected :"));
    let (_, count) = collected.ok_or_else(|| format!("callgrind says no count: {said}"))?;
    Ok(count.trim().parse()?)
}

/// Runs a scenario, and returns what was written to standard output and to standard error.
fn command(mut command: Command, scenario: Scenario, repetitions: u64) -> repod::Result<(String, String)> {
    let output = command.args(["run", scenario.name(), &repetitions.to_string()]).stdin(Stdio::null()).output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() {
        return Err(format!("{command:?}: {}\n{said}", output.status).into());
    }
    Ok((String::from_utf8(output.stdout)?, said))
}

fn has_valgrind() -> bool {
    Command::new("valgrind").arg("--version").output().is_ok_and(|output| output.status.success())
}

/// How often it is done in the shorter run, and by how much the longer one is longer; multiples of a burst.
const FEW: u64 = 100;
const MORE: u64 = 1000;
