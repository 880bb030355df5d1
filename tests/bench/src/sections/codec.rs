//! Encoding and decoding, next to plain rmp-serde with a tagged enum: time and allocations. Nothing is sent.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use repod::Action;
use repod::proto::{Limits, Message, encode_into};
use serde::{Deserialize, Serialize};

use crate::contest::Contest;
use crate::cores::Cores;
use crate::heap::allocations;
use crate::plan::Plan;
use crate::report::Report;

#[derive(Action, Debug, Clone, PartialEq)]
enum Ours {
    Aim { angle: f64, id: u32 },
    Walk { x: f64, y: f64, id: u32, name: String },
    Spawn { x: f64, y: f64, z: f64, id: u32, team: u32, health: u32, name: String, skin: String },
    Chat { text: String },
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
#[serde(tag = "action", rename_all = "snake_case")]
enum Tagged {
    Aim { angle: f64, id: u32 },
    Walk { x: f64, y: f64, id: u32, name: String },
    Spawn { x: f64, y: f64, z: f64, id: u32, team: u32, health: u32, name: String, skin: String },
    Chat { text: String },
}

/// The same message in both enums.
struct Case {
    name: &'static str,
    ours: Ours,
    tagged: Tagged,
}

fn cases() -> [Case; 4] {
    // The two enums only differ in their names.
    macro_rules! case {
        ($name:literal, $variant:ident { $($field:ident: $value:expr),* }) => {
            Case {
                name: $name,
                ours: Ours::$variant { $($field: $value),* },
                tagged: Tagged::$variant { $($field: $value),* },
            }
        };
    }
    let (name, skin) = ("Ada".to_owned(), "ranger".to_owned());
    [
        case!("2 fields", Aim { angle: 0.785, id: 70_001 }),
        case!("4 fields", Walk { x: 103.25, y: -7.5, id: 70_001, name: name.clone() }),
        case!(
            "8 fields",
            Spawn {
                x: 103.25,
                y: -7.5,
                z: 0.125,
                id: 70_001,
                team: 3,
                health: 100,
                name: name.clone(),
                skin: skin.clone()
            }
        ),
        case!("1 KiB text", Chat { text: "0123456789abcdef".repeat(64) }),
    ]
}

pub fn run(plan: &Plan, report: &mut Report) -> Result<()> {
    Cores::One.bind_client()?;
    for case in &cases() {
        let (ours, tagged) = bytes(case)?;
        contest(format!("decode {}", case.name), &mut decoding(&ours, &tagged), plan, report)?;
        contest(format!("encode {}", case.name), &mut encoding(&case.ours, &case.tagged), plan, report)?;
    }
    Ok(())
}

/// One way to do a thing.
struct Way<'a> {
    name: &'static str,
    once: Box<dyn FnMut() + 'a>,
}

impl<'a> Way<'a> {
    fn new(name: &'static str, once: impl FnMut() + 'a) -> Self {
        Self { name, once: Box::new(once) }
    }
}

fn contest(case: String, ways: &mut [Way<'_>], plan: &Plan, report: &mut Report) -> Result<()> {
    let rivals: Vec<_> = ways.iter().map(|way| way.name).collect();
    let times: Vec<u32> = ways.iter_mut().map(|way| times_a_turn(&mut way.once)).collect();
    let contest = Contest { section: NAME, case, metrics: &["ns", "allocations"], rivals: &rivals };
    // Turns are short, and so many that what else the machine does hits all ways alike.
    contest.rounds(plan.rounds * 15, report, |index| {
        let once = &mut ways[index].once;
        let took = time(once, times[index]).as_secs_f64() * 1e9 / f64::from(times[index]);
        let allocations = allocations(|| (0..COUNTED).for_each(|_| once())) as f64 / f64::from(COUNTED);
        Ok(vec![took, allocations])
    })
}

/// All ways to decode a frame without its length prefix. The first is serde's.
fn decoding<'a>(ours: &'a [u8], tagged: &'a [u8]) -> Vec<Way<'a>> {
    let limits = Limits::server();
    let mut table = Vec::new();
    vec![
        Way::new(SERDE_DECODES, || drop(black_box(rmp_serde::from_slice::<Tagged>(black_box(tagged))))),
        Way::new("repod::decode", || drop(black_box(repod::decode::<Ours>(black_box(ours))))),
        Way::new(WE_DECODE, move || {
            let message = Message::parse(black_box(ours), &limits, &mut table);
            drop(black_box(message.and_then(|message| Ours::decode(&message))));
        }),
    ]
}

/// All ways to encode a message. The first is serde's.
fn encoding<'a>(ours: &'a Ours, tagged: &'a Tagged) -> Vec<Way<'a>> {
    let mut out = Vec::new();
    vec![
        Way::new(SERDE_ENCODES, || drop(black_box(rmp_serde::to_vec_named(black_box(tagged))))),
        Way::new("repod::encode", || drop(black_box(repod::encode(black_box(ours))))),
        Way::new(WE_ENCODE, move || {
            out.clear();
            drop(black_box(encode_into(black_box(ours), &mut out, Limits::FRAME_CEILING)));
            black_box(&out);
        }),
    ]
}

/// The bytes of a case without the length prefix: ours and serde's.
fn bytes(case: &Case) -> Result<(Vec<u8>, Vec<u8>)> {
    let ours = repod::encode(&case.ours)?.split_off(4);
    let tagged = rmp_serde::to_vec_named(&case.tagged)?;
    ensure!(ours == tagged, "both sides work on the same bytes");
    ensure!(repod::decode::<Ours>(&tagged)? == case.ours, "ours reads serde's");
    ensure!(rmp_serde::from_slice::<Tagged>(&ours)? == case.tagged, "serde reads ours");
    Ok((ours, tagged))
}

fn time(once: &mut dyn FnMut(), times: u32) -> Duration {
    let start = Instant::now();
    (0..times).for_each(|_| once());
    start.elapsed()
}

/// How often it is done in about a turn.
fn times_a_turn(once: &mut dyn FnMut()) -> u32 {
    let mut times = 64;
    loop {
        let took = time(once, times);
        if took >= TURN / 4 {
            return (TURN.as_secs_f64() / took.as_secs_f64() * f64::from(times)) as u32;
        }
        times *= 2;
    }
}

/// How long one way works before the next one's turn.
const TURN: Duration = Duration::from_millis(1);

/// How often a thing is done while its allocations are counted.
const COUNTED: u32 = 100;

pub const NAME: &str = "codec";

pub const SERDE_DECODES: &str = "rmp_serde::from_slice";
pub const SERDE_ENCODES: &str = "rmp_serde::to_vec_named";
pub const WE_DECODE: &str = "parse, table reused";
pub const WE_ENCODE: &str = "encode_into, reused";
