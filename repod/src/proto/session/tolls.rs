//! [`Tolls`]: what a peer pays for what it sends. What happens when it cannot pay is the session's business.

use std::time::{Duration, Instant};

use crate::proto::{FrameDecoder, Meter, Rate};

/// What the peer has to pay for each frame.
#[derive(Debug)]
pub(super) struct Tolls {
    pub(super) messages: Meter,
    pub(super) bytes: Meter,
}

impl Tolls {
    pub(super) fn new(rate: Rate) -> Self {
        Self {
            messages: Meter::per(rate.messages, SECOND, rate.burst),
            bytes: Meter::per(rate.bytes, SECOND, rate.bytes.saturating_mul(2)),
        }
    }

    /// How long a peer that was too fast waits at least: to wake up for each message that is allowed would cost more than to handle it, so
    /// that some are saved up, but no more than half of a burst.
    pub(super) fn shortest_pause(rate: &Rate) -> Duration {
        let burst = SECOND.checked_div(rate.messages).unwrap_or_default().saturating_mul(rate.burst);
        SHORTEST_PAUSE.min(burst.checked_div(2).unwrap_or_default())
    }

    #[inline]
    pub(super) fn charge(&mut self, frame: usize, now: Instant) {
        let bytes = u32::try_from(frame.saturating_add(FrameDecoder::HEADER)).unwrap_or(u32::MAX);
        self.messages.charge(1, now);
        self.bytes.charge(bytes, now);
    }

    #[inline]
    pub(super) fn free_at(&self, now: Instant) -> Option<Instant> {
        self.messages.free_at(now).max(self.bytes.free_at(now))
    }
}

const SECOND: Duration = Duration::from_secs(1);
const SHORTEST_PAUSE: Duration = Duration::from_millis(10);
