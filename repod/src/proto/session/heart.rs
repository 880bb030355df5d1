//! [`Heart`]: when a connection asks the peer whether it is there, and when it believes that it is not.
//! It writes nothing: the session does.

use std::time::{Duration, Instant};

use super::Reading;
use crate::jitter::spread;
use crate::proto::Limits;

/// The heartbeat.
#[derive(Debug)]
pub(super) struct Heart {
    pub(super) last_byte: Instant,
    /// When the last ping was asked for.
    pub(super) last_ping: Instant,
    /// The time from then, or from the last byte, to the next one.
    pub(super) interval: Duration,
    pub(super) ping: u32,
    pub(super) ping_due: bool,
    /// When the last ping was sent, until it is answered.
    pub(super) asked: Option<Instant>,
    /// When the first ping was sent after the last byte came.
    pub(super) unanswered_since: Option<Instant>,
    pub(super) rtt: Option<Duration>,
}

impl Heart {
    pub(super) fn new(now: Instant, limits: &Limits) -> Self {
        Self {
            last_byte: now,
            last_ping: now,
            interval: heartbeat(limits),
            ping: 0,
            ping_due: false,
            asked: None,
            unanswered_since: None,
            rtt: None,
        }
    }

    /// When something has to be done: a ping, or the end.
    pub(super) fn due(&self, reading: Reading, limits: &Limits) -> Instant {
        let ping = later(self.quiet_since(reading), self.interval);
        self.dead_at(limits).map_or(ping, |dead_at| ping.min(dead_at))
    }

    /// When the peer is taken for dead: not before it has had time to answer a ping, because this side may have slept.
    pub(super) fn dead_at(&self, limits: &Limits) -> Option<Instant> {
        let answer = later(self.unanswered_since?, limits.dead_after.checked_div(2)?);
        Some(later(self.last_byte, limits.dead_after).max(answer))
    }

    /// Asks for a ping if the peer was silent for long enough. Either way the next time to wait is drawn anew: else a side that has drawn a
    /// long one would never be the first to ask, and never learn its round trip.
    pub(super) fn beat(&mut self, now: Instant, reading: Reading, limits: &Limits) {
        let due = later(self.quiet_since(reading), self.interval);
        self.interval = heartbeat(limits);
        if now < due {
            return;
        }
        self.last_ping = now;
        self.ping = self.ping.wrapping_add(1);
        self.ping_due = true;
    }

    /// Since when nothing shows that the other side is there. A peer whose pings wait to be answered is pinged all the same, so that it
    /// hears something from this side.
    pub(super) fn quiet_since(&self, reading: Reading) -> Instant {
        match reading {
            Reading::On => self.last_byte.max(self.last_ping),
            Reading::Behind | Reading::Paused => self.last_ping,
        }
    }

    pub(super) fn answered(&mut self, id: u32, now: Instant) {
        if id == self.ping {
            self.rtt = self.asked.take().map(|asked| now.saturating_duration_since(asked)).or(self.rtt);
        }
    }
}

pub(crate) fn later(instant: Instant, time: Duration) -> Instant {
    // A time beyond what the clock can say is never; a year is as good.
    instant.checked_add(time).or_else(|| instant.checked_add(YEAR)).unwrap_or(instant)
}

/// The time to the next ping, up to a fifth shorter or longer, so that a thousand connections do not ping in the same instant.
fn heartbeat(limits: &Limits) -> Duration {
    let interval = limits.ping_interval.max(SHORTEST);
    let fifth = interval.checked_div(5).unwrap_or_default();
    spread(interval.saturating_sub(fifth), interval.saturating_add(fifth))
}

/// Pings that follow each other faster say nothing more; without a bound an interval of nothing would do nothing else.
const SHORTEST: Duration = Duration::from_millis(10);

const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
