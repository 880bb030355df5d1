//! The examples as programs: their demos, their first lines, and how they end.

use tests::Example;

#[test]
fn every_demo_shows_what_it_should_and_succeeds() {
    let check = |example: Example, expected: &[&str]| {
        let said = example.demo().succeeds();
        for line in expected {
            assert!(said.iter().any(|said| said.contains(line)), "{example:?} did not say {line:?}: {said:#?}");
        }
    };
    check(Example::Hello, &["Hi Ada!"]);
    check(
        Example::Chat,
        &["Bob hears: Ada: Hello everyone!", "Cleo hears: Bob: Hi Ada!", "Ada hears: * Cleo left the chat"],
    );
    check(Example::LagTime, &["ping 9 took"]);
    check(Example::Echo, &["heard 10000 echoes"]);
    check(Example::Recovery, &["the server stops", "recovered 5 points", "10 points"]);
}

#[cfg(unix)]
#[test]
fn a_launched_server_ends_cleanly_when_it_is_asked_to() {
    for example in [Example::Hello, Example::Chat, Example::LagTime, Example::Echo] {
        let mut server = example.server();
        server.process.terminate();
        let (status, left) = server.process.ends();
        assert!(status.success(), "{example:?}: {status}");
        assert!(left.is_empty(), "{example:?}: {left:?}");
    }
}

#[test]
fn a_client_without_a_server_says_so_and_fails() {
    let nowhere = "127.0.0.1:1".parse().unwrap();
    for example in [Example::Hello, Example::Chat, Example::LagTime, Example::Echo] {
        let mut client = example.client(nowhere);
        let (status, _) = client.ends();
        assert_eq!(status.code(), Some(1), "{example:?}");
        assert!(client.transcript().contains("the server is not running"), "{}", client.transcript());
    }
}

#[test]
fn the_chat_client_works_under_a_pipe_and_ends_with_its_input() {
    let server = Example::Chat.server();
    let mut listener = Example::Chat.client(server.addr);
    listener.tell("Bob");
    listener.expect_line("Bob in the list", |line| line == "players: Bob");
    let mut speaker = Example::Chat.client(server.addr);
    for line in ["Ada", "one", "two"] {
        speaker.tell(line);
    }
    speaker.close_input();
    speaker.succeeds();
    for expected in ["Ada: one", "Ada: two", "* Ada left the chat", "players: Bob"] {
        listener.expect_line(expected, |line| line == expected);
    }
    listener.close_input();
    listener.succeeds();
}
