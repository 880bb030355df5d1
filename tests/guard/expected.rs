//! [`Expected`]: what the scenarios have cost when somebody last looked; checked in beside this file. Counting is done elsewhere.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::count::Count;

/// What each scenario may cost.
#[derive(Debug, Serialize, Deserialize)]
pub struct Expected {
    /// By which compiler; another one may well make other instructions.
    compiler: String,
    scenarios: BTreeMap<String, Cost>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Cost {
    /// For each repetition.
    instructions: u64,
    /// For a thousand repetitions, all together.
    allocations: u64,
}

impl Expected {
    pub fn of(counts: &[Count]) -> Self {
        let scenarios = counts.iter().map(|count| {
            let cost = Cost { instructions: count.instructions.unwrap_or(0), allocations: count.allocations };
            (count.scenario.name().to_owned(), cost)
        });
        Self { compiler: compiler(), scenarios: scenarios.collect() }
    }

    pub fn read() -> repod::Result<Self> {
        Ok(serde_json::from_str(&std::fs::read_to_string(file())?)?)
    }

    pub fn write(&self) -> repod::Result {
        std::fs::write(file(), serde_json::to_string_pretty(self)? + "\n")?;
        Ok(())
    }

    /// What is not as expected, a sentence for each.
    pub fn compare(&self, counts: &[Count]) -> Vec<String> {
        let mut complaints = Vec::new();
        for count in counts {
            let name = count.scenario.name();
            let Some(expected) = self.scenarios.get(name) else {
                complaints.push(format!("{name}: nothing is expected yet"));
                continue;
            };
            if count.allocations != expected.allocations {
                let (now, then) = (count.allocations, expected.allocations);
                complaints.push(format!("{name}: {now} allocations in a thousand repetitions instead of {then}"));
            }
            let Some(now) = count.instructions else { continue };
            let then = expected.instructions;
            // Cheaper is a change, too: what was won must be held.
            if now.abs_diff(then) * 100 > then * TOLERANCE {
                complaints.push(format!("{name}: {now} instructions instead of {then}; {TOLERANCE} % are tolerated"));
            }
        }
        if !complaints.is_empty() && self.compiler != compiler() {
            complaints.push(format!("the compiler is {} and was {}", compiler(), self.compiler));
        }
        complaints
    }
}

/// The compiler that built this, as it calls itself.
fn compiler() -> String {
    let said = std::process::Command::new("rustc").arg("--version").output();
    said.map_or_else(|_| "unknown".to_owned(), |said| String::from_utf8_lossy(&said.stdout).trim().to_owned())
}

fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("guard/expected.json")
}

/// By how much instructions may differ, in percent.
const TOLERANCE: u64 = 5;
