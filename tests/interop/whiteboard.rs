//! Our whiteboard server, with Python clients: everyone sees the same, whoever draws and whenever they came.

use std::net::SocketAddr;

use tests::{Example, Process, Python};

use crate::chat::all_hear;

#[test]
fn what_python_clients_draw_is_relayed_and_kept() {
    let Some(python) = Python::find() else { return };
    let server = Example::Whiteboard.server();
    let mut ada = joined(python, server.addr, "{}");
    ada.says(&["players {'count': 1}"]);
    ada.tell("/raw {'action': 'startline', 'point': (10, 20.5), 'color': (255, 0, 128), 'thickness': 3}");
    ada.says(&["startline {'id': '0', 'point': [10.0, 20.5], 'color': [255, 0, 128], 'thickness': 3}"]);

    let line = |points: &str| {
        format!("{{'0': {{'lines': [{{'points': [{points}], 'color': [255, 0, 128], 'thickness': 3}}]}}}}")
    };
    let mut bob = joined(python, server.addr, &line("[10.0, 20.5]"));
    let mut all = [&mut ada, &mut bob];
    all_hear(&mut all, &["players {'count': 2}"]);
    all[0].tell("/raw {'action': 'drawpoint', 'point': [11, 21]}");
    all_hear(&mut all, &["drawpoint {'id': '0', 'point': [11.0, 21.0]}"]);
    all[0].tell("/raw {'action': 'drawpoint', 'point': [12, 22], 'color': [255, 0, 128], 'thickness': 3, 'more': 1}");
    all_hear(&mut all, &["drawpoint {'id': '0', 'point': [12.0, 22.0], 'color': [255, 0, 128], 'thickness': 3}"]);

    all[1].tell("/raw {'action': 'startline', 'point': [0, 0], 'color': [0, 0, 0], 'thickness': 1}");
    all_hear(&mut all, &["startline {'id': '1', 'point': [0.0, 0.0], 'color': [0, 0, 0], 'thickness': 1}"]);
    bob.close_input();
    bob.says(&["disconnected"]);
    ada.says(&["players {'count': 1}"]);

    // What is drawn stays when its artist goes.
    let both = line("[10.0, 20.5], [11.0, 21.0], [12.0, 22.0]");
    let points = "'points': [[0.0, 0.0]], 'color': [0, 0, 0], 'thickness': 1";
    let both = both.replace("]}}", &format!("]}}, '1': {{'lines': [{{{points}}}]}}}}"));
    let mut cleo = joined(python, server.addr, &both);
    all_hear(&mut [&mut ada, &mut cleo], &["players {'count': 2}"]);
    server.ends_well();
}

#[test]
fn what_cannot_be_drawn_is_not_relayed() {
    let Some(python) = Python::find() else { return };
    let server = Example::Whiteboard.server();
    let mut ada = joined(python, server.addr, "{}");
    ada.says(&["players {'count': 1}"]);
    for wrong in [
        "'point': [1], 'color': [1, 2, 3], 'thickness': 1",
        "'point': [1, 2, 3], 'color': [1, 2, 3], 'thickness': 1",
        "'point': [1, 2], 'color': [256, 0, 0], 'thickness': 1",
        "'point': [1, 2], 'color': 'red', 'thickness': 1",
        "'point': [1, 2], 'color': [1, 2, 3], 'thickness': 0",
        "'point': [1, 2], 'color': [1, 2, 3], 'thickness': 1000000",
    ] {
        ada.tell(&format!("/raw {{'action': 'startline', {wrong}}}"));
    }
    ada.tell("/raw {'action': 'startline', 'point': [1, 2], 'color': [1, 2, 3], 'thickness': 100}");
    ada.says(&["startline {'id': '0', 'point': [1.0, 2.0], 'color': [1, 2, 3], 'thickness': 100}"]);
    server.ends_well();
}

/// A Python client that was told what is on the board.
fn joined(python: &Python, addr: SocketAddr, lines: &str) -> Process {
    let mut client = python.client("whiteboard_client.py", addr);
    client.says(&["connected", "connected", &format!("initial {{'lines': {lines}}}")]);
    client
}
