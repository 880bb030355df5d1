//! [`Swarm`]: many clients written by hand on one thread, over the system's own readiness calls, so that they cost as little as clients
//! can. What is sent and when is not its business.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};

use crate::wire::{Prefix, answer, pong};

/// So many connections, all greeted.
pub struct Swarm {
    epoll: Epoll,
    members: Vec<Member>,
    ready: Vec<EpollEvent>,
    /// What all members read into.
    space: Vec<u8>,
}

struct Member {
    stream: TcpStream,
    /// The part of a frame that has come.
    rest: Vec<u8>,
}

impl Swarm {
    pub fn connect(addr: SocketAddr, count: usize) -> Result<Self> {
        let epoll = Epoll::new(EpollCreateFlags::empty())?;
        let mut members = Vec::with_capacity(count);
        while members.len() < count {
            // So many at once as the backlog of every server holds.
            let mut streams = Vec::new();
            for _ in members.len()..count.min(members.len() + AT_ONCE) {
                streams.push(TcpStream::connect(addr)?);
            }
            for stream in streams {
                let stream = greeted(stream)?;
                epoll.add(&stream, EpollEvent::new(EpollFlags::EPOLLIN, members.len() as u64))?;
                members.push(Member { stream, rest: Vec::new() });
            }
        }
        Ok(Self { epoll, members, ready: vec![EpollEvent::empty(); 1024], space: vec![0; 64 * 1024] })
    }

    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Sends bytes from one member.
    pub fn send(&mut self, member: usize, bytes: &[u8]) -> Result<()> {
        self.members[member].stream.write_all(bytes).context("the server does not read")
    }

    /// Waits until something comes, for so long at most, and tells of every frame from whom it is. Says to how many members something
    /// came.
    pub fn receive(&mut self, patience: Duration, mut heard: impl FnMut(usize, &[u8])) -> Result<usize> {
        let timeout = EpollTimeout::try_from(patience).unwrap_or(EpollTimeout::MAX);
        let count = self.epoll.wait(&mut self.ready, timeout)?;
        for event in &self.ready[..count] {
            let member = event.data() as usize;
            self.members[member].read(&mut self.space, |frame| heard(member, frame))?;
        }
        Ok(count)
    }

    /// As [`receive`](Self::receive), but fails if nothing comes within five seconds: then something was lost.
    pub fn receive_something(&mut self, heard: impl FnMut(usize, &[u8])) -> Result<()> {
        let count = self.receive(Duration::from_secs(5), heard)?;
        ensure!(count > 0, "nothing came for five seconds");
        Ok(())
    }
}

impl Member {
    fn read(&mut self, space: &mut [u8], mut heard: impl FnMut(&[u8])) -> Result<()> {
        let kept = self.rest.len();
        space[..kept].copy_from_slice(&self.rest);
        let count = match self.stream.read(&mut space[kept..]) {
            Ok(0) => bail!("the server closed a connection"),
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error).context("a connection broke"),
        };
        let mut bytes = &space[..kept + count];
        while let Some(whole) = Prefix::Four.first(bytes) {
            let (frame, behind) = bytes.split_at(whole);
            match pong(frame) {
                Some(pong) => self.stream.write_all(&pong)?,
                None => heard(frame),
            }
            bytes = behind;
        }
        self.rest.clear();
        self.rest.extend_from_slice(bytes);
        Ok(())
    }
}

/// Waits for the greeting, and answers it.
pub fn greeted(mut stream: TcpStream) -> Result<TcpStream> {
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let mut greeting = [0; 256];
    let mut filled = 0;
    while Prefix::Four.first(&greeting[..filled]).is_none() {
        let count = stream.read(&mut greeting[filled..])?;
        ensure!(count > 0, "the server closed the connection");
        filled += count;
    }
    stream.set_nodelay(true)?;
    stream.write_all(answer(&greeting[..filled])?)?;
    stream.set_nonblocking(true)?;
    Ok(stream)
}

const AT_ONCE: usize = 64;
