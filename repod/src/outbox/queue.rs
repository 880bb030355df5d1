//! [`Queue`]: the chunks that wait, in order. What they hold, and how much may wait, is not known here.

use std::collections::VecDeque;

use super::Chunk;

/// A queue of which the last element lies in place: most of the time there is no other one, and then nothing is allocated.
#[derive(Debug, Default)]
pub(super) struct Queue {
    earlier: VecDeque<Chunk>,
    /// `None` only if there are no earlier ones either.
    last: Option<Chunk>,
}

impl Queue {
    pub(super) fn is_empty(&self) -> bool {
        self.last.is_none()
    }

    pub(super) fn push_back(&mut self, chunk: Chunk) {
        if let Some(before) = self.last.replace(chunk) {
            self.earlier.push_back(before);
        }
    }

    pub(super) fn pop_front(&mut self) -> Option<Chunk> {
        self.earlier.pop_front().or_else(|| self.last.take())
    }

    pub(super) fn front(&self) -> Option<&Chunk> {
        self.earlier.front().or(self.last.as_ref())
    }

    pub(super) fn front_mut(&mut self) -> Option<&mut Chunk> {
        self.earlier.front_mut().or(self.last.as_mut())
    }

    pub(super) fn back_mut(&mut self) -> Option<&mut Chunk> {
        self.last.as_mut()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Chunk> {
        self.earlier.iter().chain(&self.last)
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Chunk> {
        self.earlier.iter_mut().chain(&mut self.last)
    }

    /// Gives back the memory that a backlog has left behind.
    pub(super) fn shrink(&mut self) {
        if self.earlier.is_empty() {
            self.earlier = VecDeque::new();
        }
    }
}
