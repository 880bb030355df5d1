//! The examples as programs: their demos, their first lines, and how they end.

use std::time::Duration;

use tests::{Example, Process, examples};

#[test]
fn every_demo_shows_what_it_should_and_succeeds() {
    let check = |example: Example, expected: &[&str]| says(example, &mut example.demo(), expected);
    check(Example::Hello, &["Hi Ada!"]);
    check(
        Example::Chat,
        &["Bob hears: Ada: Hello everyone!", "Cleo hears: Bob: Hi Ada!", "Ada hears: * Cleo left the chat"],
    );
    check(Example::LagTime, &["ping 9 took"]);
    check(Example::Echo, &["heard 10000 echoes"]);
    check(Example::Recovery, &["the server stops", "recovered 5 points", "10 points"]);
    let silent = "whose server does not ask: nothing came from the peer for 2 s";
    check(Example::Keepalive, &["who did not answer: closed by the peer", "who did answer is still here", silent]);
}

#[test]
fn every_game_is_played_and_painted_without_a_display() {
    let folder = examples::target_folder().join("pictures");
    std::fs::create_dir_all(&folder).unwrap();
    let check = |example: Example, expected: &[&str]| {
        let picture = folder.join(format!("{example:?}.png"));
        let _ = std::fs::remove_file(&picture);
        says(example, &mut example.demo_with_picture(&picture), expected);
        let bytes = std::fs::read(&picture).unwrap();
        let size = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
        assert!(bytes.starts_with(b"\x89PNG"), "{example:?}");
        assert_eq!((size(16), size(20)), (800, 600), "{example:?}");
        // A picture of nothing is smaller.
        assert!(bytes.len() > 3500, "{example:?}: {}", bytes.len());
    };
    check(
        Example::Pong,
        &["Cleo cannot join: two are playing", "Ada sees: you win!", "Bob sees: you lose", "Bob has left"],
    );
    check(Example::Tag, &["1 has caught", "1 is alone, and it"]);
    check(
        Example::Whiteboard,
        &["19 lines with 577 points", "who came late sees them all", "one is left, and 19 lines"],
    );
}

/// Checks that a demo says these things, and succeeds.
fn says(example: Example, demo: &mut Process, expected: &[&str]) {
    let (status, said) = demo.ends_within(LONGEST_DEMO);
    assert!(status.success(), "{example:?}: {status}\n{}", demo.transcript());
    for line in expected {
        assert!(said.iter().any(|said| said.contains(line)), "{example:?} did not say {line:?}: {said:#?}");
    }
}

#[cfg(unix)]
#[test]
fn a_launched_server_ends_cleanly_when_it_is_asked_to() {
    for example in Example::ALL {
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
    for example in Example::ALL {
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

/// The games take the time that their players need.
const LONGEST_DEMO: Duration = Duration::from_secs(60);
