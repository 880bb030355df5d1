//! `recovery`: a game whose players survive a lost connection, and a restart of the server. Its messages are those that Python clients of
//! repod know from their guide, so that both kinds of client can play.

mod client;
mod disk;
mod protocol;
mod server;

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Duration;

use examples::{Arguments, Mode};
use repod::{Background, Sessions};

use crate::disk::Disk;
use crate::server::Arcade;

fn main() -> repod::Result {
    let Arguments { mode, addr, .. } = Arguments::read();
    match mode {
        Some(Mode::Server) => {
            let file = std::env::var_os("RECOVERY_FILE").map_or_else(|| PathBuf::from("recovery.redb"), PathBuf::from);
            repod::serve(Arcade::new(Disk::open(&file)?)).sessions(Sessions::default()).launch(addr)
        }
        Some(Mode::Client) => client::play(&addr, u32::MAX),
        Some(Mode::Demo) | None => demo(),
    }
}

/// A player scores, the server is stopped and started again, and the player goes on where it was.
fn demo() -> repod::Result {
    let file = std::env::temp_dir().join(format!("repod-recovery-{}.redb", std::process::id()));
    let played = restart(&file);
    std::fs::remove_file(&file)?;
    played
}

fn start(file: &Path, addr: &str) -> repod::Result<Background<Arcade>> {
    Ok(repod::serve(Arcade::new(Disk::open(file)?)).sessions(Sessions::default()).spawn(addr)?)
}

fn restart(file: &Path) -> repod::Result {
    let server = start(file, "127.0.0.1:0")?;
    let addr = server.local_addr().to_string();
    let playing = {
        let addr = addr.clone();
        std::thread::spawn(move || client::play(&addr, 10))
    };
    while server.app().best.load(Ordering::Relaxed) < 5 {
        std::thread::sleep(Duration::from_millis(5));
    }
    println!("the server stops");
    server.shutdown(Duration::from_secs(5))?;
    println!("the server starts again");
    let _server = start(file, &addr)?;
    playing.join().map_err(|_| "the player panicked")?
}
