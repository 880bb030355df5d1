//! [`Model`]: what was sent, what came, and what was told to whom; and whether that fits together.
//! It stands beside the simulation and knows nothing of the library's inside.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use repod::CloseReason;
use repod::proto::FarewellCode;
use tokio::time::Instant;

use crate::plan::FaultKind;
use crate::protocol::KICK;

/// The books of one run, shared by all its hosts.
#[derive(Clone, Default)]
pub struct Model(Arc<Mutex<Books>>);

#[derive(Default)]
pub struct Books {
    /// The connections as the server sees them, by the number of the peer.
    pub seats: BTreeMap<u64, Seat>,
    /// The connections as clients see them.
    pub lines: Vec<Line>,
    /// What must not be, in the order in which it was seen.
    pub wrong: Vec<String>,
    /// What happened, in short.
    pub trace: Vec<String>,
    /// Which faults found how many open connections.
    pub fired: BTreeMap<FaultKind, u64>,
    /// How many servers have been started.
    pub servers: u64,
    /// How many lives clients have had.
    pub lives: u64,
    /// How many connections shutdowns have cut.
    pub cut: u64,
    next_told: u64,
}

/// One connection as the server sees it.
#[derive(Debug, Default)]
pub struct Seat {
    pub server: u64,
    pub stage: Stage,
    /// The client's line, once it has said anything.
    pub line: Option<u64>,
    /// How many messages were dispatched.
    pub got: u64,
    /// The messages that were queued for it, in order.
    pub sent: Vec<u64>,
    pub position: u64,
    pub reason: Option<CloseReason>,
    /// A handler kicked it, perhaps after it had left, or a shutdown cut it: what waited then is not dispatched.
    pub is_stopped: bool,
    /// When its `on_close` was called.
    pub closed: Option<Instant>,
    /// Its server was killed.
    pub is_killed: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    #[default]
    Joined,
    Open,
    Closed,
    Left,
}

/// One connection as its client sees it.
#[derive(Debug, Default)]
pub struct Line {
    pub client: u64,
    pub peer: Option<u64>,
    pub is_connected: bool,
    pub sent: u64,
    pub got: Vec<u64>,
    pub position: u64,
    pub end: Option<End>,
    /// The client asked for the close, so that what comes later is not told.
    pub has_closed: bool,
    /// Its process was killed, or it let go of the connection: what it would have seen nobody knows.
    pub is_gone: bool,
    /// Its process was killed, perhaps after its end, when something was left to be sent.
    pub is_killed: bool,
    /// The faults on its way since it began.
    pub faults: Vec<FaultKind>,
    /// How many messages had come when the last hold was released.
    pub held: Option<usize>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum End {
    Closed(CloseReason),
    Failed,
    /// It was closed before it was up.
    Silent,
}

impl Model {
    pub fn lock(&self) -> MutexGuard<'_, Books> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn note(&self, what: String) {
        self.lock().note(what);
    }

    /// Notes something that must not be, unless it holds.
    pub fn check(&self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.lock().wrong.push(what());
        }
    }
}

impl Books {
    pub fn note(&mut self, what: String) {
        let now = if turmoil::in_simulation() { turmoil::sim_elapsed() } else { None };
        self.trace.push(format!("{:>9.3?} {what}", now.unwrap_or_default()));
    }

    pub fn next_told(&mut self) -> u64 {
        self.next_told += 1;
        self.next_told
    }

    /// The seat of a peer must be at this stage, and goes to the next.
    pub fn step(&mut self, peer: u64, from: Stage, to: Stage) {
        let Some(seat) = self.seats.get_mut(&peer) else {
            self.wrong.push(format!("peer {peer} goes to {to:?} and never joined"));
            return;
        };
        if seat.stage != from {
            let stage = seat.stage;
            self.wrong.push(format!("peer {peer} goes from {stage:?} to {to:?}"));
        }
        seat.stage = to;
    }

    /// A fault breaks the way of a client.
    pub fn fault(&mut self, kind: FaultKind, client: u64) {
        let mut found = 0;
        for line in self.lines.iter_mut().filter(|line| line.end.is_none() && !line.is_gone) {
            if line.client == client || kind == FaultKind::ServerKill {
                line.faults.push(kind);
                found += u64::from(line.is_connected);
            }
        }
        *self.fired.entry(kind).or_default() += found;
        if matches!(kind, FaultKind::Kill | FaultKind::PowerLoss) {
            for line in self.lines.iter_mut().filter(|line| line.client == client) {
                line.is_killed = true;
                line.is_gone |= line.end.is_none();
            }
        }
        if kind == FaultKind::ServerKill {
            for seat in self.seats.values_mut().filter(|seat| seat.stage != Stage::Left) {
                seat.is_killed = true;
            }
        }
    }

