//! Many clients that each send now and then, as in a game, and what a message costs the server then.
//! How many it could take at most is the business of `pipelined`.

use std::time::{Duration, Instant};

use anyhow::Result;

use super::pipelined::figures;
use crate::contest::Contest;
use crate::cores::Cores;
use crate::host::Host;
use crate::peers::Kind;
use crate::plan::Plan;
use crate::protocol::Payload;
use crate::report::Report;
use crate::swarm::Swarm;

pub fn run(plan: &Plan, report: &mut Report) -> Result<()> {
    let hosts = [Host::start(Kind::Bare)?, Host::start(Kind::Ours)?];
    for host in &hosts {
        host.bind(Cores::Each)?;
    }
    Cores::Each.bind_client()?;
    one(&hosts, GAME.to_owned(), 1000, 60_000, plan, report)?;
    for count in GROWTH {
        one(&hosts, growth(count), count, 10_000, plan, report)?;
    }
    Ok(())
}

/// The case of so many clients that together send always the same.
pub fn growth(count: usize) -> String {
    format!("{count} clients, 10 k messages/s in all")
}

fn one(hosts: &[Host], case: String, count: usize, rate: u32, plan: &Plan, report: &mut Report) -> Result<()> {
    let contest = Contest {
        section: NAME,
        case,
        metrics: &["messages/s", "server us each"],
        rivals: &[Kind::Bare.name(), Kind::Ours.name()],
    };
    // They stay connected from round to round: five thousand are not there in an instant.
    let mut swarms = Vec::new();
    for host in hosts {
        swarms.push(Swarm::connect(host.addr, count)?);
    }
    contest.run(plan, report, |index| figures(&hosts[index], || paced(&mut swarms[index], rate, plan.turn * 2)))
}

/// All members send in turn, so many messages a second in all, or fewer if this machine cannot. Says how many came back.
fn paced(swarm: &mut Swarm, rate: u32, time: Duration) -> Result<usize> {
    let frame = Payload::Echo.message().frame()?;
    let each = Duration::from_secs(1) / rate;
    let start = Instant::now();
    let (mut sent, mut back) = (0, 0);
    while start.elapsed() < time {
        // What has come due within a millisecond is sent together. A client that the machine held up does not make up for it at once.
        let most = sent + 1 + rate / 100;
        while sent < most && each * sent < start.elapsed() {
            swarm.send(sent as usize % swarm.len(), &frame)?;
            sent += 1;
        }
        swarm.receive(Duration::from_millis(1), |_, _| back += 1)?;
    }
    while back < sent {
        swarm.receive_something(|_, _| back += 1)?;
    }
    Ok(back as usize)
}

/// From how few to how many clients the crowd grows.
pub const GROWTH: [usize; 4] = [10, 100, 1000, 5000];

pub const NAME: &str = "crowd";

/// The case of a game.
pub const GAME: &str = "1,000 clients at 60 Hz";
