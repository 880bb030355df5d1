//! [`Rate`]: how fast a peer may send.

/// How fast a peer may send. A faster one is not closed: reading from it pauses, TCP pushes back, and nothing is lost.
///
/// ```
/// use repod::proto::{Limits, Rate};
///
/// let twice = Rate { messages: 2_000, ..Rate::default() };
/// let limits = Limits::server().rate(Some(twice));
/// # let _ = limits;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Messages a second in the long run. Every frame costs at least one, also one that is refused;
    /// `#[action(cost = 5)]` makes an action cost more.
    pub messages: u32,
    /// Messages at once.
    pub burst: u32,
    /// Bytes a second, length prefixes included; twice that at once.
    pub bytes: u32,
}

impl Default for Rate {
    fn default() -> Self {
        Self { messages: 1_000, burst: 2_000, bytes: 4 * 1024 * 1024 }
    }
}
