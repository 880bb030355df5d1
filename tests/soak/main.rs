//! The soak: a crowd that comes, talks, behaves badly and goes, for minutes, against a server in a process of its own.
//! `.ci/soak [MINUTES]` builds and runs it; what it prints can be pasted into the book. Linux only: it reads `/proc`.

mod crowd;
mod protocol;
mod sample;
mod server;
mod witness;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use self::crowd::Deeds;
use self::sample::{Sample, slope};

fn main() -> repod::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["server"] => server::run().map(|()| ExitCode::SUCCESS),
        ["witness", addr, seconds] => {
            witness::run(addr.parse()?, Duration::from_secs(seconds.parse()?)).map(|()| ExitCode::SUCCESS)
        }
        [] => soak(10.0),
        [minutes] => soak(minutes.parse()?),
        _ => Err("usage: soak [MINUTES]".into()),
    }
}

fn soak(minutes: f64) -> repod::Result<ExitCode> {
    let time = Duration::from_secs_f64(minutes * 60.0).clamp(Duration::from_secs(30), MOST);
    let mut server = Server::start()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    // The first connections bring what stays: buffers of threads, the allocator's arenas.
    let warm = Arc::new(Deeds::default());
    let end = tokio::time::Instant::now() + Duration::from_secs(2);
    runtime.block_on(crowd::gather(server.addr, 20, end, warm));
    server.settle(0)?;
    let before = server.counts()?;
    let (start, baseline) = (Instant::now(), Sample::of(server.process.id(), Duration::ZERO));

    let deeds = Arc::new(Deeds::default());
    let witnesses = Command::new(std::env::current_exe()?)
        .args(["witness", &server.addr.to_string(), &time.as_secs().to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()?;
    let end = tokio::time::Instant::now() + time;
    let gathered = runtime.spawn(crowd::gather(server.addr, PLACES, end, deeds.clone()));
    let mut samples = Vec::new();
    while start.elapsed() < time {
        std::thread::sleep(Duration::from_secs(1));
        samples.push(Sample::of(server.process.id(), start.elapsed()));
    }
    runtime.block_on(gathered)?;
    let seen = witnesses.wait_with_output()?;
    let seen: Vec<u64> =
        String::from_utf8(seen.stdout)?.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    let settled = server.settle(before.tasks)?;
    let after = server.counts()?;
    let left = Sample::of(server.process.id(), start.elapsed());
    let shutdown = server.stop()?;

    let table = Table { time, baseline, samples, left, before, after, settled, shutdown, deeds, seen };
    println!("{}", table.text());
    let faults = table.faults();
    for fault in &faults {
        eprintln!("FAULT: {fault}");
    }
    Ok(if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The server's process.
struct Server {
    process: Child,
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    addr: SocketAddr,
}

/// What the server has counted.
#[derive(Debug, Default)]
struct Counts {
    tasks: u64,
    connects: u64,
    messages: u64,
    left: BTreeMap<String, u64>,
}

impl Server {
    fn start() -> repod::Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .arg("server")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let commands = process.stdin.take();
        let mut answers = BufReader::new(process.stdout.take().ok_or("no output")?);
        let mut line = String::new();
        answers.read_line(&mut line)?;
        Ok(Self { process, commands, answers, addr: line.trim().parse()? })
    }

    fn counts(&mut self) -> repod::Result<Counts> {
        self.commands.as_mut().ok_or("it is stopped")?.write_all(b"?\n")?;
        let mut counts = Counts::default();
        for part in self.line()?.split_whitespace() {
            let (key, value) = part.split_once('=').ok_or("no count")?;
            let value = value.parse()?;
            match key.strip_prefix("left:") {
                Some(reason) => {
                    counts.left.insert(reason.to_owned(), value);
                }
                None if key == "tasks" => counts.tasks = value,
                None if key == "connects" => counts.connects = value,
                None => counts.messages = value,
            }
        }
        Ok(counts)
    }

    /// Waits until everybody has left and no more tasks are there than before; says how long that took.
    fn settle(&mut self, tasks: u64) -> repod::Result<Duration> {
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(30) {
            let counts = self.counts()?;
            if counts.connects == counts.left.values().sum::<u64>() && (tasks == 0 || counts.tasks <= tasks) {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        // Those that say goodbye have no place any more, and a second of patience.
        if tasks == 0 {
            std::thread::sleep(Duration::from_millis(1500));
        }
        Ok(start.elapsed())
    }

    /// Ends it; says how many milliseconds its shutdown took.
    fn stop(&mut self) -> repod::Result<u64> {
        drop(self.commands.take());
        let line = self.line()?;
        self.process.wait()?;
        Ok(line.split_whitespace().next().unwrap_or("0").parse()?)
    }

    fn line(&mut self) -> repod::Result<String> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        Ok(line)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The figures of a soak.
struct Table {
    time: Duration,
    baseline: Sample,
    samples: Vec<Sample>,
    left: Sample,
    before: Counts,
    after: Counts,
    settled: Duration,
    shutdown: u64,
    deeds: Arc<Deeds>,
    /// Sent, lost, wrong, p50, p99, max.
    seen: Vec<u64>,
}

impl Table {
    fn text(&self) -> String {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let deeds = &self.deeds;
        let seconds = self.time.as_secs_f64();
        let messages = self.after.messages - self.before.messages;
        let connects = self.after.connects - self.before.connects;
        let peak = self.samples.iter().map(|sample| sample.rss).max().unwrap_or(0);
        let most = self.samples.iter().map(|sample| sample.descriptors).max().unwrap_or(0);
        let cpu = (self.left.cpu - self.baseline.cpu).as_secs_f64() / seconds * 100.0;
        let before = |reason| self.before.left.get(reason).copied().unwrap_or(0);
        let reasons = self.after.left.iter().map(|(reason, count)| format!("{reason} {}", count - before(reason)));
        let reasons: Vec<String> = reasons.collect();
        let rows = [
            ("clients, time", format!("{PLACES}, {seconds:.0} s")),
            ("messages handled", format!("{messages} ({:.0} a second)", messages as f64 / seconds)),
            ("connections opened and closed", format!("{connects} ({:.1} a second)", connects as f64 / seconds)),
            (
                "bad peers",
                format!(
                    "{} reset, {} half a frame, {} rubbish, {} silent, {} never read",
                    load(&deeds.reset),
                    load(&deeds.half),
                    load(&deeds.rubbish),
                    load(&deeds.silent),
                    load(&deeds.deaf)
                ),
            ),
            ("closed as", reasons.join(", ")),
            (
                "good clients",
                format!(
                    "{} left, {} thrown out, {} not let in, {} answers out of order",
                    load(&deeds.left),
                    load(&deeds.thrown_out),
                    load(&deeds.failed),
                    load(&deeds.wrong)
                ),
            ),
            ("memory before, peak, after", format!("{}, {peak}, {} KiB", self.baseline.rss, self.left.rss)),
            ("memory slope, second half", format!("{:+.0} KiB a minute", self.slope())),
            (
                "descriptors before, peak, after",
                format!("{}, {most}, {}", self.baseline.descriptors, self.left.descriptors),
            ),
            ("tasks before, after", format!("{}, {}", self.before.tasks, self.after.tasks)),
            ("back at the baseline after", format!("{:.1} s", self.settled.as_secs_f64())),
            ("processor time of the server", format!("{cpu:.0} % of one core")),
            (
                "witnesses",
                format!("{} sent, {} lost, {} doubled or out of order", self.seen(0), self.seen(1), self.seen(2)),
            ),
            (
                "their round trip p50, p99, max",
                format!("{}, {}, {} ms", self.millis(3), self.millis(4), self.millis(5)),
            ),
            ("shutdown", format!("{} ms", self.shutdown)),
        ];
        let rows: Vec<String> = rows.iter().map(|(what, figure)| format!("| {what} | {figure} |")).collect();
        format!("\n| what | figure |\n|---|---|\n{}\n", rows.join("\n"))
    }

    /// What must not be. Times depend on the machine, and are only shown.
    fn faults(&self) -> Vec<String> {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let mut faults = Vec::new();
        let mut must = |holds: bool, what: &str| {
            if !holds {
                faults.push(what.to_owned());
            }
        };
        must(self.seen(0) > 0 && self.seen(1) == 0 && self.seen(2) == 0, "the witnesses were harmed");
        must(load(&self.deeds.wrong) == 0, "answers came out of order");
        must(load(&self.deeds.thrown_out) == 0, "good clients were thrown out");
        must(load(&self.deeds.failed) == 0, "good clients were not let in");
        must(load(&self.deeds.said) > 0, "nobody said anything");
        must(self.after.connects == self.after.left.values().sum(), "there are ghosts");
        must(self.left.descriptors <= self.baseline.descriptors, "descriptors are left");
        must(self.after.tasks <= self.before.tasks, "tasks are left");
        must(self.time < LONG || self.slope() < STEEPEST, "memory grows");
        for reason in ["PeerLeft", "Lost", "Truncated", "Malformed", "Slow", "FrameTimeout"] {
            must(self.after.left.contains_key(reason), &format!("nobody was closed as {reason}"));
        }
        faults
    }

    fn slope(&self) -> f64 {
        slope(self.samples.get(self.samples.len() / 2..).unwrap_or_default())
    }

    fn seen(&self, index: usize) -> u64 {
        self.seen.get(index).copied().unwrap_or(0)
    }

    fn millis(&self, index: usize) -> String {
        format!("{:.1}", self.seen(index) as f64 / 1000.0)
    }
}

const PLACES: u64 = 500;

/// The longest soak.
const MOST: Duration = Duration::from_secs(24 * 3600);

/// From here on the slope of memory says something.
const LONG: Duration = Duration::from_secs(5 * 60);

/// In KiB a minute: 20 MiB in half a day.
const STEEPEST: f64 = 64.0;
