//! Our server of `recovery` and Python clients: what they have scored survives their connection, and the server.

use std::path::Path;
use std::process::Command;

use tests::{Example, Process, Python, Server};

/// A server that keeps its players in this file.
fn server(file: &Path) -> Server {
    let mut command = Command::new(Example::Recovery.path());
    command.args(["server", "127.0.0.1", "0"]).env("RECOVERY_FILE", file);
    Server::of(Process::start("Rust recovery server", &mut command))
}

/// A client that was given a name, and the name.
fn client(python: &Python, server: &Server) -> (Process, String) {
    let mut client = python.client("recovery_client.py", server.addr);
    client.says(&["connected", "connected"]);
    let line = client.next_line();
    let name = line.strip_prefix("session ").unwrap_or_else(|| panic!("{line}")).to_owned();
    (client, name)
}

#[test]
fn what_a_python_player_has_scored_survives_a_restart_of_the_server() {
    let Some(python) = Python::find() else { return };
    let file = std::env::temp_dir().join(format!("repod-recovery-test-{}.redb", std::process::id()));
    let first = server(&file);
    let (mut player, name) = client(python, &first);
    player.tell("score 3");
    player.says(&["points 3"]);
    player.tell("score 4");
    player.says(&["points 7"]);
    first.ends_well();
    player.says(&["disconnected"]);

    let second = server(&file);
    let (mut player, renewed) = client(python, &second);
    assert_ne!(renewed, name);
    player.tell(&format!("recover {name}"));
    player.says(&["recovered {'points': 7}"]);
    player.tell("score 1");
    player.says(&["points 8"]);

    // A name can be used once, and the state goes on under the new one.
    let (mut other, _) = client(python, &second);
    other.tell(&format!("recover {name}"));
    other.says(&["nothing to recover"]);
    assert!(other.next_line().starts_with("session "));
    other.tell(&format!("recover {renewed}"));
    other.says(&["recovered {'points': 8}"]);
    second.ends_well();
    std::fs::remove_file(file).unwrap();
}
