//! Broadcasts: what one client says reaches all of them. At saturation, and at the steady pace of a game.
//! What a message of each client's own costs is the business of `crowd`.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::pipelined::figures;
use super::round_trip::per_mille;
use crate::contest::Contest;
use crate::cores::Cores;
use crate::host::Host;
use crate::peers::Kind;
use crate::plan::Plan;
use crate::protocol::shout;
use crate::report::Report;
use crate::swarm::Swarm;

pub fn run(plan: &Plan, report: &mut Report) -> Result<()> {
    let rivals = KINDS.map(Kind::name);
    for receivers in [100, 1000] {
        let mut hosts = Vec::new();
        for kind in KINDS {
            let host = Host::start(kind)?;
            host.bind(Cores::Each)?;
            hosts.push(host);
        }
        Cores::Each.bind_client()?;
        for window in [16, 1] {
            let case = format!("1 -> {receivers}, {window} in flight");
            let contest =
                Contest { section: NAME, case, metrics: &["deliveries/s", "server us each"], rivals: &rivals };
            contest.run(plan, report, |index| {
                let mut swarm = Swarm::connect(hosts[index].addr, receivers)?;
                figures(&hosts[index], || saturated(&mut swarm, window, plan.turn))
            })?;
        }
        let case = format!("1 -> {receivers} at 60 Hz");
        let metrics = &["p50 us", "p99 us", "slowest us", "lost", "server us each"];
        Contest { section: NAME, case, metrics, rivals: &rivals }.run(plan, report, |index| {
            let mut swarm = Swarm::connect(hosts[index].addr, receivers)?;
            steady(&mut swarm, &hosts[index], plan.turn * 3)
        })?;
    }
    Ok(())
}

/// So many broadcasts are always under way: the next is sent when that many fewer deliveries are due. Says how many arrived.
fn saturated(swarm: &mut Swarm, window: usize, time: Duration) -> Result<usize> {
    let end = Instant::now() + time;
    let frame = shout(FIRST_ID)?;
    let (mut due, mut delivered) = (0, 0);
    loop {
        let free = (window * swarm.len()).saturating_sub(due - delivered) / swarm.len();
        if Instant::now() < end {
            swarm.send(0, &frame.repeat(free))?;
            due += free * swarm.len();
        } else if delivered == due {
            return Ok(delivered);
        }
        swarm.receive_something(|_, _| delivered += 1)?;
    }
}

/// A broadcast in each frame of a game, and how long each of its deliveries took.
fn steady(swarm: &mut Swarm, host: &Host, time: Duration) -> Result<Vec<f64>> {
    let busy = host.busy()?;
    let start = Instant::now();
    let mut sent = HashMap::new();
    let mut took = Vec::new();
    let frames = (time.as_secs_f64() / FRAME.as_secs_f64()).ceil() as u32;
    for number in 0..frames {
        let now = sleep_until(swarm, start + FRAME * number, &sent, &mut took)?;
        swarm.send(0, &shout(FIRST_ID + number)?)?;
        sent.insert(FIRST_ID + number, now);
    }
    let due = frames as usize * swarm.len();
    // What is under way has a second to arrive.
    let last = Instant::now() + Duration::from_secs(1);
    while took.len() < due && Instant::now() < last {
        sleep_until(swarm, Instant::now() + Duration::from_millis(1), &sent, &mut took)?;
    }
    let busy = host.busy()?.saturating_sub(busy).as_secs_f64();
    ensure!(!took.is_empty(), "nothing arrived");
    let (count, lost) = (took.len(), due - took.len());
    let mut figures = per_mille(took, &[500, 990, 1000]);
    figures.extend([lost as f64, busy / count as f64 * 1e6]);
    Ok(figures)
}

/// Notes what arrives until then, and says what time it is.
fn sleep_until(
    swarm: &mut Swarm,
    then: Instant,
    sent: &HashMap<u32, Instant>,
    took: &mut Vec<Duration>,
) -> Result<Instant> {
    loop {
        let now = Instant::now();
        if now >= then {
            return Ok(now);
        }
        swarm.receive(then - now, |_, frame| {
            let id = frame.last_chunk().map(|id| u32::from_be_bytes(*id));
            if let Some(sent) = id.and_then(|id| sent.get(&id)) {
                took.push(sent.elapsed());
            }
        })?;
    }
}

const KINDS: [Kind; 3] = [Kind::Direct, Kind::Shared, Kind::Ours];

/// From here on a frame ends with the four bytes of its id.
const FIRST_ID: u32 = 100_000;

/// How long a frame of a game is.
const FRAME: Duration = Duration::from_micros(16_667);

pub const NAME: &str = "fan-out";
