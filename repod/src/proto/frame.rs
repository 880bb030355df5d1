//! [`FrameDecoder`]: the length prefix. Bytes in, whole frames out; no opinion about what a frame holds.

/// Finds frames in a stream of bytes, however the bytes are cut.
///
/// Its buffer grows only by bytes that were pushed, never by a length that a peer claims, and after a refused header it gives
/// nothing but that error: what follows on the stream has no meaning.
///
/// ```
/// use repod::proto::FrameDecoder;
///
/// let mut decoder = FrameDecoder::new(1024);
/// decoder.push(b"\x00\x00\x00\x02hi\x00\x00");
/// assert_eq!(decoder.next_frame(), Ok(Some(&b"hi"[..])));
/// assert_eq!(decoder.next_frame(), Ok(None));
/// decoder.push(b"\x00\x01!");
/// assert_eq!(decoder.next_frame(), Ok(Some(&b"!"[..])));
/// ```
#[derive(Debug)]
pub struct FrameDecoder {
    buffer: Vec<u8>,
    start: usize,
    /// The length of the frame that ends at `start`.
    last: usize,
    max: usize,
}

/// A header claims a frame that is longer than the limit.
///
/// ```
/// use repod::proto::{FrameDecoder, FrameTooLarge};
///
/// let mut decoder = FrameDecoder::new(65_536);
/// decoder.push(&70_000_u32.to_be_bytes());
/// let error = decoder.next_frame().unwrap_err();
/// assert_eq!(error, FrameTooLarge { len: 70_000, max: 65_536 });
/// assert_eq!(error.to_string(), "a frame of 70000 bytes exceeds the limit of 65536");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a frame of {len} bytes exceeds the limit of {max}")]
pub struct FrameTooLarge {
    /// The length that the header claims, in bytes.
    pub len: usize,
    /// The limit.
    pub max: usize,
}

/// How far a frame has come when the stream ends.
///
/// ```
/// use repod::proto::{FrameDecoder, Truncated};
///
/// let mut decoder = FrameDecoder::new(1024);
/// decoder.push(b"\x00\x00\x00\x05ab");
/// assert_eq!(decoder.truncated(), Some(Truncated { got: 2, want: 5 }));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stream ended within a frame, after {got} of {want} bytes")]
pub struct Truncated {
    /// How many bytes came; of the header, if not even that is whole.
    pub got: usize,
    /// How many bytes the frame, or the header, has.
    pub want: usize,
}

impl FrameDecoder {
    /// The bytes of a length prefix.
    ///
    /// ```
    /// # use repod::proto::FrameDecoder;
    /// let mut decoder = FrameDecoder::new(1024);
    /// decoder.push(b"\x00\x00\x00\x02hi");
    /// assert_eq!(decoder.pending().len(), FrameDecoder::HEADER + 2);
    /// ```
    pub const HEADER: usize = 4;

    /// A decoder that refuses frames longer than `max` bytes, the length prefix not counted.
    ///
    /// ```
    /// # use repod::proto::FrameDecoder;
    /// let mut decoder = FrameDecoder::new(2);
    /// decoder.push(b"\x00\x00\x00\x03"); // announces three bytes
    /// assert!(decoder.next_frame().is_err());
    /// ```
    pub fn new(max: usize) -> Self {
        Self { buffer: Vec::new(), start: 0, last: 0, max }
    }

