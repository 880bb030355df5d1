//! Rules of fields and of whole actions: every form compiles, and each holds on both ways of decoding.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use repod::Action;
use repod::proto::{BrokenRule, DecodeError};

const BOARD: RangeInclusive<f64> = 0.0..=1000.0;
const LONGEST_NAME: usize = 3;

#[derive(Action, Debug, Clone, PartialEq)]
enum ToServer {
    Move {
        #[action(range = 0.0..=1000.0)]
        x: f64,
        #[action(range = BOARD)]
        y: f64,
        #[action(range = -1.0..)]
        z: f32,
    },
    Numbers {
        #[action(range = 1..i8::MAX)]
        #[serde(rename = "int")]
        a: i8,
        #[action(range = ..10, lenient)]
        b: u64,
        #[action(range = 0.0..=1.0)]
        color: [f32; 3],
        #[action(range = self::BOARD)]
        path: Vec<(f64, f64)>,
        #[action(range = 5..=6)]
        maybe: Option<u16>,
        free: f64,
    },
    Say {
        #[action(max_len = 5, validate = is_polite)]
        text: String,
        #[action(max_len = LONGEST_NAME)]
        to: Option<String>,
        #[action(max_len = 2)]
        list: Vec<u8>,
        #[action(max_len = 1)]
        map: HashMap<String, u8>,
    },
    #[action(validate = crate::is_affordable)]
    Bet { coins: u32, purse: u32 },
    #[action(validate = Deal::check)]
    Deal(Deal),
    #[action(validate = crate::is_listed::<2>)]
    Vote {
        #[action(validate = str::is_ascii)]
        #[serde(rename = "type", default)]
        r#type: String,
    },
    Free { x: f64 },
}

#[derive(Debug, Clone, PartialEq, repod::serde::Serialize, repod::serde::Deserialize)]
#[serde(crate = "repod::serde")]
struct Deal {
    cards: u8,
}

impl Deal {
    fn check(&self) -> Result<(), &'static str> {
        if self.cards > 5 { Err("nobody has more than five cards") } else { Ok(()) }
    }
}

fn is_polite(text: &str) -> bool {
    text != "damn"
}

fn is_affordable(coins: &u32, purse: &u32) -> repod::Result {
    if coins > purse {
        return Err(format!("{coins} coins are more than {purse}\x1b").into());
    }
    Ok(())
}

fn is_listed<const MOST: usize>(vote: &str) -> bool {
    vote.len() <= MOST
}

/// Decodes what is encoded both ways: with the fields in their order, and with one that nobody asked for among them.
fn decode(action: &ToServer) -> Result<ToServer, DecodeError> {
    let frame = repod::encode(action).unwrap();
    let plain = repod::decode::<ToServer>(&frame[4..]);
    let mut longer = frame[4..].to_vec();
    longer[0] += 1;
    longer.extend(b"\xa4more\xc0");
    assert_eq!(repod::decode::<ToServer>(&longer), plain);
    assert_eq!(action.check(), plain.clone().map(|_| ()));
    plain
}

#[track_caller]
fn keeps(action: ToServer) {
    assert_eq!(decode(&action), Ok(action));
}

#[track_caller]
fn breaks(action: ToServer, error: &str) {
    assert_eq!(decode(&action).unwrap_err().to_string(), error);
}

fn main() {
    let walk = |x, y, z| ToServer::Move { x, y, z };
    keeps(walk(0.0, 1000.0, f32::MAX));
    breaks(walk(1000.5, 0.0, 0.0), "action `move`, field `x`: 1000.5 is not in the range 0.0..=1000.0");
    breaks(walk(0.0, -0.5, 0.0), "action `move`, field `y`: -0.5 is not in the range 0.0..=1000.0");
    breaks(walk(0.0, 0.0, -1.5), "action `move`, field `z`: -1.5 is not in the range -1.0..");

    let numbers = |a, b, color, path, maybe| ToServer::Numbers { a, b, color, path, maybe, free: 1e300 };
    keeps(numbers(1, 9, [0.0, 0.5, 1.0], vec![(0.0, 1.0)], None));
    keeps(numbers(126, 0, [0.0; 3], vec![], Some(6)));
    breaks(numbers(0, 0, [0.0; 3], vec![], None), "action `numbers`, field `int`: 0 is not in the range 1..127");
    breaks(numbers(127, 0, [0.0; 3], vec![], None), "action `numbers`, field `int`: 127 is not in the range 1..127");
    breaks(numbers(1, 10, [0.0; 3], vec![], None), "action `numbers`, field `b`: 10 is not in the range ..10");
    breaks(
        numbers(1, 0, [0.0, 1.5, 2.5], vec![], None),
        "action `numbers`, field `color`: 1.5 is not in the range 0.0..=1.0",
    );
    breaks(
        numbers(1, 0, [0.0; 3], vec![(1.0, 1.0), (1.0, -7.0)], None),
        "action `numbers`, field `path`: -7.0 is not in the range 0.0..=1000.0",
    );
    breaks(numbers(1, 0, [0.0; 3], vec![], Some(4)), "action `numbers`, field `maybe`: 4 is not in the range 5..=6");

    let say = |text: &str, to: Option<&str>, list, count: u8| ToServer::Say {
        text: text.to_owned(),
        to: to.map(str::to_owned),
        list,
        map: (0..count).map(|number| (number.to_string(), number)).collect(),
    };
    keeps(say("", None, vec![], 0));
    keeps(say("äöü🎮ß", Some("Zoë"), vec![1, 2], 1));
    breaks(say("Hello!", None, vec![], 0), "action `say`, field `text`: a length of 6 exceeds the limit of 5");
    breaks(say("damn", None, vec![], 0), "action `say`, field `text`: `is_polite` refuses it");
    breaks(say("", Some("Zoey"), vec![], 0), "action `say`, field `to`: a length of 4 exceeds the limit of 3");
    breaks(say("", None, vec![0; 3], 0), "action `say`, field `list`: a length of 3 exceeds the limit of 2");
    breaks(say("", None, vec![], 2), "action `say`, field `map`: a length of 2 exceeds the limit of 1");

    keeps(ToServer::Bet { coins: 1, purse: 1 });
    breaks(ToServer::Bet { coins: 2, purse: 1 }, r"action `bet`: 2 coins are more than 1\u{1b}");
    keeps(ToServer::Deal(Deal { cards: 5 }));
    breaks(ToServer::Deal(Deal { cards: 6 }), "action `deal`: nobody has more than five cards");
    let vote = |vote: &str| ToServer::Vote { r#type: vote.to_owned() };
    keeps(vote("ay"));
    // The fields first, then all of it.
    breaks(vote("äye"), "action `vote`, field `type`: `str::is_ascii` refuses it");
    breaks(vote("aye"), "action `vote`: `crate::is_listed::<2>` refuses it");
    keeps(ToServer::Free { x: -1e300 });

    let error = decode(&walk(-1.0, 0.0, 0.0)).unwrap_err();
    assert!(!error.is_fatal());
    let DecodeError::RefusedField { action, field, rule } = error else { panic!() };
    assert_eq!((&*action, &*field), ("move", "x"));
    assert_eq!(rule, BrokenRule::OutOfRange { got: "-1.0".to_owned(), range: "0.0..=1000.0".to_owned() });
}
