//! What a message costs from socket to socket: `echo {x, y, id}` there and back, next to a bare tokio loop.
//! Not the codec alone: that is `codec`'s.
//!
//! ```text
//! cargo bench -p tests --bench echo                # about a minute
//! cargo bench -p tests --bench echo -- --quick     # a few seconds
//! taskset -c 0 cargo bench -p tests --bench echo   # server and client on one core
//! ```
//!
//! The bare loop finds the frames by their length prefix and writes them back untouched, one write for each read: nothing
//! that moves messages over TCP can cost less. Both servers run on a thread and a current-thread runtime of their own, and
//! the same client, which is written by hand, measures both from another thread. So only the server differs. In the last
//! row of the round trips the client is ours, too.
//!
//! Everything takes turns within a round, and a ratio compares turns of the same round. Figures are medians over the
//! rounds. On two cores a wake-up of the other core can cost more than all the rest: compare on one, too.

use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use repod::{Event, prelude::*, proto::Limits};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

#[derive(Action)]
enum Call {
    Echo { x: f64, y: f64, id: u32 },
}

#[derive(Action)]
#[action(sync)]
enum Answer {
    Echo { x: f64, y: f64, id: u32 },
}

struct Cave;

struct Wall {
    peer: Peer<Answer>,
}

impl Server for Cave {
    type Channel = Wall;

    fn channel(self: &Arc<Self>, peer: Peer<Answer>) -> Wall {
        Wall { peer }
    }
}

impl Channel for Wall {
    type Incoming = Call;
    type Outgoing = Answer;
}

impl CallHandler for Wall {
    async fn on_echo(&mut self, x: f64, y: f64, id: u32) -> repod::Result {
        self.peer.send(Answer::Echo { x, y, id })?;
        Ok(())
    }
}

/// Only names the types of our client, which polls.
struct Shouter;

impl Client for Shouter {
    type Incoming = Answer;
    type Outgoing = Call;
}

impl AnswerHandler for Shouter {
    fn on_echo(&mut self, _: f64, _: f64, _: u32) -> repod::Result {
        Ok(())
    }
}

/// Accepts, greets as our server does, and serves each connection with the bare loop.
async fn accept_bare(listener: TcpListener) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        // An error means that the client is gone, and it went in peace.
        tokio::spawn(async move { bare(stream).await.is_ok() });
    }
}

/// Echoes frames without looking at what they hold.
async fn bare(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.write_all(GREETING).await?;
    let mut buffer = BytesMut::new();
    let mut out = Vec::new();
    loop {
        buffer.reserve(BUFFER);
        if stream.read_buf(&mut buffer).await? == 0 {
            return Ok(());
        }
        while let Some(frame) = next_frame(&mut buffer) {
            out.extend_from_slice(&frame);
        }
        stream.write_all(&out).await?;
        out.clear();
    }
}

/// Takes the next whole frame, its length prefix included.
fn next_frame(buffer: &mut BytesMut) -> Option<BytesMut> {
    let len = HEADER + u32::from_be_bytes(*buffer.first_chunk()?) as usize;
    (buffer.len() >= len).then(|| buffer.split_to(len))
}

/// A server on a thread of its own. Dropping it ends the server.
struct Host {
    addr: SocketAddr,
    /// The kernel's number of the thread.
    thread_number: Option<String>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Bare,
    Ours,
}

impl Host {
    fn start(kind: Kind) -> Self {
        let (stop, stopped) = oneshot::channel();
        let (bound, is_bound) = mpsc::channel();
        let name = match kind {
            Kind::Bare => "bare",
            Kind::Ours => "ours",
        };
        // With a name of its own a thread can be told from the others in a profile.
        let work = move || {
            runtime().block_on(async {
                match kind {
                    Kind::Bare => {
                        let listener = TcpListener::bind("127.0.0.1:0")
                            .await
                            .expect("no port is free");
                        let addr = listener.local_addr().expect("it is bound");
                        tokio::spawn(accept_bare(listener));
                        let _ = bound.send((addr, thread_number()));
                        let _ = stopped.await;
                    }
                    Kind::Ours => {
                        let serving = repod::serve(Cave)
                            .bind("127.0.0.1:0")
                            .await
                            .expect("no port is free");
                        let _ = bound.send((serving.local_addr(), thread_number()));
                        let _ = stopped.await;
                    }
                }
            });
        };
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(work);
        let (addr, thread_number) = is_bound.recv().expect("the server could not be started");
        Self {
            addr,
            thread_number,
            stop: Some(stop),
            thread: Some(thread.expect("there is room for a thread")),
        }
    }

