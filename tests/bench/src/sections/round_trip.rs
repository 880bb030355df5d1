//! Round trips: one message there and back, and how long it was under way.
//! How many messages a second can be under way is the business of `pipelined`.

use std::time::Duration;

use anyhow::Result;

use super::rival::Rival;
use crate::contest::Contest;
use crate::cores::Cores;
use crate::plan::Plan;
use crate::protocol::Payload;
use crate::report::Report;

pub fn run(plan: &Plan, report: &mut Report) -> Result<()> {
    for (cores, rivals) in [(Cores::One, Rival::all(Cores::One)?), (Cores::Free, Rival::few(Cores::Free)?)] {
        cores.bind_client()?;
        let contest = Contest {
            section: NAME,
            case: cores.name().to_owned(),
            metrics: &["p50 us", "p99 us", "p99.9 us"],
            rivals: &rivals.iter().map(|rival| rival.name).collect::<Vec<_>>(),
        };
        contest.run(plan, report, |index| {
            let took = rivals[index].round_trips(Payload::Echo, plan.turn)?;
            Ok(per_mille(took, &[500, 990, 999]))
        })?;
    }
    Ok(())
}

/// Those that so many of a thousand do not exceed, in microseconds.
pub fn per_mille(mut took: Vec<Duration>, shares: &[usize]) -> Vec<f64> {
    took.sort_unstable();
    let last = took.len() - 1;
    shares.iter().map(|share| took[(took.len() * share / 1000).min(last)].as_secs_f64() * 1e6).collect()
}

pub const NAME: &str = "round-trip";
