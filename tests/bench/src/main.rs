//! The benchmarks of repod: every figure is measured next to its floor, within one run.
//! What counts as good enough is not said here: that is the verdict's.
//!
//! ```text
//! repod-bench [--quick] [--json FILE] [SECTION..]   # `.ci/bench` builds it and calls this
//! repod-bench serve KIND [--count]                  # a server to be measured, in a process of its own
//! repod-bench path KIND WINDOW COUNT                # the echo path over memory, to be run under callgrind
//! ```

mod contest;
mod cores;
mod heap;
mod host;
mod load;
mod memory;
mod peers;
mod pipe;
mod plan;
mod protocol;
mod report;
mod sections;
mod serving;
mod swarm;
mod verdict;
mod wire;

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::heap::Counting;
use crate::peers::Kind;
use crate::plan::Plan;
use crate::report::Report;
use crate::sections::Section;

#[global_allocator]
static HEAP: Counting = Counting;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["serve", kind] => serving::run(Kind::named(kind)?),
        ["serve", kind, "--count"] => {
            heap::count();
            serving::run(Kind::named(kind)?)
        }
        ["path", kind, window, count] => memory::run(Kind::named(kind)?, window.parse()?, count.parse()?),
        _ => measure(&words),
    }
}

/// Runs the sections that were named, or all, and prints what they found.
fn measure(words: &[&str]) -> Result<()> {
    let mut plan = Plan::full();
    let mut json = PathBuf::from("target/bench.json");
    let mut sections = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "--quick" => plan = Plan::quick(),
            "--json" => match words.next() {
                Some(file) => json = PathBuf::from(file),
                None => bail!("--json needs the name of a file"),
            },
            name => sections.push(Section::named(name)?),
        }
    }
    if sections.is_empty() {
        sections.extend(Section::ALL);
    }
    cores::raise_descriptor_limit()?;
    let mut report = Report::default();
    for section in sections {
        eprintln!("== {}", section.name());
        if let Err(error) = section.run(&plan, &mut report) {
            // The others are still worth having.
            report.fail(section.name(), format!("{error:#}"));
        }
    }
    println!("{report}\n{}", verdict::table(&report));
    report.write(&json)?;
    println!("\nall of it as JSON: {}", json.display());
    Ok(())
}
