//! R4: a server that may have 256 MiB, and a thousand clients that never read. It needs a control group, which `.ci/hostile-long` makes.

use std::path::Path;
use std::time::Duration;

use crate::fixture::{Attacker, Case, Command, Setup};

#[test]
#[ignore = "needs root and a control group"]
fn r4_a_thousand_that_never_read_in_a_control_group() {
    let group = std::env::var(GROUP).expect("a control group");
    let setup = Setup {
        group: Some(group.clone()),
        connections: Some(1_100),
        // A quarter of what the group has: the kernel's own buffers and what is being written come on top.
        max_buffered_total: Some(64 * 1024 * 1024),
        ..Setup::default()
    };
    let mut case = Case::heavy("r4 group", setup)
        .growth(256 * 1024)
        .left(1024 * 1024)
        .round_trip(Duration::from_secs(1))
        .settle(Duration::from_secs(20));
    let stuck: Vec<_> = (0..1_000).map(|_| narrow(&case)).collect();
    case.until("all to be there", |counts| counts.open() == 1_003);
    // Messages that are too short to be shared: a copy waits in each queue. A minute at most.
    let count = 1_000;
    case.ask(&Command::Blast { count, bytes: 900, pause: 1_000 });
    for _ in 0..12 {
        if crate::fixture::holds_within(Duration::from_secs(5), || case.counts().blasts == count) {
            break;
        }
    }
    let counts = case.counts();
    let used = read(&group, &["memory.peak", "memory.max_usage_in_bytes"]);
    let killed = read(&group, &["memory.events", "memory.oom_control"]);
    let evicted = counts.closed_as("all together reach the limit");
    println!(
        "r4 group: {evicted} evicted of {}, {} bytes used at most",
        counts.closed_as("slow consumer"),
        used.trim()
    );
    assert_eq!(counts.blasts, count);
    assert!(evicted > 100, "{:#?}", counts.closes);
    assert!(used.trim().parse::<u64>().is_ok_and(|used| used > 64 * 1024 * 1024), "it is not in the group: {used}");
    assert!(killed.lines().any(|line| line == "oom_kill 0"), "{killed}");
    drop(stuck);
    case.finish();
}

fn narrow(case: &Case) -> Attacker {
    let mut attacker = Attacker::narrow(case.addr(), 4096, 4096);
    attacker.hears_greeting();
    attacker
}

/// A file of the group; its name depends on the version of the system's.
fn read(group: &str, names: &[&str]) -> String {
    names
        .iter()
        .find_map(|name| std::fs::read_to_string(Path::new(group).join(name)).ok())
        .expect("a file of the group")
}

/// The variable that holds the folder of a control group.
const GROUP: &str = "REPOD_HOSTILE_GROUP";
