//! Connections on which nothing happens but the heartbeat: their memory and their time. The kernel's memory for sockets is not counted.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::contest::Contest;
use crate::cores::Cores;
use crate::host::Host;
use crate::peers::Kind;
use crate::plan::Plan;
use crate::report::Report;
use crate::swarm::Swarm;

pub fn run(plan: &Plan, report: &mut Report) -> Result<()> {
    let rivals = KINDS.map(Kind::name);
    for count in SIZES {
        let case = memory_case(count);
        let metrics = &["heap bytes each", "private RSS bytes each"];
        Contest { section: NAME, case, metrics, rivals: &rivals }.run(plan, report, |index| memory(index, count))?;
    }
    let contest = Contest { section: NAME, case: TIME_CASE.to_owned(), metrics: &["% of a core"], rivals: &rivals };
    let mut both = Vec::new();
    for kind in KINDS {
        let host = Host::start(kind)?;
        host.bind(Cores::Each)?;
        let swarm = Swarm::connect(host.addr, MANY)?;
        both.push((host, swarm));
    }
    Cores::Each.bind_client()?;
    contest.run(plan, report, |index| {
        // Whoever is not watched needs its pings answered all the same.
        let watched = both[index].0.busy()?;
        let start = Instant::now();
        while start.elapsed() < plan.watch {
            for (_, swarm) in &mut both {
                swarm.receive(Duration::from_millis(20), |_, _| {})?;
            }
        }
        let busy = both[index].0.busy()?.saturating_sub(watched);
        Ok(vec![busy.as_secs_f64() / start.elapsed().as_secs_f64() * 100.0])
    })
}

/// What each of so many connections adds to a server that has had one.
fn memory(index: usize, count: usize) -> Result<Vec<f64>> {
    let mut host = Host::counting(KINDS[index])?;
    let mut first = Swarm::connect(host.addr, 1)?;
    settle(&mut first)?;
    let before = (host.counts()?.bytes, host.private_memory()?);
    let mut swarm = Swarm::connect(host.addr, count)?;
    settle(&mut swarm)?;
    let after = (host.counts()?.bytes, host.private_memory()?);
    let each = |bytes: f64| bytes / count as f64;
    Ok(vec![each((after.0 - before.0) as f64), each(after.1 - before.1)])
}

/// Lets the server take in what was sent last.
fn settle(swarm: &mut Swarm) -> Result<()> {
    let end = Instant::now() + Duration::from_millis(500);
    while Instant::now() < end {
        swarm.receive(Duration::from_millis(20), |_, _| {})?;
    }
    Ok(())
}

/// The case of the memory of so many connections.
pub fn memory_case(count: usize) -> String {
    format!("memory of {count} connections")
}

const KINDS: [Kind; 2] = [Kind::Bare, Kind::Ours];

/// How many connections the memory is measured of.
pub const SIZES: [usize; 2] = [1000, MANY];

const MANY: usize = 5000;

pub const NAME: &str = "idle";

pub const TIME_CASE: &str = "time of 5,000 connections";
