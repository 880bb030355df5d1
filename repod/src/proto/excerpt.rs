//! [`Excerpt`]: untrusted text made fit for a log line or an error message.
//! It is not for showing chat to players, who want their text whole.

use std::fmt;

/// Displays text that came from a peer: control characters and terminal escapes are escaped, and no more than 64 characters are shown.
///
/// ```
/// use repod::proto::Excerpt;
///
/// assert_eq!(Excerpt::of("x\n12:00 [+] forged").to_string(), r"x\n12:00 [+] forged");
/// assert_eq!(Excerpt::of(&"a".repeat(100)).to_string(), format!("{}... (100 bytes)", "a".repeat(64)));
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Excerpt<'a> {
    source: Source<'a>,
    most: usize,
}

#[derive(Debug, Clone, Copy)]
enum Source<'a> {
    Text(&'a str),
    Bytes(&'a [u8]),
}

impl<'a> Excerpt<'a> {
    /// How many characters are shown, unless something else is asked for.
    ///
    /// ```
    /// # use repod::proto::Excerpt;
    /// let shown = Excerpt::of(&"a".repeat(Excerpt::MOST)).to_string();
    /// assert_eq!(shown.len(), Excerpt::MOST); // not cut
    /// ```
    pub const MOST: usize = 64;

    /// An excerpt of `text`.
    ///
    /// ```
    /// # use repod::proto::Excerpt;
    /// assert_eq!(Excerpt::of("red\x1b[31m").to_string(), r"red\u{1b}[31m");
    /// ```
    pub fn of(text: &'a str) -> Self {
        Self { source: Source::Text(text), most: Self::MOST }
    }

    /// An excerpt of bytes that should be UTF-8; those that are not are shown as `\xff`.
    ///
    /// ```
    /// # use repod::proto::Excerpt;
    /// assert_eq!(Excerpt::of_bytes(b"caf\xe9").to_string(), r"caf\xe9");
    /// ```
    pub fn of_bytes(bytes: &'a [u8]) -> Self {
        Self { source: Source::Bytes(bytes), most: Self::MOST }
    }

    /// Shows up to `most` characters instead.
    ///
    /// ```
    /// # use repod::proto::Excerpt;
    /// assert_eq!(Excerpt::of("a long story").up_to(6).to_string(), "a long... (12 bytes)");
    /// ```
    #[must_use]
    pub fn up_to(mut self, most: usize) -> Self {
        self.most = most;
        self
    }
}

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut room = self.most;
        match self.source {
            Source::Text(text) => {
                write_text(formatter, text, &mut room)?;
                write_rest(formatter, room, text.chars().nth(self.most).is_some(), text.len())
            }
            Source::Bytes(bytes) => {
                let shown = bytes.get(..self.most.saturating_mul(4)).unwrap_or(bytes);
                for chunk in shown.utf8_chunks() {
                    write_text(formatter, chunk.valid(), &mut room)?;
                    for byte in chunk.invalid() {
                        if room > 0 {
                            room = room.saturating_sub(1);
                            write!(formatter, "\\x{byte:02x}")?;
                        }
                    }
                }
                write_rest(formatter, room, bytes.len() > self.most, bytes.len())
            }
        }
    }
}

fn write_text(formatter: &mut fmt::Formatter<'_>, text: &str, room: &mut usize) -> fmt::Result {
    for character in text.chars() {
        if *room == 0 {
            break;
        }
        *room = room.saturating_sub(1);
        if character.is_control() || is_invisible(character) {
            write!(formatter, "{}", character.escape_default())?;
        } else {
            write!(formatter, "{character}")?;
        }
    }
    Ok(())
}

fn write_rest(formatter: &mut fmt::Formatter<'_>, room: usize, longer: bool, len: usize) -> fmt::Result {
    if room == 0 && longer {
        write!(formatter, "... ({len} bytes)")?;
    }
    Ok(())
}

/// Line separators and the marks that turn the direction of text: they forge lines as control characters do.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}
