//! The frame decoder: however a stream is cut, the same frames come out, and nothing is held that did not come.
//! What the frames say is not looked at.

#![no_main]

use libfuzzer_sys::fuzz_target;
use repod::proto::{FrameDecoder, FrameTooLarge, Truncated};

/// What a decoder made of a stream.
#[derive(Debug, PartialEq)]
struct Outcome {
    frames: Vec<Vec<u8>>,
    end: Result<Option<Truncated>, FrameTooLarge>,
}

// The first eight bytes say how long the pieces are, one after the other and from the beginning again; the rest is the stream.
fuzz_target!(|data: &[u8]| {
    let Some((cuts, stream)) = data.split_first_chunk::<8>() else { return };
    let whole = decode([stream].into_iter());
    assert_eq!(decode(stream.chunks(1)), whole);
    let mut rest = stream;
    let pieces = cuts.iter().cycle().map_while(|cut| {
        let (piece, behind) = rest.split_at(usize::from(*cut).max(1).min(rest.len()));
        rest = behind;
        (!piece.is_empty()).then_some(piece)
    });
    assert_eq!(decode(pieces), whole);

    // What came out is what went in.
    let mut again = Vec::new();
    for frame in &whole.frames {
        again.extend((frame.len() as u32).to_be_bytes());
        again.extend(frame);
    }
    assert!(stream.starts_with(&again));
    if let Ok(truncated) = whole.end {
        assert_eq!(truncated.is_some(), stream.len() > again.len());
    }
});

fn decode<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Outcome {
    let mut decoder = FrameDecoder::new(MAX);
    let mut frames = Vec::new();
    for piece in pieces {
        decoder.push(piece);
        loop {
            let whole = decoder.whole_frames(usize::MAX);
            match decoder.next_frame() {
                Ok(Some(frame)) => {
                    assert!(whole > 0 && frame.len() <= MAX);
                    frames.push(frame.to_vec());
                    assert_eq!(decoder.last_frame(), frames[frames.len() - 1]);
                }
                Ok(None) => {
                    assert_eq!(whole, 0);
                    break;
                }
                Err(error) => {
                    // It says the same for ever.
                    decoder.push(b"\0\0\0\0");
                    assert_eq!(decoder.next_frame(), Err(error));
                    return Outcome { frames, end: Err(error) };
                }
            }
        }
        assert!(decoder.pending().len() < MAX + FrameDecoder::HEADER);
        if frames.len() % 2 == 0 {
            decoder.shrink();
        }
    }
    Outcome { frames, end: Ok(decoder.truncated()) }
}

const MAX: usize = 300;
