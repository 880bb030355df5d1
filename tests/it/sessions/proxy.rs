//! Real sockets, and a proxy between them that cuts connections at random: with a reset, or with an end that looks like a farewell.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use repod::proto::{Admission, Limits};
use repod::{Reconnect, Sessions};
use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::count::{Counting, Player, Tally, hasty};

/// The proxy, and how often it has cut.
struct Proxy {
    addr: SocketAddr,
    cuts: Arc<AtomicUsize>,
}

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        (self.0 >> 33) as usize % below
    }
}

impl Proxy {
    /// Each connection through it lasts some bytes, `budget` on average, until it has cut so many.
    async fn before(server: SocketAddr, budget: usize, most: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let cuts = Arc::new(AtomicUsize::new(0));
        let counted = cuts.clone();
        tokio::spawn(async move {
            let mut dice = Dice(budget as u64);
            while let Ok((client, _)) = listener.accept().await {
                let budget = 1 + dice.roll(2 * budget);
                let is_reset = dice.roll(2) == 0;
                tokio::spawn(carry(client, server, budget, is_reset, counted.clone(), most));
            }
        });
        Self { addr, cuts }
    }
}

async fn carry(
    mut client: TcpStream,
    server: SocketAddr,
    mut budget: usize,
    is_reset: bool,
    cuts: Arc<AtomicUsize>,
    most: usize,
) {
    let Ok(mut server) = TcpStream::connect(server).await else { return };
    let (mut up, mut down) = ([0; 2048], [0; 2048]);
    loop {
        let (count, bytes, to) = tokio::select! {
            read = client.read(&mut up) => (read, &up, &mut server),
            read = server.read(&mut down) => (read, &down, &mut client),
        };
        let Ok(count @ 1..) = count else {
            // Whoever has ended says so to the other.
            let _ = to.shutdown().await;
            return;
        };
        let is_cut = count >= budget && cuts.load(Ordering::SeqCst) < most;
        let passed = if is_cut { budget } else { count };
        if to.write_all(&bytes[..passed]).await.is_err() {
            return;
        }
        budget = budget.saturating_sub(passed);
        if is_cut {
            cuts.fetch_add(1, Ordering::SeqCst);
            if is_reset {
                for socket in [&client, &server] {
                    let _ = SockRef::from(socket).set_linger(Some(Duration::ZERO));
                }
            }
            return;
        }
    }
}

/// So many players count to `count` through a proxy that cuts so often; says what happened.
async fn count_through(players: usize, count: u32, cuts: usize) {
    let tally = Arc::new(Tally::default());
    let admission = Admission { opened_at_once: u32::MAX, ..Admission::default() };
    let limits = Limits::server().rate(None).admission(admission);
    let sessions = Sessions::default().ring(RING);
    let server = repod::serve(Counting(tally.clone())).limits(limits).sessions(sessions);
    let server = server.bind("127.0.0.1:0").await.unwrap();
    // A number and its answer are some 80 bytes. A little less, so that there are cuts enough.
    let budget = players * count as usize * 60 / cuts;
    let proxy = Proxy::before(server.local_addr(), budget, cuts).await;
    let (peers, start) = (server.peers().clone(), Instant::now());
    let watching = tokio::spawn(async move {
        let mut most = (0, 0);
        loop {
            let kept: Vec<usize> = peers.iter().map(|peer| peer.kept_bytes() + peer.queued_bytes()).collect();
            most.0 = most.0.max(kept.iter().copied().max().unwrap_or(0));
            most.1 = most.1.max(kept.iter().sum());
            if start.elapsed() > Duration::from_secs(300) || peers.is_empty() && most.0 > 0 {
                return most;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    });
    let playing: Vec<_> = (0..players)
        .map(|_| {
            let addr = proxy.addr;
            tokio::spawn(async move {
                let policy: Reconnect = hasty().ring(RING);
                let mut player = Player::of(repod::connect(addr).reconnect(policy));
                player.count(count, 64).await;
                player.connection.close();
                while player.connection.next().await.is_some() {}
                (player.connected, player.resumed, player.gaps)
            })
        })
        .collect();
    let (mut connected, mut resumed) = (0, 0);
    for player in playing {
        let told = player.await.unwrap();
        connected += told.0;
        resumed += told.1;
        assert_eq!(told.2, 0);
    }
    let cut = proxy.cuts.load(Ordering::SeqCst);
    assert_eq!(tally.faults.load(Ordering::SeqCst), 0, "{:#?}", tally.lines());
    assert_eq!(connected as usize, players);
    // Some are cut before they have said which session they want.
    assert!(resumed as usize > cut / 2, "{resumed} returns after {cut} cuts");
    assert!(cut >= cuts * 9 / 10, "{cut} cuts, not {cuts}");
    let limits = Limits::server();
    let (one, all) = watching.await.unwrap();
    assert!(one <= RING + limits.out_queue_bytes && all <= players * (RING + 64 * 1024), "{one} and {all} bytes");
    println!(
        "{players} players, {count} numbers each way, {cut} cuts, {resumed} returns: {:.1} s, {all} bytes at most",
        start.elapsed().as_secs_f64()
    );
    server.shutdown(Duration::from_secs(5)).await;
}

const RING: usize = 64 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_cuts_lose_nothing() {
    count_through(1, 20_000, 200).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_that_is_cut_again_and_again_loses_nothing() {
    count_through(10, 500, 50).await;
}

/// `.ci/hostile-long` runs it: 50 players, each cut some 200 times.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes a minute; .ci/hostile-long runs it"]
async fn fifty_players_are_cut_ten_thousand_times_and_lose_nothing() {
    count_through(50, 20_000, 10_000).await;
}
