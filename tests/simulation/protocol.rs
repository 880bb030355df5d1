//! The messages of the simulation, and the bounds its peers live by: times are short, so that a run is.

use std::time::Duration;

use repod::Action;
use repod::proto::{Limits, Rate};

use crate::random::Random;

/// What clients say. Each counts its messages: `number` is how many it has sent on this line before.
#[derive(Action, Debug, Clone, PartialEq)]
pub enum ToServer {
    /// Is noted.
    Say { line: u64, number: u64, pad: String },
    /// Is noted, and the handler waits for a while.
    Think { line: u64, number: u64, millis: u64 },
    /// Is noted, and answered with two `Told` and a kick.
    Dare { line: u64, number: u64 },
}

/// What the server says.
#[derive(Action, Debug, Clone, PartialEq)]
#[action(sync)]
pub enum ToClient {
    /// The first message of all: the number that the server knows this connection by.
    Welcome { peer: u64 },
    /// One of a kind in the whole run, so that a list of them says what came and in which order.
    Told { number: u64, pad: String },
    /// Only the newest counts.
    Position { tick: u64 },
}

/// How long a peer may be silent.
pub const DEAD_AFTER: Duration = Duration::from_millis(900);

/// How long a server has for its shutdown.
pub const SHUTDOWN: Duration = Duration::from_millis(1500);

/// What a kick says.
pub const KICK: &str = "kicked by the simulation";

pub fn server_limits(random: &mut Random) -> Limits {
    let rate = Rate { messages: 200, burst: random.one_of(&[20, 100]), bytes: 1_000_000 };
    shared(Limits::server())
        .rate(Some(rate))
        .out_queue(16 * 1024, 48)
        .in_queue(random.one_of(&[8, 256]))
        .frame_timeout(Duration::from_millis(400))
}

pub fn client_limits() -> Limits {
    shared(Limits::client()).in_queue(8)
}

fn shared(limits: Limits) -> Limits {
    limits
        .heartbeat(Duration::from_millis(250), DEAD_AFTER)
        .handshake_timeout(Duration::from_millis(500))
        .write_stall(Duration::from_millis(600))
}
