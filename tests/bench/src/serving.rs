//! A server's process: it serves one kind, says its port on standard output, and lives until its standard input ends.
//! For each line that it reads it prints what its allocator has counted.

use std::io::{Write, stdin, stdout};
use std::time::Duration;

use anyhow::Result;
use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime::{Builder, Runtime};

use crate::heap;
use crate::peers::Kind;

/// Where clients come in.
#[derive(Debug)]
pub struct Door;

impl Door {
    /// Listens, and says so.
    pub async fn open(self) -> Result<TcpListener> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(([127, 0, 0, 1], 0).into())?;
        let listener = socket.listen(4096)?;
        self.opened(listener.local_addr()?.port());
        Ok(listener)
    }

    /// Says that something else listens.
    pub fn opened(self, port: u16) {
        say(&port.to_string());
    }
}

pub fn run(kind: Kind) -> Result<()> {
    std::thread::spawn(obey);
    runtime()?.block_on(kind.serve(Door))
}

/// One thread for everything: how work spreads over threads is not what is measured.
pub fn runtime() -> Result<Runtime> {
    Ok(Builder::new_current_thread().enable_all().build()?)
}

fn obey() {
    for _ in stdin().lines().map_while(Result::ok) {
        say(&serde_json::to_string(&heap::counts()).unwrap_or_default());
    }
    // Nobody is there to whom a clean end would matter.
    std::thread::sleep(Duration::from_millis(1));
    std::process::exit(0);
}

fn say(line: &str) {
    let mut out = stdout().lock();
    // Whoever does not listen any more is about to end this process.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
