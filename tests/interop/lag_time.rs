//! Our lag_time server, with Python clients and our own.
//! A Python server is in `python_server.rs`.

use tests::{Example, Python};

#[test]
fn a_python_client_answers_ten_pings_of_our_server() {
    let Some(python) = Python::find() else { return };
    let mut server = Example::LagTime.server();
    let mut client = python.client("lag_time_client.py", server.addr);
    client.says(&["connected", "connected"]);
    for count in 0..10 {
        client.says(&[&format!("ping {count}")]);
    }
    client.says(&["disconnected"]);
    assert!(client.succeeds().is_empty());
    // The library drops what it was given just before it is closed, so the tenth answer may be missing.
    for count in 0..9 {
        let line = server.process.next_line();
        assert!(line.contains(&format!(": ping {count} took ")), "{line}");
    }
    server.ends_well();
}

#[test]
fn python_and_rust_clients_are_measured_side_by_side() {
    let Some(python) = Python::find() else { return };
    let server = Example::LagTime.server();
    let mut theirs = [(); 2].map(|()| python.client("lag_time_client.py", server.addr));
    let mut ours = Example::LagTime.client(server.addr);
    let pings: Vec<String> = (0..10).map(|count| format!("ping {count}")).collect();
    for client in &mut theirs {
        client.says(&["connected", "connected"]);
        let lines = client.succeeds();
        assert_eq!(lines.split_last(), Some((&"disconnected".to_owned(), &pings[..])));
    }
    let left = "disconnected: closed by this side: measured".to_owned();
    assert_eq!(ours.succeeds(), [pings, vec![left]].concat());
    server.ends_well();
}
