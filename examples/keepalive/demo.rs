//! The demo of `keepalive`: one client answers, another has dozed off, and a third finds out that its server has.

use std::time::{Duration, Instant};

use repod::{Connection, prelude::*};

use crate::client::{Visitor, go_on};
use crate::server::Lounge;

pub fn demo() -> repod::Result {
    let server = Lounge::new(INTERVAL, PATIENCE).spawn("127.0.0.1:0")?;
    let mut awake = (repod::connect(server.local_addr()), Visitor::default());
    let mut asleep = (repod::connect(server.local_addr()), Visitor::default());
    asleep.1.is_asleep = true;
    let ending = wait(&mut asleep, &mut awake)?;
    println!("who did not answer: {ending}");
    if awake.1.ending.is_some() || awake.1.pings < 3 {
        return Err("who did answer was let go as well, or never asked".into());
    }
    println!("who did answer is still here");

    // This server's first question comes at once, and the second far too late.
    let sleepy = Lounge::new(Duration::from_secs(60), PATIENCE).spawn("127.0.0.1:0")?;
    let mut other = (repod::connect(sleepy.local_addr()), Visitor::default());
    let ending = wait(&mut other, &mut awake)?;
    println!("whose server does not ask: {ending}");
    Ok(())
}

type Guest = (Connection<Visitor>, Visitor);

/// Goes on with both until the first one's connection is over, and says why that is.
fn wait(first: &mut Guest, second: &mut Guest) -> repod::Result<String> {
    let start = Instant::now();
    while go_on(&mut first.0, &mut first.1, LONG) {
        go_on(&mut second.0, &mut second.1, LONG);
        if start.elapsed() > Duration::from_secs(10) {
            return Err("waited ten seconds for a timeout".into());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    first.1.ending.clone().ok_or_else(|| "the connection ended without a reason".into())
}

const INTERVAL: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(1);

/// A client is more patient than its server, which may be busy.
const LONG: Duration = Duration::from_secs(2);
