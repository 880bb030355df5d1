//! The MessagePack bytes that are known when the macro runs: the header of a map, its keys, the name of the action.
//! Values are written at run time, by `repod`.

/// Bytes of a frame, as far as they are known.
#[derive(Debug, Default)]
pub(crate) struct Bytes(Vec<u8>);

impl Bytes {
    /// The header of a map of `keys` entries.
    pub(crate) fn map(mut self, keys: usize) -> Self {
        match u8::try_from(keys) {
            Ok(keys @ 0..=15) => self.0.push(0x80 | keys),
            _ => match u16::try_from(keys) {
                Ok(keys) => {
                    self.0.push(0xde);
                    self.0.extend(keys.to_be_bytes());
                }
                Err(_) => {
                    self.0.push(0xdf);
                    self.0.extend(u32::try_from(keys).unwrap_or(u32::MAX).to_be_bytes());
                }
            },
        }
        self
    }

    /// A string: a key, or the name of the action.
    pub(crate) fn text(mut self, text: &str) -> Self {
        match u8::try_from(text.len()) {
            Ok(len @ 0..=31) => self.0.push(0xa0 | len),
            Ok(len) => self.0.extend([0xd9, len]),
            Err(_) => match u16::try_from(text.len()) {
                Ok(len) => {
                    self.0.push(0xda);
                    self.0.extend(len.to_be_bytes());
                }
                Err(_) => {
                    self.0.push(0xdb);
                    self.0.extend(u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
                }
            },
        }
        self.0.extend(text.as_bytes());
        self
    }

    /// The key `action` and its value.
    pub(crate) fn action(self, name: &str) -> Self {
        self.text("action").text(name)
    }

    /// The bytes.
    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_header_grows_with_its_keys() {
        assert_eq!(Bytes::default().map(1).as_slice(), [0x81]);
        assert_eq!(Bytes::default().map(15).as_slice(), [0x8f]);
        assert_eq!(Bytes::default().map(16).as_slice(), [0xde, 0, 16]);
        assert_eq!(Bytes::default().map(256).as_slice(), [0xde, 1, 0]);
        assert_eq!(Bytes::default().map(65_536).as_slice(), [0xdf, 0, 1, 0, 0]);
    }

    #[test]
    fn a_text_header_grows_with_its_bytes() {
        #[track_caller]
        fn check(len: usize, header: &[u8]) {
            let bytes = Bytes::default().text(&"x".repeat(len));
            assert_eq!(bytes.as_slice().split_at(header.len()), (header, "x".repeat(len).as_bytes()));
        }
        check(0, &[0xa0]);
        check(31, &[0xbf]);
        check(32, &[0xd9, 32]);
        check(255, &[0xd9, 255]);
        check(256, &[0xda, 1, 0]);
        check(65_535, &[0xda, 255, 255]);
        check(65_536, &[0xdb, 0, 1, 0, 0]);
    }

    #[test]
    fn an_action_begins_with_its_name() {
        assert_eq!(Bytes::default().map(1).action("ping").as_slice(), b"\x81\xa6action\xa4ping");
    }
}
