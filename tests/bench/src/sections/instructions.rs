//! Instructions for each message of the echo, over memory, as callgrind counts them: the same on every machine and every day.
//! System calls are not among them.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::contest::Contest;
use crate::peers::Kind;
use crate::plan::Plan;
use crate::report::Report;

pub fn run(plan: &Plan, report: &mut Report) -> Result<()> {
    let kinds = [Kind::Bare, Kind::Ours];
    for window in [1, 256] {
        let contest = Contest {
            section: NAME,
            case: format!("window {window}, client and server"),
            metrics: &["instructions each"],
            rivals: &kinds.map(Kind::name),
        };
        // They hardly differ from round to round.
        contest.rounds(plan.rounds.min(3), report, |index| {
            let few = count(kinds[index], window, 20)?;
            let many = count(kinds[index], window, 20 + MORE)?;
            Ok(vec![(many - few) as f64 / (MORE * window) as f64])
        })?;
    }
    Ok(())
}

/// The instructions of a whole process that lets so many windows go there and back.
fn count(kind: Kind, window: usize, count: usize) -> Result<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe()?)
        .args(["path", kind.name(), &window.to_string(), &count.to_string()])
        .stdin(Stdio::null())
        .output()
        .context("valgrind is needed for this")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "valgrind failed: {said}");
    let collected = said.lines().find_map(|line| line.split_once("Collected :")).context("callgrind says no count")?;
    Ok(collected.1.trim().parse()?)
}

/// By how many windows two runs differ, so that what is done only once drops out.
const MORE: usize = 200;

pub const NAME: &str = "instructions";
