//! [`Plan`]: how long and how often things are measured. What is measured is not known here.

use std::time::Duration;

/// How much time a run may take.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// How often all rivals of a contest take their turns; an odd number has a median.
    pub rounds: usize,
    /// How long one turn lasts, where that can be chosen.
    pub turn: Duration,
    /// How long idle connections are watched.
    pub watch: Duration,
    /// Whether this only shows that everything works.
    pub is_quick: bool,
}

impl Plan {
    pub fn full() -> Self {
        Self { rounds: 7, turn: Duration::from_secs(1), watch: Duration::from_secs(20), is_quick: false }
    }

    pub fn quick() -> Self {
        Self { rounds: 3, turn: Duration::from_millis(100), watch: Duration::from_secs(5), is_quick: true }
    }
}
