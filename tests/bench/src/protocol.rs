//! The messages of the benchmarks, as repod's enums and as the tagged enum that a user would write with serde.
//! Neither sockets nor clocks.

use anyhow::Result;
use repod::prelude::*;
use serde::{Deserialize, Serialize};

/// What clients send: the first three come back as they are.
#[derive(Action, Debug, Clone, PartialEq)]
pub enum Call {
    Echo {
        x: f64,
        y: f64,
        id: u32,
    },
    Go {
        n: u16,
    },
    Say {
        text: String,
    },
    /// Comes back to everybody as an echo.
    Shout {
        x: f64,
        y: f64,
        id: u32,
    },
}

/// What servers send.
#[derive(Action, Debug, Clone, PartialEq)]
#[action(sync)]
pub enum Answer {
    Echo { x: f64, y: f64, id: u32 },
    Go { n: u16 },
    Say { text: String },
}

/// Both, as serde's.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Tagged {
    Echo { x: f64, y: f64, id: u32 },
    Go { n: u16 },
    Say { text: String },
    Shout { x: f64, y: f64, id: u32 },
}

impl Tagged {
    /// What a server answers.
    pub fn answer(self) -> Self {
        match self {
            Self::Shout { x, y, id } => Self::Echo { x, y, id },
            other => other,
        }
    }

    /// The frame of it, its length prefix included.
    pub fn frame(&self) -> Result<Vec<u8>> {
        let mut frame = vec![0; 4];
        rmp_serde::encode::write_named(&mut frame, self)?;
        let len = frame.len() as u32 - 4;
        frame[..4].copy_from_slice(&len.to_be_bytes());
        Ok(frame)
    }
}

/// Which message is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payload {
    /// `{action, x, y, id}`, some 40 bytes.
    Echo,
    /// 16 bytes.
    Small,
    /// A text, with 256 bytes in all.
    Text,
    /// A text, with 4 KiB in all.
    Long,
}

impl Payload {
    pub const ALL: [Self; 4] = [Self::Echo, Self::Small, Self::Text, Self::Long];

    pub fn name(self) -> &'static str {
        match self {
            Self::Echo => "40 B",
            Self::Small => "16 B",
            Self::Text => "256 B",
            Self::Long => "4 KiB",
        }
    }

    pub fn message(self) -> Tagged {
        match self {
            Self::Echo => Tagged::Echo { x: 103.25, y: -7.5, id: 70_001 },
            Self::Small => Tagged::Go { n: 1000 },
            Self::Text => Tagged::Say { text: "a".repeat(256 - 19) },
            Self::Long => Tagged::Say { text: "a".repeat(4096 - 20) },
        }
    }

    /// Its bytes without the length prefix.
    pub fn bytes(self) -> Result<Vec<u8>> {
        Ok(rmp_serde::to_vec_named(&self.message())?)
    }
}

/// The bytes of a shout with such an id; those of an id above 65,535 end with it.
pub fn shout(id: u32) -> Result<Vec<u8>> {
    Tagged::Shout { x: 103.25, y: -7.5, id }.frame()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_have_the_bytes_that_they_are_named_for() {
        for (payload, len) in [(Payload::Small, 16), (Payload::Text, 256), (Payload::Long, 4096)] {
            assert_eq!(payload.bytes().map(|bytes| bytes.len()).ok(), Some(len), "{}", payload.name());
        }
    }
}
