//! What Python clients do wrong on our chat server, and that it harms nobody.
//! Bytes that are no MessagePack at all are the business of the hostile tests.

use tests::{Example, Process, Python, Server};

use crate::chat::{JOINED, all_hear, python_client, two_python_clients};

#[test]
fn an_unwanted_message_leaves_the_connection_usable() {
    let Some(python) = Python::find() else { return };
    let (server, mut ada, mut bob) = room(python);
    let unwanted = [
        // Unknown.
        r#"{"action": "dance", "style": "waltz"}"#,
        r#"{"action": "x\n12:00 [+] forged \x1b[2J"}"#,
        r#"{"action": ""}"#,
        r#"{"action": "repod.hello", "repod": {"version": 1}}"#,
        // What the Python library takes for news of its connection.
        r#"{"action": "disconnected"}"#,
        r#"{"action": "connected"}"#,
        r#"{"action": "error", "error": "faked"}"#,
        r#"{"action": "socketConnect"}"#,
        // Without what belongs to it.
        r#"{"action": "message"}"#,
        r#"{"action": "nickname", "nick": "Eve"}"#,
        // With something else.
        r#"{"action": "nickname", "nickname": 5}"#,
        r#"{"action": "nickname", "nickname": None}"#,
        r#"{"action": "message", "text": b"bytes"}"#,
        r#"{"action": "message", "text": ["a", "list"]}"#,
        r#"{"action": "message", "text": "hi", "volume": 1e999}"#,
        // Without an action that is one.
        r#"{"text": "hi"}"#,
        r#"{"action": 5, "text": "hi"}"#,
        r#"{"action": None}"#,
        r#"{"action": b"message", "text": "hi"}"#,
        r#"{}"#,
        r#"["message", "hi"]"#,
        r#""message""#,
    ];
    for (index, message) in unwanted.iter().enumerate() {
        bob.tell(&format!("/raw {message}"));
        bob.tell(&format!("still here {index}"));
        all_hear(&mut [&mut ada, &mut bob], &[&format!("Bob: still here {index}")]);
    }
    ada.tell("Ada");
    all_hear(&mut [&mut ada, &mut bob], &["players: Ada, Bob"]);
    server.ends_well();
}

#[test]
fn too_many_unwanted_messages_close_one_client_only() {
    let Some(python) = Python::find() else { return };
    let (server, mut ada, mut bob) = room(python);
    // All at once: it will not read them all before it ends.
    bob.tell(&[r#"/raw {"action": "dance"}"#; 40].join("\n"));
    bob.says(&["disconnected"]);
    bob.succeeds();
    bob_is_gone(server, &mut ada);
}

#[test]
fn a_frame_beyond_the_limit_closes_one_client_only() {
    let Some(python) = Python::find() else { return };
    let (server, mut ada, mut bob) = room(python);
    bob.tell(&"x".repeat(70_000));
    bob.says(&["disconnected"]);
    bob.succeeds();
    bob_is_gone(server, &mut ada);
}

#[test]
fn a_frame_nested_too_deep_closes_one_client_only() {
    let Some(python) = Python::find() else { return };
    let (server, mut ada, mut bob) = room(python);
    let deep = format!("{}{}", "[".repeat(60), "]".repeat(60));
    bob.tell(&format!(r#"/raw {{"action": "message", "text": {deep}}}"#));
    bob.says(&["disconnected"]);
    bob.succeeds();
    bob_is_gone(server, &mut ada);
}

/// A room with Ada, who has no nickname yet, and Bob.
fn room(python: &Python) -> (Server, Process, Process) {
    let server = Example::Chat.server();
    let (mut ada, mut bob) = two_python_clients(python, server.addr);
    bob.tell("Bob");
    all_hear(&mut [&mut ada, &mut bob], &["players: Anonymous, Bob"]);
    (server, ada, bob)
}

/// Checks that Ada saw Bob leave, that the room goes on, and that a new client may join.
fn bob_is_gone(server: Server, ada: &mut Process) {
    ada.says(&["* Bob left the chat", "players: Anonymous"]);
    ada.tell("Ada");
    ada.says(&["players: Ada"]);
    let Some(python) = Python::find() else { return };
    let mut cleo = python_client(python, server.addr);
    all_hear(&mut [ada, &mut cleo], &[JOINED, "players: Ada, Anonymous"]);
    server.ends_well();
}
