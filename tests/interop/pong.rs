//! Our pong server, with Python clients: what they are told, and what they may say.

use std::net::SocketAddr;

use tests::{Example, Process, Python};

#[test]
fn two_python_clients_play_and_a_third_finds_the_table_full() {
    let Some(python) = Python::find() else { return };
    let server = Example::Pong.server();
    let mut ada = seated(python, server.addr, 0);
    see(&mut ada, "game_state == 'waiting' and scores == [0, 0] and ball == {'x': 400.0, 'y': 300.0}");
    let mut bob = seated(python, server.addr, 1);
    for player in [&mut ada, &mut bob] {
        player.says(&["round_start"]);
        see(player, "game_state == 'playing' and type(scores[0]) is int and type(paddles[0]) is float");
    }

    let mut cleo = python.client("pong_client.py", server.addr);
    cleo.says(&["connected", "connected", "full", "disconnected"]);
    assert!(cleo.succeeds().is_empty());

    ada.tell("input -1");
    bob.tell("input 1");
    for player in [&mut ada, &mut bob] {
        see(player, "paddles == [45.0, 555.0]");
    }
    ada.tell("input 1");
    bob.tell("input 0");
    see(&mut bob, "100.0 < paddles[0] < 500.0 and paddles[1] == 555.0");

    bob.close_input();
    ada.expect_line("opponent_left", |line| line == "opponent_left");
    see(&mut ada, "game_state == 'waiting' and scores == [0, 0]");
    let mut dora = seated(python, server.addr, 1);
    dora.says(&["round_start"]);
    ada.says(&["round_start"]);
    server.ends_well();
}

#[test]
fn a_game_of_python_clients_ends_with_a_winner() {
    let Some(python) = Python::find() else { return };
    let server = Example::Pong.server();
    let (mut ada, mut bob) = (seated(python, server.addr, 0), seated(python, server.addr, 1));
    // With both paddles in a corner every serve is a point, and the one who lost it gets the next.
    for player in [&mut ada, &mut bob] {
        player.tell("input -1");
    }
    for player in [&mut ada, &mut bob] {
        player.says(&["round_start"; 5]);
        player.says(&["game_over {'winner': 1}"]);
        see(player, "game_state == 'finished' and scores == [0, 5]");
    }
    server.ends_well();
}

#[test]
fn a_direction_that_is_none_leaves_the_paddle_and_the_connection_alone() {
    let Some(python) = Python::find() else { return };
    let server = Example::Pong.server();
    let mut ada = seated(python, server.addr, 0);
    for wrong in ["2", "'up'", "None", "[1]", "1e300"] {
        ada.tell(&format!("/raw {{'action': 'input', 'direction': {wrong}}}"));
    }
    see(&mut ada, "paddles[0] == 300.0");
    ada.tell("input -1");
    see(&mut ada, "paddles[0] == 45.0");
    server.ends_well();
}

#[cfg(unix)]
#[test]
fn a_player_in_a_terminal_plays_against_a_python_client() {
    let Some(python) = Python::find() else { return };
    let server = Example::Pong.server();
    let (program, port) = (Example::Pong.path(), server.addr.port().to_string());
    let mut ada = python.start("terminal.py", &[program.to_str().unwrap(), "client", "127.0.0.1", &port, "--terminal"]);
    let shows = |terminal: &mut Process, text: &str| {
        terminal.tell(&format!("until {text}"));
        terminal.says(&[&format!("shows {text}")]);
    };
    shows(&mut ada, "waiting for the other player");
    let mut bob = seated(python, server.addr, 1);
    shows(&mut ada, "q: leave");

    ada.tell(r"key \x1b[A");
    see(&mut bob, "paddles[0] == 45.0");
    ada.tell("key s");
    see(&mut bob, "100.0 < paddles[0] < 500.0");
    ada.tell("key q");
    ada.says(&["ended 0"]);
    bob.expect_line("opponent_left", |line| line == "opponent_left");
    server.ends_well();
}

/// A Python client that was told where everything is.
fn seated(python: &Python, addr: SocketAddr, slot: usize) -> Process {
    let mut client = python.client("pong_client.py", addr);
    let setup = format!(
        "setup {{'slot': {slot}, 'field': {{'w': 800, 'h': 600}}, 'paddle': {{'w': 12, 'h': 90, 'margin': 30}}, \
         'ball_size': 10, 'win_score': 5}}"
    );
    client.says(&["connected", "connected", &setup]);
    client
}

/// Waits until a state comes that is like that.
pub(crate) fn see(player: &mut Process, what: &str) {
    player.tell(&format!("until {what}"));
    let seen = format!("seen {what}");
    player.expect_line(&seen, |line| line == seen);
}
