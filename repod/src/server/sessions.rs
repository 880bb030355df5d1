//! [`Sessions`]: for how long, and within which bounds, a server keeps the session of a client that was lost. The keeping is the vault's.

use std::time::Duration;

/// How a server keeps sessions, so that a client that was lost finds its channel as it left it; given to
/// [`Serve::sessions`](super::Serve::sessions).
///
/// Only for clients that [reconnect](crate::Connection::reconnect); others, such as Python ones, end with their connection.
///
/// ```
/// use repod::Sessions;
/// use std::time::Duration;
///
/// let sessions = Sessions::default().resume_window(Duration::from_secs(60));
/// assert_eq!(sessions.resume_window.as_secs(), 60);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sessions {
    /// How long a client that was lost is waited for.
    pub resume_window: Duration,
    /// How many bytes that were written are kept for each client until it has them.
    pub ring: usize,
    /// How many clients are waited for at once.
    pub suspended: usize,
    /// How long a client may take to say hello before it is served as one that has no session.
    pub patience: Duration,
    /// How many wrong tokens one address may show in a second.
    pub tries_per_second: u32,
}

impl Default for Sessions {
    /// 30 s, 256 KiB for each client, 1,024 clients, a second until hello, 5 wrong tokens a second.
    fn default() -> Self {
        Self {
            resume_window: Duration::from_secs(30),
            ring: 256 * 1024,
            suspended: 1_024,
            patience: Duration::from_secs(1),
            tries_per_second: 5,
        }
    }
}

impl Sessions {
    /// Sets how long a client that was lost is waited for.
    ///
    /// Default: 30 s. Until then its channel is kept, and it is among the peers: others see a player who stands still. Bounds how long
    /// the memory of one that never comes back is held.
    ///
    /// ```
    /// # use repod::Sessions;
    /// # use std::time::Duration;
    /// let sessions = Sessions::default().resume_window(Duration::from_secs(5));
    /// assert_eq!(sessions.resume_window, Duration::from_secs(5));
    /// ```
    #[must_use]
    pub fn resume_window(mut self, time: Duration) -> Self {
        self.resume_window = time;
        self
    }

    /// Sets how many bytes that were written are kept for each client until it says that it has them.
    ///
    /// Default: 256 KiB. If more was under way when the connection was lost, the client resumes with a [`Gap`](crate::Resumption::Gap).
    /// Bounds the memory for a client that takes messages and never says so; it counts as queued in
    /// [`Limits::max_buffered_total`](crate::proto::Limits::max_buffered_total).
    ///
    /// ```
    /// # use repod::Sessions;
    /// assert_eq!(Sessions::default().ring(64 * 1024).ring, 65_536);
    /// ```
    #[must_use]
    pub fn ring(mut self, bytes: usize) -> Self {
        self.ring = bytes;
        self
    }

    /// Sets how many clients are waited for at once. When there are more, the one that is waited for longest is given up.
    ///
    /// Default: 1,024. A client that is waited for has given up its place among the connections, so this bounds what somebody can
    /// hold who connects and vanishes again and again.
    ///
    /// ```
    /// # use repod::Sessions;
    /// assert_eq!(Sessions::default().suspended(16).suspended, 16);
    /// ```
    #[must_use]
    pub fn suspended(mut self, count: usize) -> Self {
        self.suspended = count;
        self
    }

    /// Sets how long a client may take to say hello, which tells whether it comes back or is new.
    ///
    /// Default: 1 s. Rust clients say it at once. A Python client says nothing of the kind: its `on_connect` is called with its first message,
    /// or after this time. Bounds how long a silent connection is no player yet.
    ///
    /// ```
    /// # use repod::Sessions;
    /// # use std::time::Duration;
    /// let only_rust = Sessions::default().patience(Duration::from_secs(5));
    /// assert_eq!(only_rust.patience.as_secs(), 5);
    /// ```
    #[must_use]
    pub fn patience(mut self, time: Duration) -> Self {
        self.patience = time;
        self
    }

    /// Sets how many wrong tokens one address, or one IPv6 /64, may show in a second. One that shows more is turned away, and asked to come
    /// back later.
    ///
    /// Default: 5. Nobody guesses 256 bits; this bounds the work for one who tries. This machine itself is not counted.
    ///
    /// ```
    /// # use repod::Sessions;
    /// assert_eq!(Sessions::default().tries_per_second(1).tries_per_second, 1);
    /// ```
    #[must_use]
    pub fn tries_per_second(mut self, count: u32) -> Self {
        self.tries_per_second = count;
        self
    }
}
