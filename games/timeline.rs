//! [`Timeline`]: the states that came from a server, and what to show between them.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// A state that can be shown half-way to the next one.
pub trait Blend: Clone {
    /// The state on the way to `next`; `share` is how much of the way is done, from 0 to 1.
    fn blend(&self, next: &Self, share: f64) -> Self;
}

/// States in the order in which they came. What it shows is a little late, so that there is a next state to move to although messages do not come evenly.
#[derive(Debug)]
pub struct Timeline<T> {
    states: VecDeque<(Instant, T)>,
}

impl<T: Blend> Timeline<T> {
    /// Adds a state that came just now.
    pub fn push(&mut self, now: Instant, state: T) {
        if self.states.len() == MOST_KEPT {
            self.states.pop_front();
        }
        self.states.push_back((now, state));
    }

    /// The newest state.
    pub fn latest(&self) -> Option<&T> {
        self.states.back().map(|(_, state)| state)
    }

    /// What to show now.
    pub fn at(&self, now: Instant) -> Option<T> {
        let shown = now.checked_sub(DELAY).unwrap_or(now);
        let next = self.states.partition_point(|(came, _)| *came <= shown);
        let Some((later, to)) = self.states.get(next) else {
            return self.latest().cloned();
        };
        let Some((earlier, from)) = next.checked_sub(1).and_then(|index| self.states.get(index)) else {
            return Some(to.clone());
        };
        let (passed, whole) = (shown.duration_since(*earlier), later.duration_since(*earlier));
        Some(from.blend(to, passed.as_secs_f64() / whole.as_secs_f64()))
    }
}

impl<T> Default for Timeline<T> {
    fn default() -> Self {
        Self { states: VecDeque::new() }
    }
}

/// How late the shown state is: three of the server's ticks.
const DELAY: Duration = Duration::from_millis(50);

/// Enough for the delay, also when the server's messages come in heaps.
const MOST_KEPT: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    impl Blend for f64 {
        fn blend(&self, next: &Self, share: f64) -> Self {
            self + (next - self) * share
        }
    }

    #[test]
    fn what_is_shown_moves_evenly_from_state_to_state() {
        let start = Instant::now();
        let at = |milliseconds: u64| start + Duration::from_millis(milliseconds);
        let mut timeline = Timeline::default();
        assert_eq!(timeline.at(start), None);
        for (came, state) in [(0, 0.0), (20, 10.0), (40, 40.0)] {
            timeline.push(at(came), state);
        }
        for (now, shown) in [(0, 0.0), (50, 0.0), (60, 5.0), (70, 10.0), (80, 25.0), (90, 40.0), (500, 40.0)] {
            let difference: f64 = timeline.at(at(now)).unwrap() - shown;
            assert!(difference.abs() < 1e-6, "at {now}: {difference}");
        }
        assert_eq!(timeline.latest(), Some(&40.0));
    }

    #[test]
    fn old_states_are_forgotten() {
        let start = Instant::now();
        let mut timeline = Timeline::default();
        for count in 0..100 {
            timeline.push(start + Duration::from_millis(count), count as f64);
        }
        assert_eq!(timeline.at(start), Some(68.0));
    }
}
