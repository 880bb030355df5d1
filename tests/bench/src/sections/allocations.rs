//! How often a server allocates for each message that it answers, once it runs evenly. The client's allocations are not counted.

use anyhow::Result;

use crate::contest::Contest;
use crate::cores::Cores;
use crate::host::Host;
use crate::load::Load;
use crate::peers::Kind;
use crate::pipe::pipelined;
use crate::plan::Plan;
use crate::protocol::Payload;
use crate::report::Report;
use crate::serving::runtime;

pub fn run(plan: &Plan, report: &mut Report) -> Result<()> {
    Cores::One.bind_client()?;
    let kinds = [Kind::Bare, Kind::Ours, Kind::CodecFeed];
    for (payload, window) in [(Payload::Echo, 1), (Payload::Echo, 256), (Payload::Text, 256), (Payload::Long, 16)] {
        let mut hosts = Vec::new();
        for kind in kinds {
            let host = Host::counting(kind)?;
            host.bind(Cores::One)?;
            hosts.push(host);
        }
        let contest = Contest {
            section: NAME,
            case: format!("window {window}, {}", payload.name()),
            metrics: &["allocations each"],
            rivals: &kinds.map(Kind::name),
        };
        contest.run(plan, report, |index| {
            runtime()?.block_on(async {
                let host = &mut hosts[index];
                let mut load = Load::connect(host.addr, payload).await?;
                pipelined(&mut load, window, plan.turn / 2).await?;
                // Asking costs the server some itself.
                let asked = host.counts()?.allocations;
                let before = host.counts()?.allocations;
                let count = pipelined(&mut load, window, plan.turn / 2).await?;
                let after = host.counts()?.allocations;
                let own = (after - before).saturating_sub(before - asked);
                Ok(vec![own as f64 / count as f64])
            })
        })?;
    }
    Ok(())
}

/// The cases of a small message of a fixed size.
pub const SMALL: [&str; 2] = ["window 1, 40 B", "window 256, 40 B"];

pub const NAME: &str = "allocations";
