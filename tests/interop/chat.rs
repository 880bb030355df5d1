//! Our chat server, with Python's `ConnectionListener`s and our own client in one room.
//! What a misbehaving client does to it is in `faults.rs`.

use std::net::SocketAddr;

use tests::{Example, Process, Python};

#[test]
fn two_python_clients_and_a_rust_client_converse_on_our_server() {
    let Some(python) = Python::find() else { return };
    let server = Example::Chat.server();
    let (mut ada, mut bob) = two_python_clients(python, server.addr);
    let mut cleo = Example::Chat.client(server.addr);
    cleo.says(&[&format!("connected to {}", server.addr)]);
    let mut all = [&mut ada, &mut bob, &mut cleo];
    all_hear(&mut all, &[JOINED, "players: Anonymous, Anonymous, Anonymous"]);

    all[1].tell("Bob");
    all_hear(&mut all, &["players: Anonymous, Bob, Anonymous"]);
    all[2].tell("Cleo");
    all_hear(&mut all, &["players: Anonymous, Bob, Cleo"]);
    all[0].tell("Ada");
    all_hear(&mut all, &["players: Ada, Bob, Cleo"]);

    all[0].tell("Hello everyone!");
    all_hear(&mut all, &["Ada: Hello everyone!"]);
    all[2].tell("Hi Ada, this is Rust.");
    all_hear(&mut all, &["Cleo: Hi Ada, this is Rust."]);
    all[1].tell("And this is Python.");
    all_hear(&mut all, &["Bob: And this is Python."]);

    bob.close_input();
    bob.says(&["disconnected"]);
    assert!(bob.succeeds().is_empty());
    all_hear(&mut [&mut ada, &mut cleo], &["* Bob left the chat", "players: Ada, Cleo"]);
    cleo.close_input();
    cleo.says(&["disconnected: closed by this side: the client left"]);
    assert!(cleo.succeeds().is_empty());
    ada.says(&["* Cleo left the chat", "players: Ada"]);
    ada.tell("Nobody here?");
    ada.says(&["Ada: Nobody here?"]);
    server.ends_well();
}

#[test]
fn texts_of_all_sorts_pass_unchanged() {
    let Some(python) = Python::find() else { return };
    let server = Example::Chat.server();
    let mut ada = python_client(python, server.addr);
    ada.says(&[JOINED, "players: Anonymous"]);
    let mut zoe = Example::Chat.client(server.addr);
    zoe.says(&[&format!("connected to {}", server.addr)]);
    let mut all = [&mut ada, &mut zoe];
    all_hear(&mut all, &[JOINED, "players: Anonymous, Anonymous"]);
    all[0].tell("¡Adá! 世界");
    all_hear(&mut all, &["players: ¡Adá! 世界, Anonymous"]);
    all[1].tell("Zoë 🎮");
    all_hear(&mut all, &["players: ¡Adá! 世界, Zoë 🎮"]);

    // The lengths are those at which MessagePack changes its header, and one near the limit of a frame.
    let long = [31, 32, 255, 256, 65_000].map(|length| "x".repeat(length));
    let texts = ["¡Hola, 世界! 🎮 \u{10ffff} e\u{301}", r#""quoted" \ 'text'"#, r#"{"action": "message"}"#];
    for text in texts.into_iter().chain(long.iter().map(|text| &**text)) {
        all[0].tell(text);
        all_hear(&mut all, &[&format!("¡Adá! 世界: {text}")]);
        all[1].tell(text);
        all_hear(&mut all, &[&format!("Zoë 🎮: {text}")]);
    }
    all[0].tell(r#"/raw {"action": "message", "text": ""}"#);
    all_hear(&mut all, &["¡Adá! 世界: "]);
    server.ends_well();
}

#[test]
fn what_our_client_sends_before_its_input_ends_arrives() {
    let Some(python) = Python::find() else { return };
    let server = Example::Chat.server();
    let mut ada = python_client(python, server.addr);
    ada.says(&[JOINED, "players: Anonymous"]);

    let mut bob = Example::Chat.client(server.addr);
    bob.tell("Bob");
    for count in 0..50 {
        bob.tell(&format!("line {count}"));
    }
    bob.close_input();
    bob.succeeds();

    ada.says(&[JOINED, "players: Anonymous, Anonymous", "players: Anonymous, Bob"]);
    for count in 0..50 {
        ada.says(&[&format!("Bob: line {count}")]);
    }
    ada.says(&["* Bob left the chat", "players: Anonymous"]);
    server.ends_well();
}

#[test]
fn a_killed_python_client_leaves_the_room() {
    let Some(python) = Python::find() else { return };
    let server = Example::Chat.server();
    let (mut ada, mut bob) = two_python_clients(python, server.addr);
    let mut cleo = Example::Chat.client(server.addr);
    cleo.says(&[&format!("connected to {}", server.addr)]);
    let mut all = [&mut ada, &mut bob, &mut cleo];
    all_hear(&mut all, &[JOINED, "players: Anonymous, Anonymous, Anonymous"]);
    all[1].tell("Bob");
    all_hear(&mut all, &["players: Anonymous, Bob, Anonymous"]);

    bob.kill();
    let mut others = [&mut ada, &mut cleo];
    all_hear(&mut others, &["* Bob left the chat", "players: Anonymous, Anonymous"]);
    others[1].tell("Cleo");
    all_hear(&mut others, &["players: Anonymous, Cleo"]);
    server.ends_well();
}

#[cfg(unix)]
#[test]
fn python_clients_hear_that_our_server_stops() {
    let Some(python) = Python::find() else { return };
    let mut server = Example::Chat.server();
    let (mut ada, mut bob) = two_python_clients(python, server.addr);
    server.process.terminate();
    for client in [&mut ada, &mut bob] {
        client.says(&["disconnected"]);
        assert!(client.succeeds().is_empty());
    }
    server.process.succeeds();
}

/// A Python client that is connected. What the room says of it is still to be heard.
pub(crate) fn python_client(python: &Python, addr: SocketAddr) -> Process {
    let mut client = python.client("chat_client.py", addr);
    // The library reports `connected` by itself; the second is the server's greeting.
    client.says(&["connected", "connected"]);
    client
}

/// Two Python clients that have heard everything so far.
pub(crate) fn two_python_clients(python: &Python, addr: SocketAddr) -> (Process, Process) {
    let mut first = python_client(python, addr);
    first.says(&[JOINED, "players: Anonymous"]);
    let mut second = python_client(python, addr);
    all_hear(&mut [&mut first, &mut second], &[JOINED, "players: Anonymous, Anonymous"]);
    (first, second)
}

/// Checks that the same lines come next to everyone.
pub(crate) fn all_hear(who: &mut [&mut Process], lines: &[&str]) {
    for process in who {
        process.says(lines);
    }
}

pub(crate) const JOINED: &str = "* Anonymous joined the chat";
