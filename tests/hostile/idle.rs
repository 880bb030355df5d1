//! R6 and R7: a server whose clients do nothing, and a machine whose clock is wrong.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::fixture::crowd::Manner;
use crate::fixture::server::clock;
use crate::fixture::{Case, Command, Crowd, Setup, holds_within};

#[test]
fn r6_five_thousand_silent_clients() {
    let share = idle("r6 silent", Manner::Silent, Duration::from_secs(4));
    assert!(share < 0.02, "{:.1} % of a processor", share * 100.0);
}

#[test]
fn r6_five_thousand_clients_that_answer_pings() {
    idle("r6 polite", Manner::Polite, Duration::from_secs(6));
}

#[test]
#[ignore = "takes ten minutes"]
fn r6_five_thousand_silent_clients_for_ten_minutes() {
    let share = idle("r6 silent long", Manner::Silent, Duration::from_secs(600));
    assert!(share < 0.02, "{:.1} % of a processor", share * 100.0);
}

#[test]
#[ignore = "takes ten minutes"]
fn r6_five_thousand_clients_that_answer_pings_for_ten_minutes() {
    idle("r6 polite long", Manner::Polite, Duration::from_secs(600));
}

/// The share of a processor that the server needs for them, besides what the witnesses cost.
fn idle(name: &'static str, manner: Manner, time: Duration) -> f64 {
    let count = 5_000;
    let setup = Setup { descriptors: Some(6_000), connections: Some(6_000), ..Setup::default() };
    let mut case = Case::heavy(name, setup)
        .growth(count * 8)
        .left(1024 * 1024)
        .settle(Duration::from_secs(20))
        // When they all leave in one moment, the server has a second's work to do.
        .round_trip(Duration::from_secs(1));
    let quiet = share(&case, Duration::from_secs(2), || false);
    let crowd = Crowd::gather(case.addr(), count, manner);
    case.until("all to be there", |counts| counts.open() == 3 + count);
    let heap = case.heap() as u64 / count;
    let pongs = crowd.pongs();
    let loud = share(&case, time, || crowd.lost() > 0);
    let pongs = crowd.pongs() - pongs;
    let share = loud - quiet;
    let each = share * time.as_secs_f64() / pongs.max(1) as f64;
    println!(
        "{name}: {heap} bytes of heap each, {:.1} % of a processor, {pongs} pongs at {:.0} us",
        share * 100.0,
        each * 1e6
    );
    assert_eq!(crowd.lost(), 0, "so many idle clients were lost");
    assert_eq!(pongs > 0, manner == Manner::Polite, "{pongs} pongs");
    assert!(heap <= 8 * 1024, "{heap} bytes of heap for each client");
    drop(crowd);
    case.finish();
    share
}

/// The share of a processor that the server needs.
fn share(case: &Case, time: Duration, is_over: impl Fn() -> bool) -> f64 {
    let (start, before) = (Instant::now(), case.cpu());
    holds_within(time, is_over);
    (case.cpu() - before).as_secs_f64() / start.elapsed().as_secs_f64()
}

/// The machine's clock is set an hour on, and two hours back: whoever is connected does not notice.
#[test]
#[ignore = "needs libfaketime"]
fn r7_a_wall_clock_that_jumps() {
    let library = std::env::var(CLOCK).unwrap_or_else(|_| panic!("{CLOCK} names no libfaketime"));
    let file = std::env::temp_dir().join(format!("repod-clock-{}", std::process::id()));
    let set = |seconds: i64| std::fs::write(&file, format!("{seconds:+}")).expect("a file for the clock");
    set(0);
    let setup = Setup {
        clock: Some((library, file.display().to_string())),
        heartbeat: Some((300, 1_500)),
        frame_timeout: Some(2_000),
        ..Setup::default()
    };
    let mut case = Case::with("r7", setup);
    let crowd = Crowd::gather(case.addr(), 100, Manner::Polite);
    for seconds in [3_600, -3_600, 0] {
        set(seconds);
        let answer = case.ask(&Command::Clock);
        let told: i64 = answer.parse().expect("a time");
        let expected = i64::try_from(clock() / 1_000_000).expect("a time") + seconds;
        assert!((told - expected).abs() < 10, "the server's clock says {told} instead of {expected}");
        let pongs = crowd.pongs();
        holds_within(Duration::from_secs(4), || crowd.lost() > 0);
        assert_eq!(crowd.lost(), 0, "so many were lost when the clock was set by {seconds} s");
        assert!(crowd.pongs() - pongs > 500, "pings have stopped");
    }
    let _ = std::fs::remove_file(&file);
    let counts = case.counts();
    assert_eq!(counts.open(), 103, "{:#?}", counts.closes);
    drop(crowd);
    case.finish();
}

/// As `r7`, where the clock cannot be shifted: nothing but the time in a line of the log comes from the wall clock.
#[test]
fn r7_only_the_log_knows_the_time_of_day() {
    let mut readers = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../repod/src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of the library").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if std::fs::read_to_string(&path).expect("a file of the library").contains("SystemTime") {
                readers.push(path.file_name().map(std::ffi::OsStr::to_owned));
            }
        }
    }
    assert_eq!(readers, [Some("logging.rs".into())]);
}

/// The variable that holds the way to libfaketime.
const CLOCK: &str = "REPOD_HOSTILE_CLOCK";
