//! What a message costs from socket to socket: `echo {x, y, id}` there and back, next to a bare tokio loop.
//! Not the codec alone: that is `codec`'s.
//!
//! ```text
//! cargo bench -p tests --bench echo                # about a minute
//! cargo bench -p tests --bench echo -- --quick     # a few seconds
//! taskset -c 0 cargo bench -p tests --bench echo   # server and client on one core
//! ```
//!
//! The bare loop finds the frames by their length prefix and writes them back untouched, one write for each read: little that
//! moves messages over TCP can cost less. Both servers run on a thread and a current-thread runtime of their own, and the same
//! client, which is written by hand, measures both from another thread. So only the server differs. In the last row of the
//! round trips the client is ours, too. The server's time is that of its thread on a core, in user space and in the kernel.
//!
//! Everything takes turns within a round, and a ratio compares turns of the same round. Figures are medians over the rounds.
//! On two cores a wake-up of the other core can cost more than all the rest: compare on one, too.

mod host;
mod load;
mod protocol;
mod table;

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use repod::{Connection, Event};
use tokio::runtime::{Builder, Runtime};

use crate::host::{Host, Kind};
use crate::load::Load;
use crate::protocol::{Answer, Call, Shouter};
use crate::table::{Row, table};

fn main() -> io::Result<()> {
    // `cargo test --benches` only wants to know whether all of this runs.
    let is_quick = std::env::args().any(|argument| argument == "--quick" || argument == "--test");
    let (rounds, turn) = if is_quick { QUICK } else { FULL };
    let runtime = runtime();
    let hosts = [Host::start(Kind::Bare)?, Host::start(Kind::Ours)?];
    let [bare, ours, both] = ["bare tokio loop", "repod::serve", "repod::serve, and repod::connect with poll"];
    let mut trips = [bare, ours, both].map(Row::new);
    let mut floods = [bare, ours].map(Row::new);
    for round in 0..=rounds {
        // The first of a round is not always the same.
        for place in 0..hosts.len() {
            let index = (round + place) % hosts.len();
            let host = &hosts[index];
            let mut load = runtime.block_on(Load::connect(host.addr))?;
            let took = runtime.block_on(load.round_trips(turn))?;
            let flood = runtime.block_on(flood(&mut load, host, turn))?;
            drop(load);
            let took_both = (index == 1).then(|| our_round_trips(host.addr, turn));
            // The first round only warms up.
            if round > 0 {
                trips[index].push(percentiles(took));
                floods[index].push(flood);
                if let Some(took) = took_both {
                    trips[2].push(percentiles(took));
                }
            }
        }
    }
    println!("medians of {rounds} rounds; turns of {turn:?}");
    println!("{}", table("round trip", &["p50 us", "p99 us"], 2, &trips));
    let title = format!("pipelined, {} messages under way", Load::WINDOW);
    let columns = ["M messages/s", "server us"];
    println!("{}", table(&title, &columns, 3, &floods));
    Ok(())
}

/// Millions of messages a second, and the server's time for each in microseconds.
async fn flood(load: &mut Load, host: &Host, time: Duration) -> io::Result<Vec<f64>> {
    let before = host.busy();
    let start = Instant::now();
    let count = load.pipelined(time).await? as f64;
    let took = start.elapsed().as_secs_f64();
    let busy = before.zip(host.busy());
    let busy = busy.map_or(f64::NAN, |(before, after)| (after - before).as_secs_f64());
    Ok(vec![count / took / 1e6, busy / count * 1e6])
}

/// The round trips of our client, which looks for an answer until there is one, and lets others have the core in between.
fn our_round_trips(addr: SocketAddr, time: Duration) -> Vec<Duration> {
    let mut connection = repod::connect::<Shouter>(addr);
    wait_for(&mut connection, |event| matches!(event, Event::Connected));
    let mut took = Vec::new();
    let end = Instant::now() + time;
    loop {
        let start = Instant::now();
        if start >= end {
            return took;
        }
        connection.send(Call::new(0)).expect("the queue is empty");
        wait_for(&mut connection, |event| matches!(event, Event::Message(_)));
        took.push(start.elapsed());
    }
}

fn wait_for(connection: &mut Connection<Shouter>, wanted: fn(&Event<Answer>) -> bool) {
    while !connection.poll().is_some_and(|event| wanted(&event)) {
        assert!(connection.is_open(), "the server is gone");
        std::thread::yield_now();
    }
}

/// The 50th and the 99th of a hundred, in microseconds.
fn percentiles(mut took: Vec<Duration>) -> Vec<f64> {
    took.sort_unstable();
    let place = |percent: usize| took[took.len() * percent / 100].as_secs_f64() * 1e6;
    vec![place(50), place(99)]
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime needs a few descriptors")
}

/// How many rounds, and how long a turn: nine rounds of five turns, and one to warm up, take a minute.
const FULL: (usize, Duration) = (9, Duration::from_millis(1200));
const QUICK: (usize, Duration) = (7, Duration::from_millis(80));
