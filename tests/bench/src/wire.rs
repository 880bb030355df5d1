//! The wire as somebody would write it by hand: greeting, hello, and frames behind their length.
//! It knows nothing of repod, so that its clients measure every server alike.

use anyhow::{Result, bail};

/// How the length of a frame is written before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prefix {
    /// Four bytes, the highest first.
    Four,
    /// Seven bits a byte, the lowest first: message-io's.
    Varint,
}

impl Prefix {
    /// The frame of a payload.
    pub fn frame(self, payload: &[u8]) -> Vec<u8> {
        let mut frame = match self {
            Self::Four => (payload.len() as u32).to_be_bytes().to_vec(),
            Self::Varint => varint(payload.len()),
        };
        frame.extend_from_slice(payload);
        frame
    }

    /// How many bytes the first frame has, its prefix included; `None` if it is not whole.
    pub fn first(self, bytes: &[u8]) -> Option<usize> {
        let whole = match self {
            Self::Four => 4 + u32::from_be_bytes(*bytes.first_chunk()?) as usize,
            Self::Varint => {
                let last = bytes.iter().position(|byte| byte & 0x80 == 0)?;
                let len = bytes[..=last].iter().rev().fold(0, |len, byte| len << 7 | (byte & 0x7f) as usize);
                last + 1 + len
            }
        };
        (bytes.len() >= whole).then_some(whole)
    }
}

/// The answer to a greeting: a hello, if the server understands it.
pub fn answer(greeting: &[u8]) -> Result<&'static [u8]> {
    if !contains(greeting, b"connected") {
        bail!("not a greeting: {greeting:?}");
    }
    Ok(if contains(greeting, b"repod") { HELLO } else { b"" })
}

/// The answer to a ping; `None` if the frame is none.
pub fn pong(frame: &[u8]) -> Option<Vec<u8>> {
    let action = frame.get(4 + 9..)?;
    if !action.starts_with(b"repod.ping") {
        return None;
    }
    let mut pong = frame.to_vec();
    pong[4 + 9 + 7] = b'o';
    Some(pong)
}

fn contains(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|part| part == word)
}

fn varint(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// What a server says first that does not know of hellos.
pub const GREETING: &[u8] = b"\x00\x00\x00\x12\x81\xa6action\xa9connected";

const HELLO: &[u8] = b"\x00\x00\x00\x24\x82\xa6action\xabrepod.hello\xa5repod\x81\xa7version\x01";
