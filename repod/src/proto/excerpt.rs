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
    bytes: &'a [u8],
    most: usize,
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
        Self::of_bytes(text.as_bytes())
    }

    /// An excerpt of bytes that should be UTF-8; those that are not are shown as `\xff`.
    ///
    /// ```
    /// # use repod::proto::Excerpt;
    /// assert_eq!(Excerpt::of_bytes(b"caf\xe9").to_string(), r"caf\xe9");
    /// ```
    pub fn of_bytes(bytes: &'a [u8]) -> Self {
        Self { bytes, most: Self::MOST }
    }

    /// An excerpt of what is written into one line of a log.
    #[cfg(feature = "__net")]
    pub(crate) fn line(text: &'a str) -> Self {
        Self::of(text).up_to(LONGEST_LINE)
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
        // So many bytes hold one character more than is shown, which is how it is known that there are more.
        let most = self.most.saturating_add(1).saturating_mul(4);
        let mut room = self.most;
        for chunk in self.bytes.get(..most).unwrap_or(self.bytes).utf8_chunks() {
            let invalid = chunk.invalid().iter().map(|byte| Shown::Byte(*byte));
            for shown in chunk.valid().chars().map(Shown::Character).chain(invalid) {
                if room == 0 {
                    return write!(formatter, "... ({} bytes)", self.bytes.len());
                }
                room = room.saturating_sub(1);
                match shown {
                    Shown::Byte(byte) => write!(formatter, "\\x{byte:02x}")?,
                    Shown::Character(character) if character.is_control() || is_invisible(character) => {
                        write!(formatter, "{}", character.escape_default())?;
                    }
                    Shown::Character(character) => write!(formatter, "{character}")?,
                }
            }
        }
        Ok(())
    }
}

enum Shown {
    Character(char),
    Byte(u8),
}

/// Line separators and the marks that turn the direction of text: they forge lines as control characters do.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// How many characters of a value are written into a log.
#[cfg(feature = "__net")]
const LONGEST_LINE: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_how_much_there_is_only_if_something_is_missing() {
        for (character, len) in [("a", 1), ("é", 2), ("\u{1f600}", 4)] {
            let whole = character.repeat(64);
            assert_eq!(Excerpt::of(&whole).to_string(), whole);
            assert_eq!(Excerpt::of_bytes(whole.as_bytes()).to_string(), whole);
            let cut = format!("{whole}... ({} bytes)", 65 * len);
            assert_eq!(Excerpt::of(&character.repeat(65)).to_string(), cut);
        }
        assert_eq!(Excerpt::of_bytes(&[b'a', 0xff, b'b']).up_to(2).to_string(), r"a\xff... (3 bytes)");
        assert_eq!(Excerpt::of("").up_to(0).to_string(), "");
    }
}
