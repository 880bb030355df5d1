//! Servers written in Python with the published library, and our clients on them.
//! Python clients are here only where they share a room with ours.

use tests::{Example, Python, Server};

use crate::chat::{JOINED, all_hear, python_client};

#[test]
fn rust_clients_and_a_python_client_converse_on_a_python_server() {
    let Some(python) = Python::find() else { return };
    let mut server = python.server("chat_server.py");
    let mut ada = python_client(python, server.addr);
    ada.says(&[JOINED, "players: Anonymous"]);
    let mut bob = Example::Chat.client(server.addr);
    bob.says(&[&format!("connected to {}", server.addr)]);
    all_hear(&mut [&mut ada, &mut bob], &[JOINED, "players: Anonymous, Anonymous"]);
    let mut cleo = Example::Chat.client(server.addr);
    cleo.says(&[&format!("connected to {}", server.addr)]);
    let mut all = [&mut ada, &mut bob, &mut cleo];
    all_hear(&mut all, &[JOINED, "players: Anonymous, Anonymous, Anonymous"]);

    all[1].tell("Bob 🎮");
    all_hear(&mut all, &["players: Anonymous, Bob 🎮, Anonymous"]);
    all[0].tell("Ada");
    all_hear(&mut all, &["players: Ada, Bob 🎮, Anonymous"]);
    all[1].tell("¡Hola, 世界!");
    all_hear(&mut all, &["Bob 🎮: ¡Hola, 世界!"]);
    all[0].tell("Hi Bob.");
    all_hear(&mut all, &["Ada: Hi Bob."]);

    cleo.kill();
    all_hear(&mut [&mut ada, &mut bob], &["* Anonymous left the chat", "players: Ada, Bob 🎮"]);
    bob.tell("A last word.");
    bob.close_input();
    // Whether it still hears its own last word depends on who is faster.
    let left = "disconnected: closed by this side: the client left";
    bob.expect_line(left, |line| line == left);
    bob.succeeds();
    ada.says(&["Bob 🎮: A last word.", "* Bob 🎮 left the chat", "players: Ada"]);
    server.process.says(&["Anonymous left", "Bob 🎮 left"]);
}

#[test]
fn our_lag_time_client_answers_a_python_server() {
    let Some(python) = Python::find() else { return };
    let mut server = python.server("lag_time_server.py");
    let mut client = Example::LagTime.client(server.addr);
    for count in 0..10 {
        client.says(&[&format!("ping {count}")]);
    }
    // The eleventh ping may have come before the client closed.
    let left = "disconnected: closed by this side: measured";
    client.expect_line(left, |line| line == left);
    client.succeeds();
    // Also the tenth, which was sent just before the client closed.
    for count in 0..10 {
        server.process.says(&[&format!("answered {count}")]);
    }
    server.process.says(&["left"]);
}

#[test]
fn our_echo_client_hears_all_its_messages_from_a_python_server() {
    let Some(python) = Python::find() else { return };
    let mut server = python.server("echo_server.py");
    let mut client = Example::Echo.client(server.addr);
    client.expect_line("the result", |line| line.starts_with("heard 10000 echoes in "));
    client.succeeds();
    server.process.says(&["heard 10000 of ['action str, x float, y float, id int']"]);
}

#[test]
fn our_client_ends_when_a_python_server_stops() {
    let Some(python) = Python::find() else { return };
    let check = |stop: fn(&mut Server)| {
        let mut server = python.server("chat_server.py");
        let mut client = Example::Chat.client(server.addr);
        client.says(&[&format!("connected to {}", server.addr), JOINED, "players: Anonymous"]);
        stop(&mut server);
        client.says(&["disconnected: the peer left"]);
        assert!(client.succeeds().is_empty());
    };
    check(|server| server.process.tell("stop"));
    check(|server| server.process.kill());
}

#[test]
fn our_client_says_that_a_python_server_is_gone() {
    let Some(python) = Python::find() else { return };
    let mut server = python.server("chat_server.py");
    server.process.tell("stop");
    server.process.says(&["stopped"]);
    server.process.succeeds();
    let mut client = Example::Chat.client(server.addr);
    let (status, _) = client.ends();
    assert!(!status.success(), "{}", client.transcript());
    assert!(client.errors().contains("the server is not running"), "{}", client.transcript());
}

#[test]
fn what_a_python_server_should_not_send_does_not_disturb_our_client() {
    let Some(python) = Python::find() else { return };
    let mut server = python.server("chat_server.py");
    let mut client = Example::Chat.client(server.addr);
    client.says(&[&format!("connected to {}", server.addr), JOINED, "players: Anonymous"]);
    for (index, message) in UNWANTED_BY_CLIENTS.iter().enumerate() {
        server.process.tell(message);
        server.process.tell(&format!(r#"/raw {{"action": "system", "text": "still here {index}"}}"#));
        client.says(&[&format!("* still here {index}")]);
    }
    client.close_input();
    client.says(&["disconnected: closed by this side: the client left"]);
    client.succeeds();
    // Each was reported, and none taken for more than it was.
    let errors = client.errors();
    assert_eq!(errors.lines().count(), UNWANTED_BY_CLIENTS.len(), "{errors}");
    assert!(errors.lines().all(|line| line.starts_with("refused a message: ")), "{errors}");
}

const UNWANTED_BY_CLIENTS: [&str; 12] = [
    r#"/raw {"action": "connected"}"#,
    r#"/raw {"action": "disconnected"}"#,
    r#"/raw {"action": "error", "error": "[Errno 111] faked"}"#,
    r#"/raw {"action": "socketConnect"}"#,
    r#"/raw {"action": "dance", "style": "waltz"}"#,
    r#"/raw {"action": "message", "text": "without a nickname"}"#,
    r#"/raw {"action": "players", "list": "not a list"}"#,
    r#"/raw {"action": "players", "list": ["Ada", 5]}"#,
    r#"/raw {"action": "system", "text": 1e999}"#,
    r#"/raw {"action": 5}"#,
    r#"/raw {"text": "without an action"}"#,
    r#"/raw ["not", "a", "map"]"#,
];
