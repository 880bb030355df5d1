//! [`Scenario`]: something that is done again and again, and must not become dearer. How it is counted is not known here.

use std::hint::black_box;

use repod::proto::{Limits, Message, encode_into};
use repod::{Action, Connection, Event};
use stats_alloc::Region;
use tokio::io::AsyncWriteExt;
use tokio::runtime::{Builder, Runtime};

use crate::HEAP;
use crate::echo::{Game, Room, Say};

/// Something that is done again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    /// A message of four fields is decoded, with every check.
    Decode,
    /// A message of four fields is encoded into a buffer that is there.
    Encode,
    /// A message goes through a server and back, alone.
    Echo,
    /// The same, among a hundred that are under way together.
    Flood,
    /// A message goes through a server and to a hundred clients.
    Broadcast,
    /// A game looks for messages, and there are none.
    Pump,
}

impl Scenario {
    pub const ALL: [Self; 6] = [Self::Decode, Self::Encode, Self::Echo, Self::Flood, Self::Broadcast, Self::Pump];

    pub fn name(self) -> &'static str {
        match self {
            Self::Decode => "decode",
            Self::Encode => "encode",
            Self::Echo => "echo",
            Self::Flood => "flood",
            Self::Broadcast => "broadcast",
            Self::Pump => "pump",
        }
    }

    pub fn named(name: &str) -> repod::Result<Self> {
        let found = Self::ALL.into_iter().find(|scenario| scenario.name() == name);
        found.ok_or_else(|| format!("there is no scenario `{name}`").into())
    }

    /// Does it so many times, once everything is warm, and says how many allocations that took.
    pub fn run(self, repetitions: usize) -> repod::Result<usize> {
        match self {
            Self::Decode => {
                let frame = repod::encode(&Say::sample())?;
                let (limits, mut table) = (Limits::server(), Vec::new());
                repeat(repetitions, || {
                    let message = Message::parse(black_box(&frame[4..]), &limits, &mut table)?;
                    black_box(Say::decode(&message)?);
                    Ok(())
                })
            }
            Self::Encode => {
                let (message, mut frame) = (Say::sample(), Vec::new());
                repeat(repetitions, || {
                    frame.clear();
                    encode_into(black_box(&message), &mut frame, Limits::FRAME_CEILING)?;
                    black_box(&frame);
                    Ok(())
                })
            }
            Self::Echo => talk(1, repetitions, |room, runtime| runtime.block_on(room.echo(1))),
            Self::Flood => talk(1, repetitions / BURST, |room, runtime| runtime.block_on(room.echo(BURST))),
            Self::Broadcast => talk(100, repetitions, |room, runtime| runtime.block_on(room.shout())),
            Self::Pump => pump(repetitions),
        }
    }
}

/// Repeats what happens in a room with so many clients.
fn talk(
    clients: usize,
    repetitions: usize,
    mut once: impl FnMut(&mut Room, &Runtime) -> repod::Result,
) -> repod::Result<usize> {
    let runtime = runtime()?;
    let mut room = runtime.block_on(Room::open(clients))?;
    repeat(repetitions, || once(&mut room, &runtime))
}

fn pump(repetitions: usize) -> repod::Result<usize> {
    let runtime = runtime()?;
    let (near, mut far) = tokio::io::duplex(1024);
    let mut connection: Connection<Game> = runtime.block_on(async {
        let mut connection = repod::connect_over(async { Ok(near) }, Limits::client());
        far.write_all(b"\x00\x00\x00\x12\x81\xa6action\xa9connected").await?;
        match connection.next().await {
            Some(Event::Connected) => Ok(connection),
            other => Err(repod::Error::from(format!("not connected: {other:?}"))),
        }
    })?;
    let mut game = Game;
    repeat(repetitions, || match connection.pump(&mut game).handled() {
        0 => Ok(()),
        handled => Err(format!("{handled} messages came from nowhere").into()),
    })
}

/// Does it a few times to warm up, and then counts.
fn repeat(repetitions: usize, mut once: impl FnMut() -> repod::Result) -> repod::Result<usize> {
    for _ in 0..WARM_UP {
        once()?;
    }
    let region = Region::new(HEAP);
    for _ in 0..repetitions {
        once()?;
    }
    let change = region.change();
    Ok(change.allocations + change.reallocations)
}

/// One thread and a clock that stands still, so that every run does the same: a connection that has worked for long enough lets others
/// have the thread.
fn runtime() -> repod::Result<Runtime> {
    Ok(Builder::new_current_thread().enable_all().start_paused(true).build()?)
}

/// How many messages are under way together in a flood.
pub const BURST: usize = 100;

const WARM_UP: usize = 20;
