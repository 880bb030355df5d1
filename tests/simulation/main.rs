//! A server and its clients on a simulated network that fails in every way it can, checked against a model.
//! One seed is one run; time is virtual. `REPOD_SEED=17` runs seed 17 alone and prints what happened,
//! `REPOD_SEEDS=100000` runs so many.

mod client;
mod model;
mod network;
mod plan;
mod protocol;
mod random;
mod server;
mod tally;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use self::model::Model;
use self::network::SERVER;
use self::plan::{Fault, FaultKind, Plan};
use self::tally::Tally;

#[test]
fn every_connection_is_told_in_full_and_in_order_whatever_the_network_does() {
    if let Some(seed) = number("REPOD_SEED") {
        let tally = attempt(seed, true).unwrap_or_else(|wrong| panic!("{wrong}"));
        println!("{tally}");
        return;
    }
    let seeds = number("REPOD_SEEDS").unwrap_or(SEEDS);
    let first = number("REPOD_FIRST_SEED").unwrap_or(0);
    let start = Instant::now();
    let next = AtomicU64::new(first);
    let sum = Mutex::new(Tally::default());
    let failed = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let running = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        scope.spawn(|| {
            watch(&running, || {
                next.load(Ordering::Relaxed) >= first + seeds || failed.lock().unwrap().len() >= MOST_FAILURES
            })
        });
        for _ in 0..threads {
            scope.spawn(|| {
                while failed.lock().unwrap().len() < MOST_FAILURES {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + seeds {
                        break;
                    }
                    running.lock().unwrap().insert(seed, Instant::now());
                    let outcome = attempt(seed, false);
                    running.lock().unwrap().remove(&seed);
                    match outcome {
                        Ok(tally) => *sum.lock().unwrap() += tally,
                        Err(wrong) => failed.lock().unwrap().push(wrong),
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{} seeds failed\n{}", failed.len(), failed.join("\n"));
    let tally = sum.into_inner().unwrap();
    println!("{seeds} seeds from {first} in {:.1?}\n{tally}", start.elapsed());
    if seeds >= SEEDS {
        tally.assert_everything_happened();
    }
}

/// Ends the process if a seed takes for ever: a loop without an end cannot be interrupted otherwise.
fn watch(running: &Mutex<BTreeMap<u64, Instant>>, is_over: impl Fn() -> bool) {
    loop {
        std::thread::sleep(Duration::from_millis(100));
        let running = running.lock().unwrap();
        if let Some((seed, _)) = running.iter().find(|(_, start)| start.elapsed() > PATIENCE) {
            eprintln!("seed {seed} did not end within {PATIENCE:?} (REPOD_SEED={seed} runs it alone)");
            std::process::abort();
        }
        if running.is_empty() && is_over() {
            return;
        }
    }
}

/// Runs a seed; an error says what was wrong and how to see it again.
fn attempt(seed: u64, is_told: bool) -> Result<Tally, String> {
    let model = Model::default();
    let outcome = catch_unwind(AssertUnwindSafe(|| run(seed, &model)));
    let mut books = model.lock();
    if let Err(panic) = &outcome {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref().copied()).unwrap_or("?");
        books.wrong.push(format!("the simulation panicked: {text}"));
    } else {
        books.judge();
    }
    // A run that hangs on how busy the machine is may not be seen again, so that a bad one tells all at once.
    if is_told || !books.wrong.is_empty() {
        println!("{:#?}\n{}", Plan::of(seed), books.trace.join("\n"));
    }
    if books.wrong.is_empty() {
        return Ok(Tally::of(&books));
    }
    Err(format!("seed {seed} (REPOD_SEED={seed} runs it alone):\n  {}", books.wrong.join("\n  ")))
}

fn run(seed: u64, model: &Model) {
    repod::__private::seed_jitter(seed);
    let plan = Arc::new(Plan::of(seed));
    let mut sim = turmoil::Builder::new()
        .rng_seed(seed)
        .tick_duration(TICK)
        .simulation_duration(LONGEST * 2)
        .max_message_latency(plan.slowest)
        .tcp_capacity(plan.window)
        .enable_random_order()
        .build();
    {
        let (model, plan) = (model.clone(), plan.clone());
        sim.host(SERVER, move || server::serve(model.clone(), plan.clone()));
    }
    for number in 0..plan.clients {
        let (model, plan) = (model.clone(), plan.clone());
        sim.host(name(number), move || client::live(model.clone(), plan.seed, number, plan.end));
    }
    let mut begun = vec![false; plan.faults.len()];
    let mut mended = begun.clone();
    while sim.elapsed() < LONGEST {
        for (index, fault) in plan.faults.iter().enumerate() {
            if !begun[index] && sim.elapsed() >= fault.from {
                begun[index] = true;
                model.note(format!("{:?} {fault:?}", sim.elapsed()));
                begin(&mut sim, fault, model);
            }
            if begun[index] && !mended[index] && sim.elapsed() >= fault.to {
                mended[index] = true;
                model.note(format!("{:?} end of {fault:?}", sim.elapsed()));
                mend(&mut sim, fault, model);
            }
        }
        let result = sim.step();
        model.check(result.is_ok(), || format!("a host failed: {result:?}"));
        let is_over = mended.iter().all(|is_mended| *is_mended)
            && !(0..plan.clients).any(|number| sim.is_host_running(name(number)))
            && !sim.is_host_running(SERVER);
        if is_over {
            return;
        }
    }
    model.check(false, || format!("the run did not end within {LONGEST:?}"));
}

fn begin(sim: &mut turmoil::Sim<'_>, fault: &Fault, model: &Model) {
    let client = name(fault.client);
    let host = if fault.kind == FaultKind::ServerKill { SERVER } else { client.as_str() };
    if !sim.is_host_running(host) {
        return;
    }
    model.lock().fault(fault.kind, fault.client);
    match fault.kind {
        FaultKind::Partition => sim.partition(client, SERVER),
        FaultKind::Deaf => sim.partition_oneway(client, SERVER),
        FaultKind::Hold => sim.hold(client, SERVER),
        FaultKind::Kill => sim.crash(client),
        FaultKind::PowerLoss => {
            sim.partition(client.as_str(), SERVER);
            sim.crash(client);
        }
        FaultKind::ServerKill => sim.crash(SERVER),
    }
}

fn mend(sim: &mut turmoil::Sim<'_>, fault: &Fault, model: &Model) {
    let client = name(fault.client);
    model.lock().mend(fault.kind, fault.client);
    match fault.kind {
        FaultKind::Partition => sim.repair(client, SERVER),
        FaultKind::Deaf => sim.repair_oneway(client, SERVER),
        FaultKind::Hold => sim.release(client, SERVER),
        FaultKind::Kill if !sim.is_host_running(client.as_str()) => sim.bounce(client),
        FaultKind::PowerLoss => {
            sim.repair(client.as_str(), SERVER);
            if !sim.is_host_running(client.as_str()) {
                sim.bounce(client);
            }
        }
        FaultKind::ServerKill if !sim.is_host_running(SERVER) => sim.bounce(SERVER),
        FaultKind::Kill | FaultKind::ServerKill => {}
    }
}

fn name(client: u64) -> String {
    format!("client-{client}")
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable}={text} is no number")))
}

/// How many seeds a run has that CI makes.
const SEEDS: u64 = 1000;

/// How long a run may be, in its own time.
const LONGEST: Duration = Duration::from_secs(9);

/// How often the network moves.
const TICK: Duration = Duration::from_millis(20);

const MOST_FAILURES: usize = 5;

/// How long a seed may take on a machine that is busy; it takes some hundredths of a second.
const PATIENCE: Duration = Duration::from_secs(60);
