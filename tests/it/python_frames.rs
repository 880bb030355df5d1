//! The 49 frames that the Python library made: what can be typed is decoded and encoded again, the rest gives the error that the
//! wire's description names.

use std::collections::HashMap;
use std::fmt::Debug;

use repod::Action;
use repod::proto::{DecodeError, FrameDecoder};
use serde::{Deserialize, Serialize};

#[derive(Action, Debug, Clone, PartialEq)]
enum Lifecycle {
    Connected,
    Disconnected,
    #[action(method = "on_error_message")]
    Error {
        message: String,
    },
    SessionCreated {
        session_id: String,
    },
}

#[derive(Action, Debug, Clone, PartialEq)]
enum Unit {
    Ping,
    Full,
}

#[derive(Action, Debug, Clone, PartialEq)]
enum Lag {
    Ping { count: u32 },
    Welcome { slot: u8 },
}

#[derive(Action, Debug, Clone, PartialEq)]
enum ChatIn {
    Nickname { nickname: String },
    Message { text: String },
}

#[derive(Action, Debug, Clone, PartialEq)]
enum ChatOut {
    System { text: String },
    Players { list: Vec<String> },
    Message { text: String, nickname: String },
}

#[derive(Action, Debug, Clone, PartialEq)]
enum Game {
    Move {
        x: f64,
        y: f64,
    },
    Slot {
        #[action(lenient)]
        slot: i32,
    },
    Flags {
        ready: bool,
        muted: bool,
    },
    Profile {
        team: Option<String>,
    },
    Input {
        dx: f64,
        dy: f64,
    },
    Startline {
        point: (i32, i32),
        color: [u8; 3],
        thickness: u8,
    },
    Initial {
        lines: HashMap<String, Lines>,
    },
    Blob {
        #[serde(with = "serde_bytes")]
        data: Vec<u8>,
    },
    Point {
        point: (i32, f64),
    },
    Bulk {
        data: Vec<u32>,
    },
    Many {
        fields: HashMap<String, u32>,
    },
}

