//! [`PeerId`]: the number of a connection. What it stands for is its peer's business.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

/// The number of a connection: unique within this process, never used again.
///
/// It can be a field of a message, where it is an integer: a server that tells its clients of each other has nothing else to invent. One
/// that comes from a client is no more than what that client says.
///
/// ```
/// use repod::{PeerId, prelude::*};
///
/// #[derive(Action)]
/// enum ToClient {
///     Moved { player: PeerId, x: f64, y: f64 },
/// }
///
/// fn moved(peer: &Peer<ToClient>, x: f64, y: f64) -> repod::Result {
///     let player = peer.id();
///     println!("player {player}"); // player 7
///     peer.peers().send_except(player, ToClient::Moved { player, x, y })?;
///     Ok(())
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PeerId(u64);

impl PeerId {
    /// A number that no connection had.
    pub(crate) fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

impl fmt::Display for PeerId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}
