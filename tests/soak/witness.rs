//! The witnesses: three well-behaved clients in a process of their own, which say whether they noticed anything.

use std::net::SocketAddr;
use std::time::Duration;

use repod::Event;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use crate::crowd::Game;
use crate::protocol::{ToClient, ToServer};

/// Echoes at 20 Hz for so long, and prints `sent lost wrong p50 p99 max`, the times in microseconds.
pub fn run(addr: SocketAddr, time: Duration) -> repod::Result {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let (mut times, mut sent, mut wrong) = (Vec::new(), 0, 0);
    runtime.block_on(async {
        let all: Vec<_> = (0..3).map(|_| tokio::spawn(witness(addr, time))).collect();
        for one in all {
            let seen = one.await.expect("a witness");
            times.extend(seen.times);
            sent += seen.sent;
            wrong += seen.wrong;
        }
    });
    times.sort_unstable();
    let at = |share: f64| times.get((times.len() as f64 * share) as usize).or(times.last()).copied().unwrap_or(0);
    println!("{sent} {} {wrong} {} {} {}", sent - times.len() as u64, at(0.5), at(0.99), at(1.0));
    Ok(())
}

#[derive(Default)]
struct Seen {
    sent: u64,
    wrong: u64,
    times: Vec<u64>,
}

async fn witness(addr: SocketAddr, time: Duration) -> Seen {
    let mut connection = repod::connect::<Game>(addr);
    let mut seen = Seen::default();
    let end = Instant::now() + time;
    let mut clock = interval(Duration::from_millis(50));
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut began = Vec::new();
    while Instant::now() < end {
        tokio::select! {
            _ = clock.tick() => {
                let number = seen.sent;
                if connection.send(ToServer::Say { number, text: "witness".to_owned() }).is_ok() {
                    began.push(Instant::now());
                    seen.sent += 1;
                }
            }
            event = connection.next() => match event {
                Some(event) => heard(event, &began, &mut seen),
                None => break,
            }
        }
    }
    // What is under way has a second to come.
    while (seen.times.len() as u64) < seen.sent {
        let Ok(Some(event)) = timeout(Duration::from_secs(1), connection.next()).await else { break };
        heard(event, &began, &mut seen);
    }
    seen
}

fn heard(event: Event<ToClient>, began: &[Instant], seen: &mut Seen) {
    match event {
        Event::Message(ToClient::Told { number, .. }) => {
            seen.wrong += u64::from(number != seen.times.len() as u64);
            let time = began.get(number as usize).map_or(0, |began| began.elapsed().as_micros() as u64);
            seen.times.push(time);
        }
        Event::Connected | Event::Message(_) => {}
        other => {
            eprintln!("a witness saw {other:?}");
            seen.wrong += 1;
        }
    }
}
