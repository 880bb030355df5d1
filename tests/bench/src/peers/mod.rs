//! [`Kind`]: the servers that are measured, ours and its peers; a file here for each. Who measures them is not known here.

mod bare;
mod codec;
mod direct;
mod frames;
mod inline;
mod message_io;
mod ours;
mod python;
mod rpc;
mod shared;
mod websocket;

use anyhow::{Context, Result};

pub use self::bare::echo_frames;
pub use self::ours::{Asker, Cave, Shouter, limits};
pub use self::python::command as python;
pub use self::rpc::Caller;
pub use self::websocket::Socket;
use crate::serving::Door;

/// A server that can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A bare tokio loop that moves frames without looking at them.
    Bare,
    /// repod's.
    Ours,
    /// A loop by hand that reads and writes the fields of one message, and can do nothing else.
    Inline,
    /// tokio-util's codec and serde's tagged enum, with a flush for each message.
    CodecSend,
    /// The same, with one flush for all that came at once.
    CodecFeed,
    /// The Python library's.
    Python,
    /// tokio-tungstenite's.
    WebSocket,
    /// tarpc's.
    Rpc,
    /// message-io's.
    MessageIo,
    /// Encodes a broadcast once, and writes it to each socket at once.
    Direct,
    /// Encodes a broadcast once, and wakes a task for each receiver.
    Shared,
}

impl Kind {
    const ALL: [Self; 11] = [
        Self::Bare,
        Self::Ours,
        Self::Inline,
        Self::CodecSend,
        Self::CodecFeed,
        Self::Python,
        Self::WebSocket,
        Self::Rpc,
        Self::MessageIo,
        Self::Direct,
        Self::Shared,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare tokio",
            Self::Ours => "repod",
            Self::Inline => "by hand, inline",
            Self::CodecSend => "codec + serde, send",
            Self::CodecFeed => "codec + serde, feed",
            Self::Python => "Python library",
            Self::WebSocket => "tokio-tungstenite",
            Self::Rpc => "tarpc",
            Self::MessageIo => "message-io",
            Self::Direct => "by hand, direct",
            Self::Shared => "by hand, shared",
        }
    }

    pub fn named(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name).with_context(|| format!("there is no server `{name}`"))
    }

    /// Serves until the process ends.
    pub async fn serve(self, door: Door) -> Result<()> {
        match self {
            Self::Bare => bare::serve(door.open().await?).await,
            Self::Ours => ours::serve(door.open().await?).await,
            Self::Inline => inline::serve(door.open().await?).await,
            Self::CodecSend => codec::serve(door.open().await?, codec::Writing::Send).await,
            Self::CodecFeed => codec::serve(door.open().await?, codec::Writing::Feed).await,
            Self::WebSocket => websocket::serve(door.open().await?).await,
            Self::Rpc => rpc::serve(door.open().await?).await,
            Self::MessageIo => message_io::serve(door),
            Self::Direct => direct::serve(door.open().await?).await,
            Self::Shared => shared::serve(door.open().await?).await,
            Self::Python => anyhow::bail!("that is a process of its own kind"),
        }
    }
}
