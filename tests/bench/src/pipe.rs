//! [`Pipe`]: a client as these benchmarks see it: messages go in, and as many come back. How they travel is not known here.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

/// A connection on which every message that is sent comes back.
pub trait Pipe {
    /// Sends so many messages, in one write if that can be.
    async fn push(&mut self, count: usize) -> Result<()>;

    /// Waits until something came back, and says how many messages that was.
    async fn pull(&mut self) -> Result<usize>;
}

/// One message at a time, and how long each was under way.
pub async fn round_trips(pipe: &mut impl Pipe, time: Duration) -> Result<Vec<Duration>> {
    let mut took = Vec::new();
    let end = Instant::now() + time;
    loop {
        let start = Instant::now();
        // What takes longer than a turn still has a time.
        if start >= end && !took.is_empty() {
            return Ok(took);
        }
        pipe.push(1).await?;
        let count = pipe.pull().await?;
        took.push(start.elapsed());
        ensure!(count == 1, "{count} messages came back for one");
    }
}

/// A whole window under way all the time: for all that came back at once as many are sent. Says how many came back.
pub async fn pipelined(pipe: &mut impl Pipe, window: usize, time: Duration) -> Result<usize> {
    let end = Instant::now() + time;
    pipe.push(window).await?;
    let (mut sent, mut back) = (window, 0);
    while back < sent {
        let count = pipe.pull().await?;
        back += count;
        if Instant::now() < end {
            pipe.push(count).await?;
            sent += count;
        }
    }
    Ok(back)
}
