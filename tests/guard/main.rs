//! The guard: instructions and allocations of fixed scenarios must stay what they were. Times are not looked at: where the project's
//! checks run they are noise.
//!
//! ```text
//! .ci/guard             # compares with tests/guard/expected.json
//! .ci/guard --update    # writes what it finds there
//! ```
//!
//! Instructions are those that callgrind counts, and may differ by 5 %; allocations may not differ at all. Each count is the difference
//! between two runs, so that what is done only once drops out.

mod count;
mod echo;
mod expected;
mod scenario;

use std::alloc::System;
use std::process::ExitCode;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

use crate::count::Count;
use crate::expected::Expected;
use crate::scenario::Scenario;

#[global_allocator]
static HEAP: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() -> repod::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        // What is counted runs in a process of its own.
        ["run", name, repetitions] => {
            let allocations = Scenario::named(name)?.run(repetitions.parse()?)?;
            println!("{allocations}");
            Ok(ExitCode::SUCCESS)
        }
        ["--update"] => {
            Expected::of(&count_all()?).write()?;
            Ok(ExitCode::SUCCESS)
        }
        [] => {
            let complaints = Expected::read()?.compare(&count_all()?);
            for complaint in &complaints {
                eprintln!("!! {complaint}");
            }
            if complaints.is_empty() {
                return Ok(ExitCode::SUCCESS);
            }
            eprintln!("if that is as it should be: .ci/guard --update");
            Ok(ExitCode::FAILURE)
        }
        _ => Err("the guard takes no argument but --update".into()),
    }
}

/// Counts every scenario, and prints what it finds.
fn count_all() -> repod::Result<Vec<Count>> {
    println!("{:<12} {:>18} {:>26}", "scenario", "instructions each", "allocations in a thousand");
    let mut counts = Vec::new();
    for scenario in Scenario::ALL {
        let count = Count::of(scenario)?;
        let instructions = count.instructions.map_or("not counted".to_owned(), |count| count.to_string());
        println!("{:<12} {instructions:>18} {:>26}", scenario.name(), count.allocations);
        counts.push(count);
    }
    Ok(counts)
}
