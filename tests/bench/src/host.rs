//! [`Host`]: a server to be measured, in a process of its own, so that its time and its memory are its own.
//! Who sends to it is not known here.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::cores::Cores;
use crate::heap::Counts;
use crate::peers::{Kind, python};

/// A server's process. Dropping it ends it.
pub struct Host {
    pub addr: SocketAddr,
    child: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Host {
    pub fn start(kind: Kind) -> Result<Self> {
        Self::spawn(kind, &[])
    }

    /// A server that counts its allocations.
    pub fn counting(kind: Kind) -> Result<Self> {
        Self::spawn(kind, &["--count"])
    }

    fn spawn(kind: Kind, options: &[&str]) -> Result<Self> {
        let mut command = match kind {
            Kind::Python => python()?,
            _ => {
                let mut command = Command::new(std::env::current_exe()?);
                command.args(["serve", kind.name()]).args(options);
                command
            }
        };
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let orders = child.stdin.take();
        let mut answers = BufReader::new(child.stdout.take().context("standard output is piped")?);
        let mut port = String::new();
        answers.read_line(&mut port)?;
        let port: u16 = port.trim().parse().with_context(|| format!("{} says no port", kind.name()))?;
        Ok(Self { addr: ([127, 0, 0, 1], port).into(), child, orders, answers })
    }

    pub fn bind(&self, cores: Cores) -> Result<()> {
        cores.bind_server(self.child.id())
    }

    /// How long all its threads have been on a core.
    pub fn busy(&self) -> Result<Duration> {
        let mut nanoseconds = 0;
        for thread in std::fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let stat = std::fs::read_to_string(thread?.path().join("schedstat"))?;
            nanoseconds += stat.split_whitespace().next().context("schedstat is empty")?.parse::<u64>()?;
        }
        Ok(Duration::from_nanos(nanoseconds))
    }

    /// What its allocator has counted.
    pub fn counts(&mut self) -> Result<Counts> {
        let orders = self.orders.as_mut().context("the server takes no orders")?;
        writeln!(orders, "counts")?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        Ok(serde_json::from_str(&line)?)
    }

    /// The bytes of memory that are its alone, the kernel's for its sockets not among them.
    pub fn private_memory(&self) -> Result<f64> {
        let rollup = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", self.child.id()))?;
        let kilobytes = rollup
            .lines()
            .filter(|line| line.starts_with("Private_Clean:") || line.starts_with("Private_Dirty:"))
            .filter_map(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
        Ok(kilobytes.sum::<f64>() * 1024.0)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // Its standard input ends, and so does it.
        self.orders = None;
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
