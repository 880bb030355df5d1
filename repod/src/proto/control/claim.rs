//! [`Claim`] and [`Grant`]: how a client asks for a session, and what a server answers. How sessions are kept is not known here.

use serde::{Deserialize, Serialize};

use super::Bin;

/// What a client says of its session in its hello.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claim {
    /// Names the session; none asks for a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) token: Option<Bin>,
    /// How many of the peer's messages have come.
    #[serde(default)]
    pub(crate) received: u64,
    /// The number of the first message of its own that can still be sent again.
    #[serde(default)]
    pub(crate) kept: u64,
}

/// What a server answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Grant {
    /// Names the session the next time.
    pub(crate) token: Bin,
    /// How long the session is kept when the client is lost, in milliseconds.
    pub(crate) window: u64,
    /// Whether this is the session that was claimed; if not, it is a new one.
    pub(crate) resumed: bool,
    /// How many of the client's messages have come.
    pub(crate) received: u64,
    /// The number of the first message of the server's that can still be sent again.
    pub(crate) kept: u64,
}
