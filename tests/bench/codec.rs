//! What encoding and decoding cost, next to plain `rmp_serde` with a `#[serde(tag = "action")]` enum.
//! Not the network: that is `echo`'s.
//!
//! ```text
//! cargo bench -p tests --bench codec              # criterion's estimates, then the table
//! taskset -c 0 cargo bench -p tests --bench codec # the same on one core
//! cargo bench -p tests --bench codec -- --table   # only the table
//! ```
//!
//! The table is measured apart from criterion: the ways to do a thing take turns, a millisecond each, and a ratio compares
//! turns of the same round. So what the machine does besides hits both sides, and the ratios hold where single times do not.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput};
use repod::Action;
use repod::proto::{Limits, Message, encode_into};
use serde::{Deserialize, Serialize};

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
    [
        case!("2 fields", Aim { angle: 0.785, id: 70_001 }),
        case!("4 fields", Walk { x: 103.25, y: -7.5, id: 70_001, name: "Ada".to_owned() }),
        case!(
            "8 fields",
            Spawn {
                x: 103.25,
                y: -7.5,
                z: 0.125,
                id: 70_001,
                team: 3,
                health: 100,
                name: "Ada".to_owned(),
                skin: "ranger".to_owned()
            }
        ),
        case!("1 KiB text", Chat { text: "0123456789abcdef".repeat(64) }),
    ]
}

/// One way to do a thing: does it so many times.
struct Way<'a> {
    name: &'static str,
    run: Box<dyn FnMut(u64) + 'a>,
}

impl<'a> Way<'a> {
    fn new(name: &'static str, mut once: impl FnMut() + 'a) -> Self {
        Self {
            name,
            run: Box::new(move |times| {
                for _ in 0..times {
                    once();
                }
            }),
        }
    }

    fn time(&mut self, times: u64) -> Duration {
        let start = Instant::now();
        (self.run)(times);
        start.elapsed()
    }

    /// How often it is done in about a turn.
    fn times_a_turn(&mut self) -> u64 {
        let mut times = 64;
        loop {
            let took = self.time(times);
            if took >= TURN / 4 {
                let each = took.as_secs_f64() / times as f64;
                return (TURN.as_secs_f64() / each) as u64;
            }
            times *= 2;
        }
    }
}

/// All ways to decode a frame without its length prefix. The first is serde's.
fn decoding<'a>(ours: &'a [u8], tagged: &'a [u8]) -> Vec<Way<'a>> {
    let limits = Limits::server();
    let mut table = Vec::new();
    vec![
        Way::new("rmp_serde::from_slice", || {
            let _ = black_box(rmp_serde::from_slice::<Tagged>(black_box(tagged)));
        }),
        Way::new("repod::decode", || {
            let _ = black_box(repod::decode::<Ours>(black_box(ours)));
        }),
        Way::new("Message::parse, table reused", move || {
            let message = Message::parse(black_box(ours), &limits, &mut table);
            let _ = black_box(message.and_then(|message| Ours::decode(&message)));
        }),
    ]
}

/// All ways to encode a message. The first is serde's.
fn encoding<'a>(ours: &'a Ours, tagged: &'a Tagged) -> Vec<Way<'a>> {
    let mut out = Vec::new();
    vec![
        Way::new("rmp_serde::to_vec_named", || {
            let _ = black_box(rmp_serde::to_vec_named(black_box(tagged)));
        }),
        Way::new("repod::encode", || {
            let _ = black_box(repod::encode(black_box(ours)));
        }),
        Way::new("encode_into, buffer reused", move || {
            out.clear();
            let _ = black_box(encode_into(black_box(ours), &mut out, Limits::FRAME_CEILING));
            black_box(&out);
        }),
    ]
}

/// The bytes of a case without the length prefix: ours and serde's.
fn bytes(case: &Case) -> (Vec<u8>, Vec<u8>) {
    let frame = repod::encode(&case.ours).expect("it is plain data");
    let ours = frame[4..].to_vec();
    let tagged = rmp_serde::to_vec_named(&case.tagged).expect("it is plain data");
    assert_eq!(ours, tagged, "both sides work on the same bytes");
    assert_eq!(repod::decode::<Ours>(&tagged).as_ref(), Ok(&case.ours));
    assert_eq!(rmp_serde::from_slice::<Tagged>(&ours).ok().as_ref(), Some(&case.tagged));
    (ours, tagged)
}

fn estimate(criterion: &mut Criterion) {
    for case in &cases() {
        let (ours, tagged) = bytes(case);
        for (verb, ways) in [("decode", decoding(&ours, &tagged)), ("encode", encoding(&case.ours, &case.tagged))] {
            let mut group = criterion.benchmark_group(format!("{verb} {}", case.name));
            group.throughput(Throughput::Bytes(ours.len() as u64));
            for mut way in ways {
                group.bench_function(way.name, |bencher| {
                    bencher.iter_custom(|times| way.time(times));
                });
            }
            group.finish();
        }
    }
}

/// Lets the ways of each case take turns, and writes what they took and how that compares to the first.
fn table() -> String {
    let mut table = String::new();
    for verb in ["decode", "encode"] {
        let _ = writeln!(table, "\n{verb:<12} {:<30} {:>10} {:>14}", "", "ns", "of serde's");
        for case in &cases() {
            let (ours, tagged) = bytes(case);
            let ways = match verb {
                "decode" => decoding(&ours, &tagged),
                _ => encoding(&case.ours, &case.tagged),
            };
            for (index, (way, nanoseconds, ratio)) in interleaved(ways).into_iter().enumerate() {
                let case = if index == 0 { case.name } else { "" };
                let _ = writeln!(table, "{case:<12} {way:<30} {nanoseconds:>10.1} {ratio:>14.2}");
            }
        }
    }
    table
}

/// The name of each way, its median time in nanoseconds, and the median of its ratios to the first.
fn interleaved(mut ways: Vec<Way<'_>>) -> Vec<(&'static str, f64, f64)> {
    let times: Vec<u64> = ways.iter_mut().map(Way::times_a_turn).collect();
    let mut took = vec![Vec::new(); ways.len()];
    for round in 0..ROUNDS {
        // The first of a round is not always the same.
        for turn in 0..ways.len() {
            let index = (round + turn) % ways.len();
            let nanoseconds = ways[index].time(times[index]).as_secs_f64() * 1e9;
            took[index].push(nanoseconds / times[index] as f64);
        }
    }
    ways.iter()
        .zip(&took)
        .map(|(way, own)| {
            let ratios = own.iter().zip(&took[0]).map(|(own, first)| own / first);
            (way.name, median(own.iter().copied()), median(ratios))
        })
        .collect()
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let is_given = |argument: &str| arguments.iter().any(|given| given == argument);
    if !is_given("--table") {
        let mut criterion = Criterion::default().configure_from_args();
        estimate(&mut criterion);
        criterion.final_summary();
    }
    // `cargo test --benches` only wants to know whether all of this runs, and a profile shall show one thing alone.
    if !["--test", "--list", "--profile-time"].into_iter().any(is_given) {
        println!("{}", table());
    }
}

/// How long one way works before the next one's turn.
const TURN: Duration = Duration::from_millis(1);

/// How often all ways take their turns; an odd number has a median.
const ROUNDS: usize = 101;
