//! The messages of `keepalive`: words of this program's own, so that any client can answer, one of the Python library included.
//! Between Rust peers repod pings by itself, unseen; see `Limits::heartbeat` and `Peer::rtt`.

use repod::prelude::*;

#[derive(Action, Debug, Clone, PartialEq)]
#[action(sync)]
pub enum ToServer {
    /// The answer to a ping.
    Pong,
}

#[derive(Action, Debug, Clone, PartialEq)]
#[action(sync)]
pub enum ToClient {
    /// Is anybody there?
    Ping,
}