#[derive(Action, Debug, Clone, PartialEq)]
enum Unsigned {
    #[rustfmt::skip]
    Ints { a: u8, b: u8, c: u8, d: u16, e: u16, f: u32, g: u32, h: u64, i: u64, j: u64, #[serde(default, skip_serializing_if = "Option::is_none")] k: Option<u64> },
}

#[derive(Action, Debug, Clone, PartialEq)]
enum Signed {
    #[rustfmt::skip]
    Ints { a: i8, b: i8, c: i8, d: i8, e: i16, f: i16, g: i32, h: i32, i: i64, j: i64 },
}

#[derive(Action, Debug, Clone, PartialEq)]
enum Tag {
    Setup { your_id: u32, obstacles: Vec<Area>, arena: Size, radius: u32 },
    State { it: Option<u32>, players: HashMap<u32, Player> },
}

#[derive(Action, Debug, Clone, PartialEq)]
enum Pong {
    Setup(PongSetup),
    State(PongState),
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
struct PongSetup {
    slot: u8,
    field: Size,
    paddle: Paddle,
    ball_size: u32,
    win_score: u32,
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
struct Paddle {
    w: u32,
    h: u32,
    margin: u32,
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
struct PongState {
    ball: Spot,
    paddles: [f64; 2],
    scores: [u32; 2],
    game_state: Phase,
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Phase {
    Waiting,
    Playing,
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
struct Spot {
    x: f64,
    y: f64,
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
struct Size {
    w: u32,
    h: u32,
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
struct Area {
    x: u32,
    y: u32,
    w: u32,
    h: u32,
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
struct Player {
    x: f64,
    y: f64,
    color: [u8; 3],
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
struct Lines {
    lines: Vec<Line>,
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
struct Line {
    points: Vec<(i32, i32)>,
    color: [u8; 3],
    thickness: u8,
}

/// The frames of the corpus that no check has looked at yet.
struct Corpus {
    frames: HashMap<String, Vec<u8>>,
}

/// Whether our frame is the same to the byte, or only means the same: Python wrote its keys in another order, floats as ints, or
/// keys that we leave out.
enum Back {
    Exact,
    SameMeaning,
    Different,
}

impl Corpus {
    fn read() -> Self {
        #[derive(Deserialize)]
        struct Entry {
            name: String,
            frame: String,
        }
        let entries: Vec<Entry> = serde_json::from_str(include_str!("../vectors/python-frames.json")).unwrap();
        assert_eq!(entries.len(), 49);
        let frames = entries.into_iter().map(|entry| (entry.name, bytes_of(&entry.frame))).collect();
        Self { frames }
    }

    fn payload(&mut self, name: &str) -> Vec<u8> {
        let frame = self.frames.remove(name).unwrap_or_else(|| panic!("no frame {name}, or checked twice"));
        let mut decoder = FrameDecoder::new(1 << 20);
        decoder.push(&frame);
        let payload = decoder.next_frame().unwrap().unwrap().to_vec();
        assert!(decoder.pending().is_empty(), "{name}");
        payload
    }

    fn check<A: Action + Debug + PartialEq>(&mut self, name: &str, expected: A, back: Back) {
        let payload = self.payload(name);
        let decoded: A = repod::decode(&payload).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(decoded, expected, "{name}");
        let encoded = repod::encode(&expected).unwrap();
        match back {
            Back::Exact => assert_eq!(encoded[4..], payload, "{name}"),
            Back::SameMeaning => assert_eq!(meaning(&encoded[4..]), meaning(&payload), "{name}"),
            Back::Different => assert_eq!(repod::decode::<A>(&encoded[4..]).unwrap(), expected, "{name}"),
        }
    }

    fn refuse<A: Action + Debug>(&mut self, name: &str, expected: &DecodeError) {
        let payload = self.payload(name);
        assert_eq!(repod::decode::<A>(&payload).unwrap_err(), *expected, "{name}");
    }
}

fn bytes_of(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

/// The message as an independent library reads it, without the order of its keys and without the kind of its numbers.
fn meaning(payload: &[u8]) -> rmpv::Value {
    fn sorted(value: rmpv::Value) -> rmpv::Value {
        match value {
            rmpv::Value::Map(entries) => {
                let mut entries: Vec<_> =
                    entries.into_iter().map(|(key, value)| (sorted(key), sorted(value))).collect();
                entries.sort_by_key(|(key, _)| key.to_string());
                rmpv::Value::Map(entries)
            }
            rmpv::Value::Array(values) => rmpv::Value::Array(values.into_iter().map(sorted).collect()),
            rmpv::Value::Integer(_) => rmpv::Value::F64(value.as_f64().unwrap()),
            other => other,
        }
    }
    sorted(rmpv::decode::read_value(&mut &payload[..]).unwrap())
}

#[test]
fn every_python_frame_is_read_and_written_or_refused_by_name() {
    use Back::{Different, Exact, SameMeaning};
    let mut corpus = Corpus::read();

    corpus.check("connected", Lifecycle::Connected, Exact);
    corpus.check("disconnected", Lifecycle::Disconnected, Exact);
    corpus.check("session", Lifecycle::SessionCreated { session_id: "3f2a".into() }, Exact);
    corpus.check("error_message", Lifecycle::Error { message: "Position out of bounds".into() }, Exact);

    corpus.check("unit", Unit::Ping, Exact);
    corpus.check("full", Unit::Full, Exact);
    corpus.check("lag_ping", Lag::Ping { count: 7 }, Exact);
    corpus.check("welcome", Lag::Welcome { slot: 1 }, Exact);

    let message = |text: &str| ChatIn::Message { text: text.to_owned() };
    corpus.check("chat_message", message("hi"), Exact);
    corpus.check("chat_nickname", ChatIn::Nickname { nickname: "Ada".into() }, Exact);
    corpus.check("unicode", message("¡Hola, 世界! 🎮"), Exact);
    corpus.check("nul_in_text", message("abc\0def"), Exact);
    corpus.check("empty_text", message(""), Exact);
    corpus.check("long_text_str8", message(&"x".repeat(200)), Exact);
    corpus.check("long_text_str16", message(&"x".repeat(60_000)), Exact);
    let (text, nickname) = ("hi".to_owned(), "Ada".to_owned());
    corpus.check("chat_message_out", ChatOut::Message { text, nickname }, Exact);
    corpus.check("chat_players", ChatOut::Players { list: vec!["Ada".into(), "Anonymous".into()] }, Exact);
    corpus.check("chat_system", ChatOut::System { text: "Ada joined the chat".into() }, Exact);

    corpus.check("float_fields", Game::Move { x: 1.5, y: -2.25 }, Exact);
    corpus.check("ints_for_floats", Game::Move { x: 10.0, y: -20.0 }, SameMeaning);
    corpus.check("mixed_numbers", Game::Move { x: 0.0, y: 1e300 }, SameMeaning);
    corpus.check("action_last", Game::Move { x: 1.0, y: 2.0 }, SameMeaning);
    corpus.check("action_middle", Game::Move { x: 1.0, y: 2.0 }, SameMeaning);
    corpus.check("extra_fields", Game::Move { x: 1.0, y: 2.0 }, Different);
    corpus.check("float_for_int", Game::Slot { slot: 3 }, SameMeaning);
    corpus.check("bool_fields", Game::Flags { ready: true, muted: false }, Exact);
    corpus.check("none_field", Game::Profile { team: None }, Exact);
    corpus.check("tag_input_ints", Game::Input { dx: 1.0, dy: -1.0 }, SameMeaning);
    corpus.check("bytes_field", Game::Blob { data: vec![0, 1, 255] }, Exact);
    corpus.check("bytes_256", Game::Blob { data: (0..=255).collect() }, Exact);
    corpus.check("tuple_field", Game::Point { point: (1, 2.5) }, Exact);
    corpus.check("array16", Game::Bulk { data: (0..1000).collect() }, Exact);
    corpus.check(
        "map16",
        Game::Many { fields: (0..300).map(|index| (format!("k{index}"), index)).collect() },
        SameMeaning,
    );
    let stroke = Game::Startline { point: (10, 20), color: [0, 0, 0], thickness: 3 };
    corpus.check("whiteboard_startline", stroke, Exact);
    let line = Line { points: vec![(1, 2), (3, 4)], color: [9, 9, 9], thickness: 3 };
    let lines = HashMap::from([("1".to_owned(), Lines { lines: vec![line] })]);
    corpus.check("whiteboard_initial", Game::Initial { lines }, Exact);

    #[rustfmt::skip]
    let unsigned = Unsigned::Ints { a: 127, b: 128, c: 255, d: 256, e: 65535, f: 65536, g: 1 << 31, h: 1 << 32, i: 1 << 63, j: u64::MAX, k: None };
    corpus.check("int_limits", unsigned, Exact);
    #[rustfmt::skip]
    let signed = Signed::Ints { a: -1, b: -32, c: -33, d: -128, e: -129, f: i16::MIN, g: -32769, h: i32::MIN, i: -2_147_483_649, j: i64::MIN };
    corpus.check("negative_ints", signed, Exact);

    let obstacles = vec![Area { x: 60, y: 70, w: 40, h: 50 }];
    let setup = Tag::Setup { your_id: 1, obstacles, arena: Size { w: 800, h: 600 }, radius: 14 };
    corpus.check("tag_setup", setup, Exact);
    let players = HashMap::from([
        (1, Player { x: 10.5, y: 20.0, color: [60, 180, 80] }),
        (2, Player { x: 1.0, y: 2.0, color: [1, 2, 3] }),
    ]);
    corpus.check("tag_state_int_keys", Tag::State { it: Some(1), players }, SameMeaning);
    corpus.check("tag_state_nobody_it", Tag::State { it: None, players: HashMap::new() }, Exact);
    let setup = PongSetup {
        slot: 0,
        field: Size { w: 800, h: 600 },
        paddle: Paddle { w: 12, h: 90, margin: 30 },
        ball_size: 10,
        win_score: 5,
    };
    corpus.check("pong_setup", Pong::Setup(setup), Exact);
    let state = PongState {
        ball: Spot { x: 400.0, y: 300.1 },
        paddles: [300.0, 300.0],
        scores: [0, 4],
        game_state: Phase::Playing,
    };
    corpus.check("pong_state", Pong::State(state), SameMeaning);

    corpus.refuse::<Game>("no_action", &DecodeError::NoAction);
    corpus.refuse::<Game>("empty_map", &DecodeError::NoAction);
    corpus.refuse::<Game>("action_int", &DecodeError::BadAction { got: "an integer" });
    corpus.refuse::<Game>("action_none", &DecodeError::BadAction { got: "nil" });
    corpus.refuse::<Game>("action_bytes", &DecodeError::BadAction { got: "bytes" });
    corpus.refuse::<Game>("nan", &DecodeError::NonFinite { action: "move".into() });
    corpus.refuse::<Game>("infinity", &DecodeError::NonFinite { action: "move".into() });

    let left: Vec<_> = corpus.frames.keys().collect();
    assert!(left.is_empty(), "not checked: {left:?}");
}