    /// Takes the next bytes of the stream.
    ///
    /// ```
    /// # use repod::proto::FrameDecoder;
    /// let mut decoder = FrameDecoder::new(1024);
    /// for byte in b"\x00\x00\x00\x02hi" {
    ///     decoder.push(&[*byte]);
    /// }
    /// assert_eq!(decoder.next_frame()?, Some(&b"hi"[..]));
    /// # Ok::<(), repod::proto::FrameTooLarge>(())
    /// ```
    pub fn push(&mut self, bytes: &[u8]) {
        self.compact();
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole frame without its length prefix, or `None` until more bytes are pushed.
    ///
    /// ```
    /// # use repod::proto::FrameDecoder;
    /// let mut decoder = FrameDecoder::new(1024);
    /// decoder.push(b"\x00\x00\x00\x02hi\x00\x00\x00\x01!\x00");
    /// while let Some(frame) = decoder.next_frame()? {
    ///     println!("{} bytes", frame.len());
    /// }
    /// assert_eq!(decoder.pending(), b"\x00"); // the next frame has begun
    /// # Ok::<(), repod::proto::FrameTooLarge>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`FrameTooLarge`] as soon as a header is whole that claims more than the limit; from then on always.
    pub fn next_frame(&mut self) -> Result<Option<&[u8]>, FrameTooLarge> {
        let Some(len) = self.header()? else {
            return Ok(None);
        };
        let begin = self.start.saturating_add(Self::HEADER);
        let end = begin.saturating_add(len);
        match self.buffer.get(begin..end) {
            Some(frame) => {
                self.start = end;
                self.last = len;
                Ok(Some(frame))
            }
            None => Ok(None),
        }
    }

    /// The frame that [`next_frame`](Self::next_frame) would give, without taking it.
    #[inline]
    pub(super) fn peek(&self) -> Option<&[u8]> {
        let (header, body) = self.pending().split_first_chunk::<{ Self::HEADER }>()?;
        let len = u32::from_be_bytes(*header) as usize;
        if len > self.max { None } else { body.get(..len) }
    }

    /// Takes the frame of `len` bytes that was peeked at.
    #[inline]
    pub(super) fn pass(&mut self, len: usize) {
        self.start = self.start.saturating_add(Self::HEADER).saturating_add(len);
        self.last = len;
    }

    /// The frame that [`next_frame`](Self::next_frame) gave last, until more bytes are pushed.
    ///
    /// ```
    /// # use repod::proto::FrameDecoder;
    /// let mut decoder = FrameDecoder::new(1024);
    /// decoder.push(b"\x00\x00\x00\x02hi");
    /// decoder.next_frame()?;
    /// assert_eq!(decoder.last_frame(), b"hi");
    /// # Ok::<(), repod::proto::FrameTooLarge>(())
    /// ```
    pub fn last_frame(&self) -> &[u8] {
        self.buffer.get(self.start.saturating_sub(self.last)..self.start).unwrap_or_default()
    }

    /// The part of a frame that has come behind the last whole one, if the stream ends here; `None` between frames.
    ///
    /// ```
    /// # use repod::proto::FrameDecoder;
    /// let mut decoder = FrameDecoder::new(1024);
    /// assert_eq!(decoder.truncated(), None);
    /// decoder.push(b"\x00\x00\x00\x05ab");
    /// assert_eq!(decoder.truncated().map(|part| (part.got, part.want)), Some((2, 5)));
    /// ```
    pub fn truncated(&self) -> Option<Truncated> {
        let mut rest = self.pending();
        loop {
            let Some((header, body)) = rest.split_first_chunk::<{ Self::HEADER }>() else {
                return (!rest.is_empty()).then_some(Truncated { got: rest.len(), want: Self::HEADER });
            };
            let want = u32::from_be_bytes(*header) as usize;
            let Some(behind) = body.get(want..) else {
                return Some(Truncated { got: body.len(), want });
            };
            rest = behind;
        }
    }

    /// The bytes that have come and belong to no frame that was given out yet.
    ///
    /// ```
    /// # use repod::proto::FrameDecoder;
    /// let mut decoder = FrameDecoder::new(1024);
    /// decoder.push(b"\x00\x00\x00\x01a\x00\x00");
    /// decoder.next_frame()?;
    /// assert_eq!(decoder.pending(), b"\x00\x00");
    /// # Ok::<(), repod::proto::FrameTooLarge>(())
    /// ```
    #[inline]
    pub fn pending(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }

    /// How many whole frames are pending, counted up to `most`.
    ///
    /// ```
    /// # use repod::proto::FrameDecoder;
    /// let mut decoder = FrameDecoder::new(1024);
    /// decoder.push(b"\x00\x00\x00\x01a\x00\x00\x00\x01b\x00\x00");
    /// assert_eq!(decoder.whole_frames(10), 2);
    /// assert_eq!(decoder.whole_frames(1), 1);
    /// ```
    pub fn whole_frames(&self, most: usize) -> usize {
        self.frames().take(most).count()
    }

    /// Gives back the memory that a burst has left behind.
    ///
    /// ```
    /// # use repod::proto::FrameDecoder;
    /// let mut decoder = FrameDecoder::new(1024);
    /// decoder.push(b"\x00\x00\x00\x01a\x00\x00");
    /// decoder.next_frame()?;
    /// decoder.shrink();
    /// assert_eq!(decoder.pending(), b"\x00\x00"); // nothing is lost
    /// # Ok::<(), repod::proto::FrameTooLarge>(())
    /// ```
    pub fn shrink(&mut self) {
        self.compact();
        if self.buffer.capacity() > KEPT {
            self.buffer.shrink_to(KEPT);
        }
    }

    /// The whole frames that are pending, without taking them.
    pub(super) fn frames(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.pending();
        std::iter::from_fn(move || {
            let (header, body) = rest.split_first_chunk::<{ Self::HEADER }>()?;
            let (frame, behind) = body.split_at_checked(u32::from_be_bytes(*header) as usize)?;
            rest = behind;
            Some(frame)
        })
    }

    /// Forgets all that is pending but the whole frames that are to be kept; says how many those are.
    pub(super) fn cut_off(&mut self, mut is_kept: impl FnMut(&[u8]) -> bool) -> u64 {
        let (mut kept, mut count) = (Vec::new(), 0_u64);
        for frame in self.frames().filter(|frame| is_kept(frame)) {
            kept.extend_from_slice(&(frame.len() as u32).to_be_bytes());
            kept.extend_from_slice(frame);
            count = count.saturating_add(1);
        }
        (self.buffer, self.start, self.last) = (kept, 0, 0);
        count
    }

    #[cfg(feature = "__net")]
    #[inline]
    pub(super) fn capacity(&self) -> usize {
        self.buffer.capacity()
    }

    /// The length that the next header claims, once it has come.
    fn header(&self) -> Result<Option<usize>, FrameTooLarge> {
        let Some(header) = self.pending().first_chunk::<{ Self::HEADER }>() else {
            return Ok(None);
        };
        let len = u32::from_be_bytes(*header) as usize;
        if len > self.max {
            return Err(FrameTooLarge { len, max: self.max });
        }
        Ok(Some(len))
    }

    /// Moves what is pending to the front, once for each push: part of a frame, or what waits for a handler that waits.
    fn compact(&mut self) {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
            self.last = 0;
        }
    }
}

/// How much of its buffer an idle connection keeps: enough for the small messages of a game, so that they cost no allocation.
const KEPT: usize = 512;