    /// A fault is mended.
    pub fn mend(&mut self, kind: FaultKind, client: u64) {
        if kind == FaultKind::Hold {
            for line in self.lines.iter_mut().filter(|line| line.client == client && line.end.is_none()) {
                line.held = Some(line.got.len());
            }
        }
    }

    /// Everything must fit when all is over.
    pub fn judge(&mut self) {
        let mut wrong = Vec::new();
        for (peer, seat) in &self.seats {
            self.judge_seat(*peer, seat, &mut wrong);
        }
        for (number, line) in self.lines.iter().enumerate() {
            if line.end.is_none() && !line.is_gone {
                wrong.push(format!("line {number} never ended"));
            }
            if let Some(peer) = line.peer.filter(|peer| !self.seats.contains_key(peer)) {
                wrong.push(format!("line {number} was welcomed by {peer}, whom nobody knows"));
            }
        }
        self.wrong.append(&mut wrong);
    }

    fn judge_seat(&self, peer: u64, seat: &Seat, wrong: &mut Vec<String>) {
        if !seat.is_killed && seat.stage != Stage::Left {
            wrong.push(format!("peer {peer} is still {:?}", seat.stage));
        }
        let welcomed = self.lines.iter().position(|line| line.peer == Some(peer));
        let number = seat.line.or(welcomed.map(|number| number as u64));
        let Some((number, line)) = number.and_then(|number| Some((number, self.lines.get(number as usize)?))) else {
            return;
        };
        if line.peer.is_some_and(|welcomed| welcomed != peer) {
            wrong.push(format!("line {number} was welcomed by {:?} and heard by {peer}", line.peer));
        }
        if !seat.sent.starts_with(&line.got) {
            let at = seat.sent.iter().zip(&line.got).take_while(|(sent, got)| sent == got).count();
            wrong.push(format!(
                "line {number} got {:?} at {at} of what peer {peer} was sent: {:?}",
                line.got.get(at..),
                seat.sent.get(at..)
            ));
        }
        if seat.got > line.sent {
            wrong.push(format!("peer {peer} said {} messages and {} were heard", line.sent, seat.got));
        }
        if line.position > seat.position {
            wrong.push(format!("line {number} is at position {} of {}", line.position, seat.position));
        }
        let told_all = !line.has_closed && !line.is_gone;
        match (&seat.reason, &line.end) {
            // An orderly end of the client's side: nothing that it said before is lost.
            (Some(CloseReason::PeerLeft), Some(End::Closed(reason)))
                if !line.is_gone
                    && !line.is_killed
                    && !seat.is_stopped
                    && !matches!(reason, CloseReason::Slow(_))
                    && seat.got != line.sent =>
            {
                wrong.push(format!(
                    "line {number} ended in order ({reason}) after {} messages, and {} were heard",
                    line.sent, seat.got
                ));
            }
            // An orderly end of the server's side: nothing that it said before is lost, and the reason is the same.
            (Some(reason), Some(End::Closed(CloseReason::Farewell(farewell)))) => {
                let is_slow = matches!(reason, CloseReason::Slow(_));
                if told_all && !is_slow && (line.got != seat.sent || line.position != seat.position) {
                    wrong.push(format!(
                        "line {number} was bidden farewell ({reason}) after {} of {} messages, position {} of {}",
                        line.got.len(),
                        seat.sent.len(),
                        line.position,
                        seat.position
                    ));
                }
                let fits = match reason {
                    CloseReason::Requested(text) => {
                        text == KICK && farewell.code == FarewellCode::Kicked && farewell.text == KICK
                    }
                    CloseReason::Shutdown => farewell.code == FarewellCode::GoingAway && farewell.retry_after.is_some(),
                    CloseReason::Slow(_) => farewell.code == FarewellCode::TooSlow,
                    CloseReason::Timeout(_) | CloseReason::FrameTimeout(_) => farewell.code == FarewellCode::TimedOut,
                    _ => false,
                };
                if !fits {
                    wrong.push(format!("peer {peer} ended as {reason}, and line {number} was told {farewell}"));
                }
            }
            _ => {}
        }
    }
}
