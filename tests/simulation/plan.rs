//! [`Plan`]: what happens in one run, all of it chosen by the seed. It does nothing itself.

use std::time::Duration;

use crate::random::Random;

/// One run.
#[derive(Debug)]
pub struct Plan {
    pub seed: u64,
    pub clients: u64,
    pub faults: Vec<Fault>,
    /// When the server shuts down.
    pub end: Duration,
    pub slowest: Duration,
    /// How many segments are under way in one direction before a writer has to wait.
    pub window: usize,
}

/// Something that breaks between a client and the server, and when it is mended.
#[derive(Debug, Clone, Copy)]
pub struct Fault {
    pub kind: FaultKind,
    pub client: u64,
    pub from: Duration,
    pub to: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaultKind {
    /// Everything that is sent is lost.
    Partition,
    /// What the client sends is lost.
    Deaf,
    /// Everything that is sent is late.
    Hold,
    /// The client's process is killed, and another one started.
    Kill,
    /// The client's machine loses its power: nobody hears of it.
    PowerLoss,
    /// The server's process is killed, and another one started.
    ServerKill,
}

impl FaultKind {
    pub const ALL: [Self; 6] = [Self::Partition, Self::Deaf, Self::Hold, Self::Kill, Self::PowerLoss, Self::ServerKill];
}

impl Plan {
    pub fn of(seed: u64) -> Self {
        let mut random = Random::new(seed, 0);
        let clients = random.within(2..5);
        let end = Duration::from_millis(random.within(2000..3200));
        let mut faults = Vec::new();
        for client in 0..clients {
            // One after the other on each line, so that mending one does not mend another.
            let mut from = random.within(100..1500);
            while from < 2600 && random.chance(75) {
                let kind = match random.within(0..20) {
                    0..5 => FaultKind::Partition,
                    5..8 => FaultKind::Deaf,
                    8..13 => FaultKind::Hold,
                    13..16 => FaultKind::Kill,
                    16..19 => FaultKind::PowerLoss,
                    _ => FaultKind::ServerKill,
                };
                let to = from + random.within(30..1600);
                let (from_time, to_time) = (Duration::from_millis(from), Duration::from_millis(to));
                faults.push(Fault { kind, client, from: from_time, to: to_time });
                from = to + random.within(20..800);
            }
        }
        Self {
            seed,
            clients,
            faults,
            end,
            slowest: Duration::from_millis(random.one_of(&[1, 10, 40, 120])),
            // The simulated network breaks if more connections than this wait for a server.
            window: random.one_of(&[8, 16, 64]) as usize,
        }
    }
}
