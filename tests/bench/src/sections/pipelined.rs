//! Pipelined messages: a window of them always under way, and how many come back in a second.
//! How long each was under way is the business of `round_trip`.

use std::time::{Duration, Instant};

use anyhow::Result;

use super::rival::Rival;
use crate::contest::Contest;
use crate::cores::Cores;
use crate::host::Host;
use crate::peers::Kind;
use crate::plan::Plan;
use crate::protocol::Payload;
use crate::report::Report;
use crate::swarm::Swarm;

pub fn run(plan: &Plan, report: &mut Report) -> Result<()> {
    for cores in [Cores::One, Cores::Free] {
        // The peers take part in what they are compared in.
        let mut rivals = if cores == Cores::One { Rival::all(cores)? } else { Rival::few(cores)? };
        one_client(&rivals, cores, Payload::Echo, 256, plan, report)?;
        rivals.truncate(3);
        for window in [16, 1] {
            one_client(&rivals, cores, Payload::Echo, window, plan, report)?;
        }
        // Our client only knows the echo.
        rivals.truncate(2);
        for payload in Payload::ALL.into_iter().filter(|payload| *payload != Payload::Echo) {
            for window in [256, 16, 1] {
                one_client(&rivals, cores, payload, window, plan, report)?;
            }
        }
    }
    many_clients(plan, report)
}

fn one_client(
    rivals: &[Rival],
    cores: Cores,
    payload: Payload,
    window: usize,
    plan: &Plan,
    report: &mut Report,
) -> Result<()> {
    let contest = Contest {
        section: NAME,
        case: format!("{}, window {window}, {}", cores.name(), payload.name()),
        metrics: &METRICS,
        rivals: &rivals.iter().map(|rival| rival.name).collect::<Vec<_>>(),
    };
    contest.run(plan, report, |index| {
        let rival = &rivals[index];
        figures(&rival.host, || rival.pipelined(payload, window, plan.turn))
    })
}

/// A hundred clients that each have one message under way.
fn many_clients(plan: &Plan, report: &mut Report) -> Result<()> {
    let hosts = [Host::start(Kind::Bare)?, Host::start(Kind::Ours)?];
    for host in &hosts {
        host.bind(Cores::Each)?;
    }
    Cores::Each.bind_client()?;
    let contest = Contest {
        section: NAME,
        case: HUNDRED.to_owned(),
        metrics: &METRICS,
        rivals: &[Kind::Bare.name(), Kind::Ours.name()],
    };
    let frame = Payload::Echo.message().frame()?;
    contest.run(plan, report, |index| {
        let mut swarm = Swarm::connect(hosts[index].addr, 100)?;
        figures(&hosts[index], || ping_pong(&mut swarm, &frame, plan.turn))
    })
}

/// Every member sends one message, and the next when that is back. Says how many came back.
fn ping_pong(swarm: &mut Swarm, frame: &[u8], time: Duration) -> Result<usize> {
    let end = Instant::now() + time;
    for member in 0..swarm.len() {
        swarm.send(member, frame)?;
    }
    let (mut sent, mut back) = (swarm.len(), 0);
    let mut next = Vec::new();
    while back < sent {
        swarm.receive_something(|member, _| next.push(member))?;
        back += next.len();
        for member in next.drain(..) {
            if Instant::now() < end {
                swarm.send(member, frame)?;
                sent += 1;
            }
        }
    }
    Ok(back)
}

/// What [`METRICS`] says of some work that moves messages.
pub fn figures(host: &Host, work: impl FnOnce() -> Result<usize>) -> Result<Vec<f64>> {
    let before = host.busy()?;
    let start = Instant::now();
    let count = work()? as f64;
    let took = start.elapsed().as_secs_f64();
    let busy = host.busy()?.saturating_sub(before).as_secs_f64();
    Ok(vec![count / took, busy / count * 1e6])
}

/// The metrics of everything that moves messages: how many in a second, and the server's time for each.
const METRICS: [&str; 2] = ["messages/s", "server us each"];

pub const NAME: &str = "pipelined";

/// The case of a hundred clients.
pub const HUNDRED: &str = "a core each, 100 clients, window 1";
