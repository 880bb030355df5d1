//! Clients that come and go: a connection, its greeting, and its end. What they would say is not measured.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::Result;
use socket2::{Domain, Socket, Type};

use super::pipelined::figures;
use crate::contest::Contest;
use crate::cores::Cores;
use crate::host::Host;
use crate::peers::Kind;
use crate::plan::Plan;
use crate::report::Report;
use crate::swarm::greeted;

pub fn run(plan: &Plan, report: &mut Report) -> Result<()> {
    let hosts = [Host::start(Kind::Bare)?, Host::start(Kind::Ours)?];
    for host in &hosts {
        host.bind(Cores::Each)?;
    }
    Cores::Each.bind_client()?;
    let contest = Contest {
        section: NAME,
        case: CASE.to_owned(),
        metrics: &["connections/s", "server us each"],
        rivals: &[Kind::Bare.name(), Kind::Ours.name()],
    };
    contest.run(plan, report, |index| figures(&hosts[index], || come_and_go(hosts[index].addr, plan.turn)))
}

/// Says how many came and went.
fn come_and_go(addr: SocketAddr, time: Duration) -> Result<usize> {
    let end = Instant::now() + time;
    let mut count = 0;
    let mut hosts = (2..HOSTS + 2).map(|host| Ipv4Addr::new(127, 0, 0, host)).cycle();
    while Instant::now() < end {
        let mut arrived = Vec::with_capacity(AT_ONCE);
        for from in hosts.by_ref().take(AT_ONCE) {
            match connect(from, addr) {
                Ok(stream) => arrived.push(stream),
                // All ports wait for the end of their last connection: some are free again within a second.
                Err(error) if error.kind() == ErrorKind::AddrNotAvailable => break,
                Err(error) => return Err(error.into()),
            }
        }
        for stream in arrived {
            greeted(stream)?;
            count += 1;
        }
    }
    Ok(count)
}

fn connect(from: Ipv4Addr, to: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((from, 0)).into())?;
    socket.connect(&to.into())?;
    Ok(socket.into())
}

/// From so many addresses clients come: each has ports of its own, and those of one are used up within two seconds. The first address of
/// the loopback is left to the other sections.
const HOSTS: u8 = 32;

/// How many are on their way at once, so that the server never waits for the client.
const AT_ONCE: usize = 64;

pub const NAME: &str = "churn";

pub const CASE: &str = "a core each, connect, greeting, close";