    /// How long the thread has been on a core; only known on Linux.
    fn busy(&self) -> Option<Duration> {
        let path = format!("/proc/self/task/{}/schedstat", self.thread_number.as_ref()?);
        let stat = std::fs::read_to_string(path).ok()?;
        let nanoseconds = stat.split_whitespace().next()?.parse().ok()?;
        Some(Duration::from_nanos(nanoseconds))
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn thread_number() -> Option<String> {
    let link = std::fs::read_link("/proc/thread-self").ok()?;
    Some(link.file_name()?.to_str()?.to_owned())
}

/// The client that knows both servers' wire and no more: it sends frames that were made before, and compares what comes back.
struct Load {
    stream: TcpStream,
    frames: Vec<Vec<u8>>,
    buffer: BytesMut,
}

impl Load {
    async fn connect(addr: SocketAddr) -> io::Result<Self> {
        let frames =
            (0..WINDOW).map(|number| repod::encode(&call(number)).expect("it is plain data"));
        let mut load = Self {
            stream: TcpStream::connect(addr).await?,
            frames: frames.collect(),
            buffer: BytesMut::new(),
        };
        load.stream.set_nodelay(true)?;
        let greeting = load.receive().await?;
        assert!(
            greeting.windows(9).any(|part| part == b"connected"),
            "{greeting:?}"
        );
        Ok(load)
    }

    /// The next frame.
    async fn receive(&mut self) -> io::Result<BytesMut> {
        loop {
            if let Some(frame) = next_frame(&mut self.buffer) {
                return Ok(frame);
            }
            self.read().await?;
        }
    }

    async fn read(&mut self) -> io::Result<()> {
        self.buffer.reserve(BUFFER);
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    /// One message at a time, and how long each was under way.
    async fn round_trips(&mut self, time: Duration) -> io::Result<Vec<Duration>> {
        let mut took = Vec::new();
        let end = Instant::now() + time;
        loop {
            let start = Instant::now();
            if start >= end {
                return Ok(took);
            }
            self.stream.write_all(&self.frames[0]).await?;
            let frame = self.receive().await?;
            took.push(start.elapsed());
            assert_eq!(frame, self.frames[0]);
        }
    }

    /// A whole window under way all the time: for each message that comes back the next one is sent, all that came at once
    /// in one write. Says how many came back.
    async fn pipelined(&mut self, time: Duration) -> io::Result<u64> {
        let end = Instant::now() + time;
        let (mut sent, mut back) = (self.frames.len(), 0);
        let mut out = self.frames.concat();
        while back < sent {
            self.stream.write_all(&out).await?;
            out.clear();
            self.read().await?;
            let is_over = Instant::now() >= end;
            while let Some(frame) = next_frame(&mut self.buffer) {
                assert_eq!(frame, self.frames[back % self.frames.len()]);
                back += 1;
                if !is_over {
                    out.extend_from_slice(&self.frames[sent % self.frames.len()]);
                    sent += 1;
                }
            }
        }
        Ok(back as u64)
    }
}

/// The round trips of our client, which looks for an answer until there is one, and lets others have the core in between.
fn our_round_trips(addr: SocketAddr, time: Duration) -> Vec<Duration> {
    let mut connection = repod::connect::<Shouter>(addr);
    let wait_for = |connection: &mut repod::Connection<Shouter>,
                    wanted: fn(&Event<Answer>) -> bool| {
        while !connection.poll().is_some_and(|event| wanted(&event)) {
            assert!(connection.is_open(), "the server is gone");
            std::thread::yield_now();
        }
    };
    wait_for(&mut connection, |event| matches!(event, Event::Connected));
    let mut took = Vec::new();
    let end = Instant::now() + time;
    loop {
        let start = Instant::now();
        if start >= end {
            return took;
        }
        connection.send(call(0)).expect("the queue is empty");
        wait_for(&mut connection, |event| matches!(event, Event::Message(_)));
        took.push(start.elapsed());
    }
}

/// The figures of one row, one of each round. The first of a table's rows is what the others are compared to.
struct Row {
    name: &'static str,
    rounds: Vec<Vec<f64>>,
}

impl Row {
    fn new(name: &'static str) -> Self {
        Self {
            name,
            rounds: Vec::new(),
        }
    }

    fn median(&self, column: usize) -> f64 {
        median(self.rounds.iter().map(|round| round[column]))
    }

    fn ratio(&self, to: &Self, column: usize) -> f64 {
        median(
            self.rounds
                .iter()
                .zip(&to.rounds)
                .map(|(own, other)| own[column] / other[column]),
        )
    }
}

fn table(title: &str, columns: &[&str], decimals: usize, rows: &[Row]) -> String {
    let mut table = format!("\n{title:<42}");
    for column in columns {
        let _ = write!(table, " {column:>12} {:>8}", "of bare");
    }
    for row in rows {
        let _ = write!(table, "\n{:<42}", row.name);
        for column in 0..columns.len() {
            let ratio = row.ratio(&rows[0], column);
            let _ = write!(table, " {:>12.decimals$} {ratio:>8.2}", row.median(column));
        }
    }
    table
}

fn main() -> io::Result<()> {
    // `cargo test --benches` only wants to know whether all of this runs.
    let is_quick = std::env::args().any(|argument| argument == "--quick" || argument == "--test");
    let (rounds, turn) = if is_quick { QUICK } else { FULL };
    let runtime = runtime();
    let hosts = [
        (Kind::Bare, Host::start(Kind::Bare)),
        (Kind::Ours, Host::start(Kind::Ours)),
    ];
    let mut trips = [
        "bare tokio loop",
        "repod::serve",
        "repod::serve, and repod::connect with poll",
    ]
    .map(Row::new);
    let mut floods = ["bare tokio loop", "repod::serve"].map(Row::new);
    for round in 0..=rounds {
        // The first of a round is not always the same, and the first round warms up.
        for turn_of in 0..hosts.len() {
            let index = (round + turn_of) % hosts.len();
            let (kind, host) = &hosts[index];
            let mut load = runtime.block_on(Load::connect(host.addr))?;
            trips[index]
                .rounds
                .push(percentiles(runtime.block_on(load.round_trips(turn))?));
            let (start, busy) = (Instant::now(), host.busy());
            let count = runtime.block_on(load.pipelined(turn))? as f64;
            let rate = count / start.elapsed().as_secs_f64();
            let busy = busy
                .zip(host.busy())
                .map_or(f64::NAN, |(before, after)| (after - before).as_secs_f64());
            floods[index]
                .rounds
                .push(vec![rate / 1e6, busy / count * 1e6]);
            drop(load);
            if *kind == Kind::Ours {
                trips[2]
                    .rounds
                    .push(percentiles(our_round_trips(host.addr, turn)));
            }
        }
    }
    for row in trips.iter_mut().chain(&mut floods) {
        row.rounds.remove(0);
    }
    println!("medians of {rounds} rounds; turns of {turn:?}");
    println!("{}", table("round trip", &["p50 us", "p99 us"], 2, &trips));
    let title = format!("pipelined, {WINDOW} messages under way");
    println!(
        "{}",
        table(&title, &["M messages/s", "server us"], 3, &floods)
    );
    Ok(())
}

/// The 50th and the 99th of a hundred, in microseconds.
fn percentiles(mut took: Vec<Duration>) -> Vec<f64> {
    took.sort_unstable();
    [50, 99]
        .map(|percent| took[took.len() * percent / 100].as_secs_f64() * 1e6)
        .to_vec()
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn runtime() -> Runtime {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime needs a few descriptors")
}

/// The limits of a server, all at their defaults but the rate: here a client may send as fast as it can.
fn unhurried() -> Limits {
    Limits::server().rate(None)
}

fn call(number: u32) -> Call {
    Call::Echo {
        x: f64::from(number) / 2.0,
        y: -f64::from(number),
        id: number,
    }
}

/// How many messages are under way in a pipeline.
const WINDOW: u32 = 256;

/// The bytes of a length prefix.
const HEADER: usize = 4;

/// How much is read at once; more than a window.
const BUFFER: usize = 64 * 1024;

/// What a server says first.
const GREETING: &[u8] = b"\x00\x00\x00\x12\x81\xa6action\xa9connected";

/// Rounds, and the time of a turn: nine rounds of five turns take about a minute.
const FULL: (usize, Duration) = (9, Duration::from_millis(1200));
const QUICK: (usize, Duration) = (7, Duration::from_millis(80));
