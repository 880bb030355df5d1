//! What `pump` costs a game's frame: with nothing queued, and for each message. The network is memory here, and somebody else's.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use repod::Connection;
use repod::proto::Limits;
use tokio::io::{AsyncWriteExt, DuplexStream};

use crate::contest::Contest;
use crate::cores::Cores;
use crate::heap::allocations;
use crate::peers::Shouter;
use crate::plan::Plan;
use crate::protocol::Payload;
use crate::report::Report;
use crate::serving::runtime;
use crate::wire::GREETING;

pub fn run(plan: &Plan, report: &mut Report) -> Result<()> {
    Cores::One.bind_client()?;
    let rivals = &["repod"];
    let runtime = runtime()?;
    let (mut connection, mut server) = runtime.block_on(connect())?;
    let mut game = Shouter::default();
    let idle = Contest { section: NAME, case: IDLE.to_owned(), metrics: &["ns", "allocations"], rivals };
    idle.run(plan, report, |_| {
        let start = Instant::now();
        for _ in 0..MANY {
            let pumped = connection.pump(&mut game);
            ensure!(pumped.handled() == 0 && pumped.is_open(), "there was something");
        }
        let took = start.elapsed().as_secs_f64() * 1e9 / f64::from(MANY);
        let allocations = allocations(|| {
            for _ in 0..MANY {
                let _ = connection.pump(&mut game);
            }
        });
        Ok(vec![took, allocations as f64])
    })?;
    let burst = Payload::Echo.message().frame()?.repeat(BURST);
    let busy = Contest { section: NAME, case: BUSY.to_owned(), metrics: &["ns each"], rivals };
    busy.run(plan, report, |_| {
        let mut took = Duration::ZERO;
        for _ in 0..BURSTS {
            runtime.block_on(async {
                server.write_all(&burst).await?;
                // The connection's task runs in between, and moves everything to the queue.
                for _ in 0..BURST {
                    tokio::task::yield_now().await;
                }
                anyhow::Ok(())
            })?;
            let start = Instant::now();
            let mut pumped = connection.pump(&mut game);
            took += start.elapsed();
            let mut handled = pumped.handled();
            // A machine that was busy with other things took the time that a pump may take.
            while pumped.left() > 0 {
                let start = Instant::now();
                pumped = connection.pump(&mut game);
                took += start.elapsed();
                handled += pumped.handled();
            }
            ensure!(handled == BURST, "{handled} messages instead of {BURST}");
        }
        Ok(vec![took.as_secs_f64() * 1e9 / (BURST * BURSTS) as f64])
    })
}

/// A connection that has been greeted, and the server's end of it.
async fn connect() -> Result<(Connection<Shouter>, DuplexStream)> {
    let (near, mut far) = tokio::io::duplex(64 * 1024);
    let mut connection = repod::connect_over(async { Ok(near) }, Limits::client());
    far.write_all(GREETING).await?;
    ensure!(matches!(connection.next().await, Some(repod::Event::Connected)), "no connection");
    Ok((connection, far))
}

/// How often an empty queue is pumped in a turn.
const MANY: u32 = 100_000;

/// How many messages a pump finds; it takes no more at once by default.
const BURST: usize = 200;

/// How often in a turn.
const BURSTS: usize = 20;

pub const NAME: &str = "pump";
pub const IDLE: &str = "nothing queued";
pub const BUSY: &str = "200 messages queued";
