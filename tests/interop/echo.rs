//! Our echo server, and numbers as Python writes them.
//! A Python server is in `python_server.rs`.

use tests::{Example, Python};

#[test]
fn numbers_of_a_python_client_come_back_as_their_types() {
    let Some(python) = Python::find() else { return };
    let server = Example::Echo.server();
    let mut client = python.client("echo_client.py", server.addr);
    client.says(&["connected", "connected"]);
    let mut check = |sent: &str, expected: &str| {
        client.tell(sent);
        client.says(&[&format!("echo {{'action': 'echo', {expected}}}")]);
    };
    check("{'x': 1.5, 'y': -2.25, 'id': 7}", "'x': 1.5, 'y': -2.25, 'id': 7");
    // Python sends whole numbers as ints, and fields in any order, beside others.
    check("{'x': 10, 'y': -20, 'id': 0}", "'x': 10.0, 'y': -20.0, 'id': 0");
    check("{'id': 4294967295, 'y': 0, 'x': -0.0}", "'x': -0.0, 'y': 0.0, 'id': 4294967295");
    check("{'x': 1, 'y': 2, 'id': 3, 'z': {1: [b'', None]}}", "'x': 1.0, 'y': 2.0, 'id': 3");
    check("{'x': 1.7976931348623157e308, 'y': 5e-324, 'id': 1}", "'x': 1.7976931348623157e+308, 'y': 5e-324, 'id': 1");
    check(
        "{'x': 18446744073709551615, 'y': -9223372036854775808, 'id': 2}",
        "'x': 1.8446744073709552e+19, 'y': -9.223372036854776e+18, 'id': 2",
    );
    server.ends_well();
}

#[test]
fn a_number_that_does_not_fit_is_refused_and_the_next_is_answered() {
    let Some(python) = Python::find() else { return };
    let server = Example::Echo.server();
    let mut client = python.client("echo_client.py", server.addr);
    client.says(&["connected", "connected"]);
    let wrong = [
        "{'x': 0, 'y': 0, 'id': 4294967296}",
        "{'x': 0, 'y': 0, 'id': -1}",
        "{'x': 0, 'y': 0, 'id': 3.0}",
        "{'x': '0', 'y': 0, 'id': 0}",
        "{'x': True, 'y': 0, 'id': 0}",
        "{'x': None, 'y': 0, 'id': 0}",
        // Infinite.
        "{'x': 1e999, 'y': 0, 'id': 0}",
        "{'x': 0, 'y': 0, 'id': 0, 'other': [-1e999]}",
    ];
    for (index, fields) in wrong.iter().enumerate() {
        client.tell(fields);
        client.tell(&format!("{{'x': 0, 'y': 0, 'id': {index}}}"));
        client.says(&[&format!("echo {{'action': 'echo', 'x': 0.0, 'y': 0.0, 'id': {index}}}")]);
    }
    server.ends_well();
}
