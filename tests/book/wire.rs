//! The wire's page: its tables of bytes are what peers send.

use std::collections::BTreeMap;
use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use repod::proto::{DecodeError, EncodeError, FrameDecoder, Limits, Message, Writer};
use repod::serde::Serialize;
use repod::{Action, prelude::*};
use serde_bytes::Bytes;

use crate::page::Page;

#[derive(Action)]
#[action(sync)]
enum Chat {
    Message { text: String },
}

struct Room;

struct Guest;

impl Server for Room {
    type Channel = Guest;

    fn channel(self: &Arc<Self>, _: Peer<Chat>) -> Guest {
        Guest
    }
}

impl Channel for Guest {
    type Incoming = Sound;
    type Outgoing = Chat;
}

#[derive(Action)]
enum Sound {
    Nothing,
}

impl SoundHandler for Guest {
    async fn on_nothing(&mut self) -> repod::Result {
        Ok(())
    }
}

struct Game;

impl Client for Game {
    type Incoming = Chat;
    type Outgoing = Sound;
}

impl ChatHandler for Game {
    fn on_message(&mut self, _: String) -> repod::Result {
        Ok(())
    }
}

#[test]
fn the_frames_in_the_book_are_those_on_the_wire() {
    let frames = frames(&Page::read("wire.md").source);
    let actions: Vec<_> = frames.iter().map(|frame| action(frame)).collect();
    assert_eq!(actions, ["message", "connected", "repod.hello", "repod.ping", "repod.close"]);
    assert_eq!(frames[0], repod::encode(&Chat::Message { text: "hi".into() }).unwrap());

    let server = Room.spawn("127.0.0.1:0").unwrap();
    let mut stream = TcpStream::connect(server.local_addr()).unwrap();
    assert_eq!(frames[1], read(&mut stream, frames[1].len()));

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let _connection = repod::connect::<Game>(listener.local_addr().unwrap());
    let (mut stream, _) = listener.accept().unwrap();
    std::io::Write::write_all(&mut stream, &frames[1]).unwrap();
    assert_eq!(frames[2], read(&mut stream, frames[2].len()));
    // It answers a ping with the same, but for one letter.
    std::io::Write::write_all(&mut stream, &frames[3]).unwrap();
    let mut pong = frames[3].clone();
    let letter = pong.windows(4).position(|letters| letters == b"ping").unwrap() + 1;
    pong[letter] = b'o';
    assert_eq!(read(&mut stream, pong.len()), pong);
}

#[test]
fn the_values_in_the_book_are_written_so() {
    #[derive(Serialize)]
    #[serde(crate = "repod::serde")]
    struct Point {
        x: u32,
        y: u32,
    }
    #[derive(Serialize)]
    #[serde(crate = "repod::serde")]
    enum Direction {
        North,
    }
    let page = Page::read("wire.md").source;
    let rows = page.lines().skip_while(|line| !line.starts_with("| a field of")).skip(2);
    let mut rows: Vec<_> = rows.take_while(|line| line.starts_with('|')).collect();
    macro_rules! check {
        ($($value:expr),* $(,)?) => {$({
            let hex: Vec<_> = bytes($value).iter().map(|byte| format!("{byte:02x}")).collect();
            let row = format!("| `{}` | `{}` |", stringify!($value), hex.join(" "));
            let found = rows.iter().position(|other| **other == row);
            rows.remove(found.unwrap_or_else(|| panic!("docs/src/wire.md has no row\n{row}")));
        })*};
    }
    check![
        7u32,
        -1i64,
        200u8,
        1_000u16,
        100_000u64,
        -100i32,
        1.5f32,
        1.5f64,
        true,
        None::<u32>,
        Some(7u32),
        "hi",
        vec![1u8, 2],
        (1u8, "hi"),
        Bytes::new(&[1, 2]),
        Point { x: 1, y: 2 },
        BTreeMap::from([(1u32, "hi")]),
        Direction::North,
    ];
    assert!(rows.is_empty(), "nobody checks {rows:#?}");
}

/// How a value is written as a field of an action.
fn bytes<T: Serialize + Send + 'static>(value: T) -> Vec<u8> {
    let frame = repod::encode(&Field(value)).unwrap();
    frame[4 + Field::<T>::HEAD.len()..].to_vec()
}

/// An action with one field.
struct Field<T>(T);

impl<T> Field<T> {
    const HEAD: &[u8] = b"\x82\xa6action\xa3set\xa2to";
}

impl<T: Serialize + Send + 'static> Action for Field<T> {
    const NAMES: &'static [&'static str] = &["set"];

    fn name(&self) -> &'static str {
        "set"
    }

    fn encode(&self, writer: &mut Writer<'_>) -> Result<(), EncodeError> {
        writer.raw(Self::HEAD);
        writer.value("set", "to", &self.0)
    }

    fn decode(message: &Message<'_>) -> Result<Self, DecodeError> {
        Err(message.unknown())
    }
}

/// The frames that the tables of bytes spell.
fn frames(page: &str) -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    for table in page.split("| bytes | meaning |\n|---|---|\n").skip(1) {
        let rows = table.lines().take_while(|line| line.starts_with('|'));
        let hex = rows.map(|row| row.split('`').nth(1).unwrap());
        frames.push(hex.flat_map(str::split_whitespace).map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect());
    }
    frames
}

/// The action of a frame that is whole and nothing else.
fn action(frame: &[u8]) -> String {
    let mut decoder = FrameDecoder::new(1024);
    decoder.push(frame);
    let payload = decoder.next_frame().unwrap().expect("the length is right").to_vec();
    assert_eq!(payload.len() + 4, frame.len());
    Message::parse(&payload, &Limits::server(), &mut Vec::new()).unwrap().action().to_owned()
}

fn read(stream: &mut TcpStream, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    stream.set_read_timeout(Some(std::time::Duration::from_secs(20))).unwrap();
    stream.read_exact(&mut bytes).unwrap();
    bytes
}
