//! [`Ring`]: what was written and may have to be written again, because the peer has not said that it came.
//! When that is, and to whom, is not known here.

use std::collections::VecDeque;

use super::Chunk;
use super::chunk::Origin;

/// The messages of a session that were written, oldest first, within a bound. Each has a number that nobody writes: its place in the order.
#[derive(Debug)]
pub(super) struct Ring {
    /// Written, and not known to have come.
    kept: VecDeque<Chunk>,
    /// To be written again, before everything that waits; they follow those in `kept`.
    again: VecDeque<Chunk>,
    /// The number of the first message in `kept`, or of the next one.
    first: u64,
    /// How many messages have come, as the peer said.
    acked: u64,
    /// The memory of both.
    bytes: usize,
    /// As much of it as others hold too.
    shared: usize,
    max: usize,
}

impl Ring {
    pub(super) fn new(max: usize) -> Self {
        Self { kept: VecDeque::new(), again: VecDeque::new(), first: 0, acked: 0, bytes: 0, shared: 0, max }
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn shared(&self) -> usize {
        self.shared
    }

    /// The number of the first message that can be written again.
    pub(super) fn first(&self) -> u64 {
        self.first
    }

    pub(super) fn has_more(&self) -> bool {
        !self.again.is_empty()
    }

    /// What goes before everything that waits.
    pub(super) fn next(&mut self) -> Option<Chunk> {
        self.again.pop_front()
    }

    /// Keeps a chunk that was written, or had begun to be; gives back a buffer that can be used for something else.
    pub(super) fn keep(&mut self, chunk: Chunk) -> Option<Vec<u8>> {
        let mut spare = None;
        match chunk.origin() {
            Origin::Control => return chunk.into_buffer(),
            Origin::Queue => {
                self.bytes += chunk.held();
                self.shared += chunk.shared();
            }
            Origin::Again => {}
        }
        // What it holds beyond its frames does not come along.
        let slack = chunk.held() - chunk.bytes().len();
        let joined = match self.kept.back_mut().filter(|_| chunk.held() <= SMALL) {
            Some(last) => chunk.join(last, JOINED),
            None => Err(chunk),
        };
        match joined {
            Ok(buffer) => {
                self.bytes -= slack;
                spare = Some(buffer);
            }
            Err(chunk) => self.kept.push_back(chunk),
        }
        self.trim();
        spare
    }

    /// Forgets everything, and keeps nothing any more. What is being written for the second time will still come back.
    pub(super) fn close(&mut self) {
        self.max = 0;
        for chunk in self.kept.drain(..).chain(self.again.drain(..)) {
            self.first += chunk.messages() as u64;
            self.bytes -= chunk.held();
            self.shared -= chunk.shared();
        }
    }

    /// The peer has so many messages. It may say so before the chunk that they are in is written to its end.
    pub(super) fn ack(&mut self, received: u64) {
        self.acked = self.acked.max(received);
        self.trim();
    }

    /// Forgets what has come, and the oldest beyond the bound.
    fn trim(&mut self) {
        while let Some(oldest) = self.kept.front_mut() {
            let messages = oldest.messages() as u64;
            let come = self.acked.saturating_sub(self.first).min(messages);
            let excess = self.bytes.saturating_sub(self.max);
            if come < messages {
                for _ in 0..come {
                    oldest.drop_first();
                    self.first += 1;
                }
                if excess == 0 {
                    return;
                }
                let held = oldest.held();
                self.first += oldest.shed(excess);
                self.bytes -= held - oldest.held();
                if self.bytes <= self.max {
                    return;
                }
            }
            self.first += oldest.messages() as u64;
            self.bytes -= oldest.held();
            self.shared -= oldest.shared();
            self.kept.pop_front();
        }
    }

    /// The stream is gone: what was being written on it is kept, and what was to be written again, too.
    pub(super) fn suspend(&mut self, writing: Option<Chunk>) {
        if let Some(chunk) = writing {
            self.keep(chunk);
        }
        for chunk in std::mem::take(&mut self.again) {
            self.keep(chunk);
        }
    }

    /// There is another stream, and the peer has so many messages: the others are written again. Returns how many those are, and how many the
    /// peer does not have and will never get.
    pub(super) fn resume(&mut self, received: u64) -> (u64, u64) {
        let lost = self.first.saturating_sub(received);
        self.ack(received);
        self.again = std::mem::take(&mut self.kept).into_iter().map(Chunk::again).collect();
        let replayed = self.again.iter().map(|chunk| chunk.messages() as u64).sum();
        (replayed, lost)
    }
}

/// Chunks up to this size are put together, so that a message of some bytes does not cost an allocation of its own.
const SMALL: usize = 1024;

/// How large they grow.
const JOINED: usize = 8 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(count: u8) -> Chunk {
        let mut chunk = Chunk::own(frame(0), 1);
        for number in 1..count {
            chunk.append(&frame(number), 1);
        }
        chunk
    }

