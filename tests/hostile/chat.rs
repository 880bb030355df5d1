//! The server of the chat example as it is: nothing was switched on, and it withstands the same.

use std::net::SocketAddr;
use std::process::Command;
use std::time::{Duration, Instant};

use tests::Example;

use crate::fixture::sample::Sample;
use crate::fixture::{Attacker, End, Subject, action, bare, frame, header, holds_within, message, text};

/// The example's server in a process of its own, and one who chats.
struct Room {
    process: Subject,
    addr: SocketAddr,
    guest: Attacker,
    baseline: Sample,
}

impl Room {
    fn open() -> Self {
        let mut command = Command::new(Example::Chat.path());
        command.args(["server", "127.0.0.1", "0"]);
        let process = Subject::start("chat", &mut command);
        let addr = process.line("listening on ").parse().expect("an address");
        let mut guest = Attacker::greeted(addr);
        guest.write(&action("nickname", &[("nickname", &text("Ada"))]));
        guest.hears("players").expect("a list");
        let before = Sample::of(process.pid()).descriptors;
        for _ in 0..8 {
            let mut other = Attacker::greeted(addr);
            other.write(&bare("dance"));
            other.hears("players").expect("a list");
        }
        let mut room = Self { baseline: Sample::default(), process, addr, guest };
        room.is_well("warm");
        assert!(holds_within(Duration::from_secs(10), || { Sample::of(room.process.pid()).descriptors <= before }));
        room.baseline = Sample::of(room.process.pid());
        room
    }

    /// The guest says something and hears it.
    fn is_well(&mut self, word: &str) {
        self.guest.write(&action("message", &[("text", &text(word))]));
        let start = Instant::now();
        loop {
            let frame = self.guest.hears("message").expect("the room answers");
            if crate::fixture::attacker::contains(&frame, &text(word)) {
                break;
            }
            assert!(start.elapsed() < Duration::from_secs(10));
        }
    }

    fn grown(&self) -> u64 {
        Sample::of(self.process.pid()).rss.saturating_sub(self.baseline.rss)
    }

    /// Only the guest is left, and nothing else.
    fn closes(mut self, growth: u64) {
        let pid = self.process.pid();
        let descriptors = self.baseline.descriptors;
        let mut heard = 0;
        let is_back = holds_within(Duration::from_secs(15), || {
            // The guest reads what the room tells it, or it would be slow itself.
            heard += u32::from(self.guest.frame(Duration::from_millis(1)).is_some());
            Sample::of(pid).descriptors <= descriptors
        });
        assert!(is_back, "{descriptors} descriptors before, {} now", Sample::of(pid).descriptors);
        self.is_well("fine");
        let grown = self.grown();
        assert!(grown <= growth, "memory grew by {grown} KiB");
        assert!(self.process.is_running());
        self.process.signal("TERM");
        let status = self.process.ends_within(Duration::from_secs(12));
        assert!(status.is_some_and(|status| status.success()), "{}", self.process.transcript());
        let transcript = self.process.transcript();
        assert!(!transcript.contains("panicked"), "{transcript}");
    }
}

#[test]
fn the_chat_server_refuses_the_worst_frames() {
    let mut room = Room::open();
    let nested = [&[0x91; 60_000][..], &[0xc0]].concat();
    for bytes in [
        vec![0xff; 4],
        vec![0; 4],
        b"GET / HTTP/1.1\r\n\r\n".to_vec(),
        frame(&message("message", &[("text", &nested)])),
        frame(&message("message", &[("text", &[0xdb, 0xff, 0xff, 0xff, 0xff])])),
        frame(&message("dance", &[("list", &[0xdd, 0xff, 0xff, 0xff, 0xff])])),
        frame(&[&message("message", &[("text", &text("x"))])[..], &[0xc1]].concat()),
        frame(&[0xc0]).repeat(100),
    ] {
        let mut attacker = Attacker::connect(room.addr);
        attacker.try_write(&bytes);
        assert_ne!(attacker.ends(), End::Open, "{:02x?}", &bytes[..bytes.len().min(20)]);
        room.is_well("still here");
    }
    room.closes(2 * 1024);
}

#[test]
fn the_chat_server_closes_who_never_reads() {
    let mut room = Room::open();
    let mut stuck = Attacker::connect(room.addr);
    room.is_well("hello");
    let start = Instant::now();
    let ballast = text(&"x".repeat(10_000));
    let mut is_closed = false;
    // The guest reads what it says itself; the other one does not.
    for round in 0..2_000 {
        room.guest.write(&action("message", &[("text", &ballast)]));
        room.guest.hears("message").expect("the room answers");
        if round % 20 == 0 {
            let left = Sample::of(room.process.pid()).descriptors;
            is_closed = left <= room.baseline.descriptors;
            assert!(room.grown() <= 1536, "memory grew by {} KiB", room.grown());
        }
        if is_closed {
            break;
        }
    }
    // It has ten seconds to read what the kernel still holds for it.
    assert!(start.elapsed() < Duration::from_secs(20));
    assert_ne!(stuck.ends(), End::Open);
    drop(stuck);
    room.closes(1536);
}

#[test]
fn the_chat_server_keeps_no_ghosts() {
    let mut room = Room::open();
    let mut players = 0;
    for round in 0..1_000 {
        let attacker = Attacker::connect(room.addr);
        if round % 3 == 0 {
            let mut attacker = attacker;
            attacker.try_write(&header(100));
            attacker.reset();
        } else {
            attacker.reset();
        }
        // Everyone who comes and goes is announced, and the guest reads it.
        while let Some(frame) = room.guest.frame(Duration::from_millis(1)) {
            players += u32::from(crate::fixture::attacker::contains(&frame, b"players"));
        }
    }
    assert!(players > 500, "{players} lists came");
    room.guest.write(&action("nickname", &[("nickname", &text("Last"))]));
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let list = room.guest.hears("players").expect("a list");
        if list.ends_with(&[&[0x91][..], &text("Last")].concat()) {
            break;
        }
        assert!(Instant::now() < deadline, "ghosts: {}", String::from_utf8_lossy(&list));
    }
    room.closes(4 * 1024);
}
