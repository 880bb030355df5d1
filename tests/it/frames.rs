//! Frames: the length prefix, under any cut of the stream, and against another implementation.

use bytes::BytesMut;
use proptest::prelude::*;
use repod::proto::{CloseReason, Event, FrameDecoder, FrameTooLarge, Limits, Role, Session, Truncated};
use std::time::Instant;
use tokio_util::codec::{Decoder, LengthDelimitedCodec};

const MAX: usize = 1000;

/// What a decoder makes of a stream that comes in these pieces.
fn frames(pieces: &[&[u8]]) -> (Vec<Vec<u8>>, Result<Option<Truncated>, FrameTooLarge>) {
    let mut decoder = FrameDecoder::new(MAX);
    let mut found = Vec::new();
    for piece in pieces {
        decoder.push(piece);
        loop {
            match decoder.next_frame() {
                Ok(Some(frame)) => found.push(frame.to_vec()),
                Ok(None) => break,
                Err(error) => return (found, Err(error)),
            }
        }
    }
    (found, Ok(decoder.truncated()))
}

/// A stream that mostly has sense: frames of all lengths around the limit, and sometimes rubbish.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let frame = prop_oneof![
        8 => (0_usize..40).prop_map(|len| len as u32),
        2 => (MAX - 2..=MAX).prop_map(|len| len as u32),
        1 => any::<u32>(),
    ]
    .prop_flat_map(|len| {
        let body = prop::collection::vec(any::<u8>(), (len as usize).min(MAX + 1));
        body.prop_map(move |body| [&len.to_be_bytes()[..], &body].concat())
    });
    (prop::collection::vec(frame, 0..8), any::<prop::sample::Index>()).prop_map(|(frames, cut)| {
        let mut bytes = frames.concat();
        bytes.truncate(bytes.len() - cut.index(bytes.len() + 1).min(3));
        bytes
    })
}

fn pieces<'a>(bytes: &'a [u8], cuts: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    at.extend([0, bytes.len()]);
    at.sort_unstable();
    at.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect()
}

proptest! {
    #[test]
    fn any_split_of_a_stream_gives_the_same_frames(bytes in stream(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..20)) {
        let whole = frames(&[&bytes]);
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        prop_assert_eq!(&frames(&pieces(&bytes, &cuts)), &whole);
        prop_assert_eq!(&frames(&single), &whole);
    }

    #[test]
    fn the_framing_agrees_with_another_implementation(bytes in stream()) {
        let mut oracle = LengthDelimitedCodec::builder().max_frame_length(MAX).new_codec();
        let mut buffer = BytesMut::from(&bytes[..]);
        let mut expected = Vec::new();
        let refused = loop {
            match oracle.decode(&mut buffer) {
                Ok(Some(frame)) => expected.push(frame.to_vec()),
                Ok(None) => break false,
                Err(_) => break true,
            }
        };
        let (found, end) = frames(&[&bytes]);
        prop_assert_eq!(found, expected);
        prop_assert_eq!(end.is_err(), refused);
    }

    #[test]
    fn any_split_of_a_conversation_gives_the_same_events(bytes in conversation(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..20)) {
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        let whole = events(&[&bytes]);
        prop_assert_eq!(&events(&pieces(&bytes, &cuts)), &whole);
        prop_assert_eq!(&events(&single), &whole);
    }
}

/// Messages, rejected frames and malformed ones, in any order.
fn conversation() -> impl Strategy<Value = Vec<u8>> {
    let payload = prop_oneof![
        4 => "[a-z]{0,5}".prop_map(|name| [b"\x82\xa6action\xa5", format!("{name:_<5}").as_bytes(), b"\xa1x\x01"].concat()),
        2 => Just(b"\xc0".to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..6),
    ];
    let frame = payload.prop_map(|payload| [&(payload.len() as u32).to_be_bytes()[..], &payload].concat());
    prop::collection::vec(frame, 0..50).prop_map(|frames| frames.concat())
}

fn events(pieces: &[&[u8]]) -> Vec<String> {
    let now = Instant::now();
    let mut session = Session::new(Role::Server, Limits::server(), now);
    let mut found = Vec::new();
    for piece in pieces {
        session.receive(piece, now);
        while let Some(event) = session.next_event(now) {
            match event {
                Event::Message(message) => found.push(format!("{} {:?}", message.action(), message.frame())),
                Event::Close(reason) => {
                    found.push(reason.to_string());
                    return found;
                }
                other => found.push(format!("{other:?}")),
            }
        }
    }
    found.push(session.end().to_string());
    found
}

#[test]
fn a_frame_of_the_limit_passes_and_one_byte_more_does_not() {
    let check = |len: usize, passes: bool| {
        let mut decoder = FrameDecoder::new(MAX);
        decoder.push(&(len as u32).to_be_bytes());
        decoder.push(&vec![0; len]);
        match decoder.next_frame() {
            Ok(Some(frame)) => assert!(passes && frame.len() == len, "{len}"),
            other => assert!(!passes && other == Err(FrameTooLarge { len, max: MAX }), "{len}"),
        }
    };
    check(MAX - 1, true);
    check(MAX, true);
    check(MAX + 1, false);
    check(u32::MAX as usize >> 8, false);
}

#[test]
fn a_refused_header_is_refused_for_ever() {
    let mut decoder = FrameDecoder::new(MAX);
    decoder.push(b"\xff\xff\xff\xff");
    assert!(decoder.next_frame().is_err());
    decoder.push(b"\x00\x00\x00\x01!");
    assert!(decoder.next_frame().is_err());
}

#[test]
fn a_stream_that_ends_tells_how_far_it_came() {
    let check = |bytes: &[u8], expected: &CloseReason| {
        let now = Instant::now();
        let mut session = Session::new(Role::Server, Limits::server(), now);
        session.receive(bytes, now);
        assert!(session.next_event(now).is_none());
        assert_eq!(session.end(), *expected, "{bytes:?}");
    };
    check(b"", &CloseReason::PeerLeft);
    check(b"\0\0", &CloseReason::Truncated(Truncated { got: 2, want: 4 }));
    check(b"\0\0\0\x09\x81\xa6", &CloseReason::Truncated(Truncated { got: 2, want: 9 }));
}

#[test]
fn other_protocols_are_named() {
    let check = |bytes: &[u8], expected: &'static str| {
        let now = Instant::now();
        let mut session = Session::new(Role::Server, Limits::server(), now);
        session.receive(bytes, now);
        let Some(Event::Close(reason)) = session.next_event(now) else {
            panic!("{bytes:?} was not refused");
        };
        assert_eq!(reason, CloseReason::WrongProtocol(expected));
        assert!(session.next_event(now).is_none());
    };
    check(b"GET / HTTP/1.1\r\n\r\n", "HTTP");
    check(b"POST / HTTP/1.1\r\n\r\n\0\0\0\x0d\x81\xa6action\xa4ping", "HTTP");
    check(b"\x16\x03\x01\x02\x00\x01\x00", "TLS");
    check(b"SSH-2.0-OpenSSH_9.2\r\n", "SSH");
}