    fn frame(number: u8) -> Vec<u8> {
        [&[0, 0, 0, 6][..], &[number; 6]].concat()
    }

    fn numbers(ring: &mut Ring) -> Vec<u8> {
        let chunks: Vec<Chunk> = std::iter::from_fn(|| ring.next()).collect();
        chunks.iter().flat_map(|chunk| chunk.bytes().chunks(10).map(|frame| frame[4])).collect()
    }

    #[test]
    fn what_has_come_is_forgotten_and_the_rest_is_written_again() {
        for acked in 0..=20 {
            for received in acked..=20 {
                let mut ring = Ring::new(1_000);
                ring.keep(frames(7));
                ring.ack(acked);
                ring.keep(Chunk::broadcast(bytes::Bytes::from(frame(7))));
                ring.suspend(Some(frames(12)));
                let (replayed, lost) = ring.resume(received);
                assert_eq!((replayed, lost, ring.first()), (20 - received, 0, received));
                let expected = (0..7).chain([7]).chain(0..12).skip(received as usize);
                assert_eq!(numbers(&mut ring), Vec::from_iter(expected));
            }
        }
    }

    #[test]
    fn it_holds_no_more_than_it_may_and_knows_what_is_lost() {
        let mut ring = Ring::new(100);
        for _ in 0..50 {
            ring.keep(frames(7));
            assert!(ring.bytes() <= 100);
            assert_eq!(ring.bytes(), ring.kept.iter().map(Chunk::held).sum());
        }
        ring.suspend(None);
        let (replayed, lost) = ring.resume(300);
        assert_eq!((replayed, lost), (10, 40));
        assert_eq!(numbers(&mut ring).len(), 10);
        // One that is larger than all is lost at once.
        let mut ring = Ring::new(100);
        ring.keep(Chunk::broadcast(bytes::Bytes::from(vec![0; 101])));
        assert_eq!(ring.bytes(), 0);
    }

    #[test]
    fn it_knows_how_much_of_it_others_hold_too() {
        let mut ring = Ring::new(200);
        for number in 1..50 {
            ring.keep(frames(7));
            ring.keep(Chunk::broadcast(bytes::Bytes::from(frame(7))));
            ring.ack(number);
            assert_eq!(ring.bytes(), ring.kept.iter().map(Chunk::held).sum());
            assert_eq!(ring.shared(), ring.kept.iter().map(Chunk::shared).sum());
        }
        assert!(ring.shared() > 0);
        ring.ack(8 * 50);
        assert_eq!((ring.bytes(), ring.shared()), (0, 0));
    }

    #[test]
    fn one_that_is_closed_forgets_what_it_has_and_what_comes_back() {
        for acked in [0, 1, 7] {
            let mut ring = Ring::new(1_000);
            ring.keep(frames(7));
            ring.suspend(None);
            ring.resume(0);
            let writing = ring.next().unwrap();
            ring.keep(frames(7));
            ring.close();
            ring.ack(acked);
            ring.keep(writing);
            assert_eq!((ring.bytes(), ring.shared()), (0, 0));
        }
    }

    #[test]
    fn frames_of_the_protocol_are_counted_by_nobody() {
        let mut ring = Ring::new(100);
        ring.keep(frames(2));
        ring.keep(Chunk::control(b"ping".to_vec(), 1));
        ring.suspend(Some(Chunk::control(b"pong".to_vec(), 1)));
        assert_eq!(ring.resume(0), (2, 0));
        assert_eq!((ring.first(), numbers(&mut ring)), (0, vec![0, 1]));
    }
}
