//! [`Resume`]: what one side of a connection has to know to go on over another stream: how many messages have come, and what the peer knows
//! of that. Messages have no number on the wire; both sides count them. What was sent is kept by the outbox.

// Each side needs its part of it.
#![cfg_attr(not(all(feature = "server", feature = "client")), allow(dead_code))]

use std::time::Instant;

use super::{Frame, Phase, Role, Session};
use crate::proto::control::{Claim, Grant, RESERVED};
use crate::proto::message::Message;

/// The counts of the messages that came, and what was said at the beginning.
#[derive(Debug, Default)]
pub(crate) struct Resume {
    /// How many messages were taken from the streams of this session.
    taken: u64,
    /// How many will never come, because the peer did not keep them.
    missed: u64,
    /// As many as the peer was told of.
    told: u64,
    /// How many bytes came since then.
    unheard: usize,
    /// Whether the peer is to be told now, even if it is of nothing new.
    is_due: bool,
    /// How many the peer has, as it said last.
    pub(super) acked: Option<u64>,
    /// On a server, what came with the hello; on a client, what goes with it.
    pub(super) claim: Option<Claim>,
    /// What the server answered.
    pub(super) grant: Option<Grant>,
}

impl Resume {
    /// Of a server, with what came in the hello.
    pub(super) fn claimed(claim: Claim) -> Self {
        Self { claim: Some(claim), ..Self::default() }
    }

    #[inline]
    pub(super) fn took(&mut self) {
        self.taken = self.taken.wrapping_add(1);
    }

    pub(super) fn heard(&mut self, bytes: usize) {
        self.unheard = self.unheard.saturating_add(bytes);
    }

    /// How many messages the peer need not send again.
    fn received(&self) -> u64 {
        self.taken.wrapping_add(self.missed)
    }

    /// Whether the peer is to be told now how much has come.
    pub(super) fn owes_ack(&self) -> bool {
        let new = self.received().wrapping_sub(self.told);
        self.is_due || new >= ACK_MESSAGES || (new > 0 && self.unheard >= ACK_BYTES)
    }

    /// The count that the peer is to be told now, if any.
    pub(super) fn ack(&mut self) -> Option<u64> {
        if !self.owes_ack() {
            return None;
        }
        (self.is_due, self.unheard, self.told) = (false, 0, self.received());
        Some(self.told)
    }
}

impl Session {
    /// Whether this connection can go on over another stream.
    pub(crate) fn is_resumable(&self) -> bool {
        self.resume.is_some()
    }

    /// This connection will not go on over another stream.
    pub(crate) fn forget_resume(&mut self) {
        self.resume = None;
    }

    /// Takes the next frame if it is whole and one of the protocol's own, and says whether it was; `None` until more bytes come.
    pub(crate) fn next_control(&mut self, now: Instant) -> Option<bool> {
        let Some(frame) = self.decoder.peek() else {
            let is_hopeless = self.phase == Phase::Closed || self.decoder.next_frame().is_err();
            return is_hopeless.then_some(false);
        };
        let is_ours = Message::parse(frame, &self.limits, &mut self.table)
            .is_ok_and(|message| message.action().starts_with(RESERVED));
        Some(is_ours && matches!(self.next_frame(now), Some(Frame::Control)))
    }

    /// What came with the hello.
    pub(crate) fn take_claim(&mut self) -> Option<Claim> {
        self.resume.as_mut()?.claim.take()
    }

    /// Has the hello say this of a session.
    pub(crate) fn claim(&mut self, claim: Claim) {
        if let Some(resume) = &mut self.resume {
            resume.claim = Some(claim);
        }
    }

    /// What the server answered to the claim.
    pub(crate) fn take_grant(&mut self) -> Option<Grant> {
        self.resume.as_mut()?.grant.take()
    }

    /// How many messages the peer says that it has, if it has said something since this was asked.
    pub(crate) fn take_acked(&mut self) -> Option<u64> {
        self.resume.as_mut()?.acked.take()
    }

    /// Has the peer told how many messages have come.
    pub(crate) fn acknowledge(&mut self) {
        if let Some(resume) = &mut self.resume {
            resume.is_due = true;
        }
    }

    /// How many messages were taken.
    pub(crate) fn taken(&self) -> u64 {
        self.resume.as_ref().map_or(0, |resume| resume.taken)
    }

    /// The stream is gone. What has come of it in whole frames will still be taken, the rest will come again; what the protocol itself has
    /// said on it has no meaning on another. Returns how many messages will have been taken then, and how many the peer need not send again.
    pub(crate) fn cut_off(&mut self) -> (u64, u64) {
        let (limits, table) = (&self.limits, &mut self.table);
        let pending = self.decoder.cut_off(|frame| match Message::parse(frame, limits, table) {
            Ok(message) => !message.action().starts_with(RESERVED),
            Err(_) => true,
        });
        (self.frame_began, self.pong_due) = (None, None);
        self.heart.ping_due = false;
        let resume = self.resume.as_ref();
        resume.map_or((0, 0), |resume| (resume.taken.wrapping_add(pending), resume.received().wrapping_add(pending)))
    }

    /// Goes on over the stream of another session, which has been introduced and nothing else; the peer can send again what it has `kept`, of
    /// which `received` are known here. Returns how many messages are lost.
    pub(crate) fn go_on(&mut self, new: &mut Self, received: u64, kept: u64, now: Instant) -> u64 {
        // A client says nothing before it knows that it is back; a server goes on at once.
        if self.role == Role::Client {
            self.decoder.push(new.decoder.pending());
        }
        new.decoder = super::FrameDecoder::new(0);
        self.heart = super::Heart { rtt: self.heart.rtt, ..super::Heart::new(now, &self.limits) };
        (self.phase, self.farewell, self.negotiated) = (Phase::Open, None, true);
        let lost = kept.saturating_sub(received);
        if let Some(resume) = &mut self.resume {
            resume.missed = resume.missed.wrapping_add(lost);
            resume.acked = None;
            resume.told = resume.received();
        }
        lost
    }
}

/// After so many messages, or so many bytes, the peer is told that they have come, so that it can forget them.
const ACK_MESSAGES: u64 = 32;
const ACK_BYTES: usize = 16 * 1024;
