//! [`Admission`]: how many connections a server takes, and from whom.

/// How many connections a server takes, and from whom. Connections from this machine itself only count for `connections`.
///
/// ```
/// use repod::proto::{Admission, Limits};
/// let limits = Limits::server().admission(Admission { connections: 16, ..Admission::default() });
/// assert_eq!(limits.admission.connections, 16);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admission {
    /// How many connections there may be.
    pub connections: usize,
    /// How many of them may come from one address; for IPv6 from one /64 network.
    pub per_address: usize,
    /// How many connections one address may open in a second in the long run.
    pub opened_per_second: u32,
    /// How many connections one address may open at once.
    pub opened_at_once: u32,
}

impl Default for Admission {
    fn default() -> Self {
        Self { connections: 1_024, per_address: 128, opened_per_second: 20, opened_at_once: 128 }
    }
}
