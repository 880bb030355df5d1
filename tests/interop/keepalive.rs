//! Our keepalive server, with Python clients: those that answer stay, those that do not are let go.

use tests::{Example, Python};

#[test]
fn a_python_client_stays_as_long_as_it_answers() {
    let Some(python) = Python::find() else { return };
    let mut server = Example::Keepalive.server();
    let mut awake = python.client("keepalive_client.py", server.addr);
    let mut asleep = python.client("keepalive_client.py", server.addr);
    for client in [&mut awake, &mut asleep] {
        client.says(&["connected", "connected"]);
        // Longer than the server's patience: they are heard.
        client.says(&["ping"; 6]);
    }
    asleep.tell("sleep");
    asleep.expect_line("disconnected", |line| line == "disconnected");
    assert!(asleep.succeeds().is_empty());
    server.process.expect_line("a timeout", |line| line.ends_with("is gone: nothing came from the peer for 2 s"));

    // Everything that was said until now is looked at, and then there is more.
    awake.says(&["ping"; 10]);
    server.ends_well();
}
