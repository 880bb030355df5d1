//! Our tag server, with Python clients: what they are told, and what they may say.

use std::net::SocketAddr;

use tests::{Example, Process, Python};

use crate::pong::see;

#[test]
fn a_python_client_catches_another() {
    let Some(python) = Python::find() else { return };
    let server = Example::Tag.server();
    let mut ada = entered(python, server.addr, 1);
    see(&mut ada, "it == 1 and list(players) == [1] and sorted(players[1]) == ['color', 'x', 'y']");
    let mut bob = entered(python, server.addr, 2);
    see(&mut bob, "it == 1 and sorted(players) == [1, 2] and len(players[2]['color']) == 3");

    for player in [&mut ada, &mut bob] {
        player.tell("input 0 1");
    }
    // Both are at the lower wall, and nothing is between them.
    see(&mut ada, "players[1]['y'] == players[2]['y'] == 586.0");
    ada.tell("input 25 0");
    for player in [&mut ada, &mut bob] {
        player.says(&["tagged {'tagger': 1, 'tagged': 2}"]);
        see(player, "it == 2");
    }

    bob.close_input();
    see(&mut ada, "it == 1 and list(players) == [1]");
    server.ends_well();
}

#[test]
fn a_direction_that_is_none_leaves_the_player_and_the_connection_alone() {
    let Some(python) = Python::find() else { return };
    let server = Example::Tag.server();
    let mut ada = entered(python, server.addr, 1);
    for wrong in ["'dx': 'left', 'dy': 0", "'dx': 1", "'dx': None, 'dy': None", "'dx': [1], 'dy': 1"] {
        ada.tell(&format!("/raw {{'action': 'input', {wrong}}}"));
    }
    ada.tell("input inf nan");
    see(&mut ada, "players[1]['x'] == 80.0 and players[1]['y'] == 80.0");
    ada.tell("/raw {'action': 'input', 'dx': 0, 'dy': -1}");
    see(&mut ada, "players[1]['x'] == 80.0 and players[1]['y'] == 14.0");
    server.ends_well();
}

/// A Python client that was told who it is, and where everything is.
fn entered(python: &Python, addr: SocketAddr, id: u32) -> Process {
    let mut client = python.client("tag_client.py", addr);
    let setup = format!(
        "setup {{'your_id': {id}, 'obstacles': [{{'x': 360, 'y': 260, 'w': 80, 'h': 80}}, \
         {{'x': 150, 'y': 120, 'w': 120, 'h': 30}}, {{'x': 530, 'y': 120, 'w': 30, 'h': 120}}, \
         {{'x': 240, 'y': 360, 'w': 30, 'h': 120}}, {{'x': 530, 'y': 450, 'w': 120, 'h': 30}}], \
         'arena': {{'w': 800, 'h': 600}}, 'radius': 14}}"
    );
    client.says(&["connected", "connected", &setup]);
    client
}
