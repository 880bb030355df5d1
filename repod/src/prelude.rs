//! What most programs need: `use repod::prelude::*;`.
//!
//! [`Result`](crate::Result) and [`Error`](crate::Error) are not here, so that they do not hide those of std: write `repod::Result`.
//!
//! ```
//! use repod::prelude::*;
//!
//! #[derive(Action)]
//! enum ToServer {
//!     Ping,
//! }
//!
//! assert_eq!(ToServer::Ping.name(), "ping");
//! ```

#[cfg(feature = "derive")]
pub use repod_derive::Action;

pub use crate::action::Action;
#[cfg(feature = "server")]
pub use crate::channel::Channel;
#[cfg(feature = "client")]
pub use crate::client::Client;
#[cfg(feature = "__net")]
pub use crate::peer::{Peer, PeerId};
#[cfg(feature = "__net")]
pub use crate::peers::Peers;
pub use crate::proto::CloseReason;
#[cfg(feature = "server")]
pub use crate::server::{Launch, Refuse, Server};
