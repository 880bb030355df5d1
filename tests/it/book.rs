//! The book: what it says of limits and of the compiler is what the code says.
//! Its structure, its tutorial and its other claims are the business of `tests/book`.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use repod::proto::Limits;
use repod::{Reconnect, Sessions};

#[test]
fn the_errors_in_the_book_are_the_compilers_own_words() {
    let page = include_str!("../../docs/src/compile-errors.md");
    let mut checked = 0;
    for section in page.split("<!-- ").skip(1) {
        let (name, section) = section.split_once(" -->").unwrap();
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/fail").join(name);
        let source = std::fs::read_to_string(path.with_extension("rs")).unwrap();
        let error = std::fs::read_to_string(path.with_extension("stderr")).unwrap();
        let block = |fence: &str| section.split_once(fence).unwrap().1.split("\n```").next().unwrap().trim();
        assert!(source.contains(block("```rust,ignore\n")), "the code of {name} is another one");
        assert_eq!(block("```text\n"), error.trim(), "{name}");
        checked += 1;
    }
    assert!(checked >= 10);
}

#[test]
fn the_limits_in_the_book_are_those_of_the_code() {
    let page = include_str!("../../docs/src/limits.md");
    let (server, client) = (table(&Limits::server()), table(&Limits::client()));
    for ((name, server), (_, client)) in server.iter().zip(&client) {
        let row = format!("| `{name}` | {server} | {client} |");
        assert!(page.contains(&row), "docs/src/limits.md has no row that begins with:\n{row}");
    }
    let seconds = |time: Duration| format!("{} s", thousands(time.as_secs() as usize));
    let (sessions, reconnect) = (Sessions::default(), Reconnect::default());
    let more = [
        ("Sessions::resume_window", seconds(sessions.resume_window)),
        ("Sessions::ring", thousands(sessions.ring)),
        ("Sessions::suspended", thousands(sessions.suspended)),
        ("Sessions::patience", seconds(sessions.patience)),
        ("Sessions::tries_per_second", thousands(sessions.tries_per_second as usize)),
        ("Reconnect::ring", thousands(reconnect.ring)),
        ("Reconnect::base", format!("{} ms", reconnect.base.as_millis())),
        ("Reconnect::cap", seconds(reconnect.cap)),
        ("Reconnect::stable", seconds(reconnect.stable)),
        ("Reconnect::attempts", reconnect.attempts.map_or("none".to_owned(), |count| count.to_string())),
        ("Reconnect::LONGEST_WAIT", seconds(Reconnect::LONGEST_WAIT)),
    ];
    for (name, value) in &more {
        let row = format!("| `{name}` | {value} |");
        assert!(page.contains(&row), "docs/src/limits.md has no row that begins with:\n{row}");
    }
    let rows = page.lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(rows, server.len() + more.len());
}

/// Every limit by its name, as the book writes it.
fn table(limits: &Limits) -> Vec<(&'static str, String)> {
    let seconds = |time: Duration| format!("{} s", time.as_secs());
    let rate = |value: fn(&repod::proto::Rate) -> u32| match &limits.rate {
        Some(rate) => thousands(value(rate) as usize),
        None => "none".to_owned(),
    };
    let keepalive = limits.socket.keepalive.unwrap();
    vec![
        ("max_frame_in", thousands(limits.max_frame_in)),
        ("max_frame_out", thousands(limits.max_frame_out)),
        ("max_depth", thousands(limits.max_depth)),
        ("max_map_keys", thousands(limits.max_map_keys)),
        ("max_nodes", thousands(limits.max_nodes)),
        ("non_finite", format!("{:?}", limits.non_finite)),
        ("in_queue", thousands(limits.in_queue)),
        ("out_queue_bytes", thousands(limits.out_queue_bytes)),
        ("out_queue_messages", thousands(limits.out_queue_messages)),
        ("when_full", format!("{:?}", limits.when_full)),
        ("write_stall", seconds(limits.write_stall)),
        ("max_buffered_total", thousands(limits.max_buffered_total)),
        ("violations", thousands(limits.violations as usize)),
        ("rate.messages", rate(|rate| rate.messages)),
        ("rate.burst", rate(|rate| rate.burst)),
        ("rate.bytes", rate(|rate| rate.bytes)),
        ("frame_timeout", seconds(limits.frame_timeout)),
        ("handshake_timeout", seconds(limits.handshake_timeout)),
        ("ping_interval", seconds(limits.ping_interval)),
        ("dead_after", seconds(limits.dead_after)),
        ("socket.keepalive.idle", seconds(keepalive.idle)),
        ("socket.keepalive.interval", seconds(keepalive.interval)),
        ("socket.keepalive.probes", thousands(keepalive.probes as usize)),
        ("socket.user_timeout", seconds(limits.socket.user_timeout.unwrap())),
        ("socket.received", limits.socket.received.map_or("none".to_owned(), |bytes| thousands(bytes as usize))),
        ("socket.unsent", thousands(limits.socket.unsent.unwrap() as usize)),
        ("admission.connections", thousands(limits.admission.connections)),
        ("admission.per_address", thousands(limits.admission.per_address)),
        ("admission.opened_per_second", thousands(limits.admission.opened_per_second as usize)),
        ("admission.opened_at_once", thousands(limits.admission.opened_at_once as usize)),
    ]
}

fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        write!(text, "{digit}").unwrap();
    }
    text
}
