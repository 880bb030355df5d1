//! The errors at run time: the book has a row for every one of them, with its own words, and for nothing else.

use std::path::{Path, PathBuf};

use crate::page::Page;

/// The enums whose variants have rows, and where they are.
const ENUMS: [(&str, &str); 10] = [
    ("ServeError", "server/serve.rs"),
    ("ConnectError", "client/connect.rs"),
    ("ConnectionError", "driver/error.rs"),
    ("DecodeError", "proto/message/error.rs"),
    ("BrokenRule", "proto/rule.rs"),
    ("Malformed", "proto/scan.rs"),
    ("SendError", "peer/error.rs"),
    ("EncodeError", "proto/codec.rs"),
    ("CloseReason", "proto/close.rs"),
    ("FarewellCode", "proto/control.rs"),
];

#[test]
fn every_error_has_its_row_and_its_words() {
    let page = Page::read("errors.md");
    let mut rows: Vec<_> = page.source.lines().filter(|line| line.starts_with("| `") && line.contains("::")).collect();
    for (name, path) in ENUMS {
        let variants = variants(&std::fs::read_to_string(source(path)).unwrap(), name);
        assert!(variants.len() > 1, "{name} is not where it was");
        for (variant, words) in variants {
            let begin = match words {
                Some(words) => format!("| `{name}::{variant}` | {words} | "),
                None => format!("| `{name}::{variant}` | "),
            };
            let row = rows.iter().position(|row| row.starts_with(&begin));
            let row = row.unwrap_or_else(|| panic!("docs/src/errors.md has no row that begins with:\n{begin}"));
            let cure = rows.remove(row).trim_end_matches(" |").rsplit(" | ").next().unwrap();
            assert!(cure.len() > 10, "{name}::{variant} has no cure");
        }
    }
    let codes = std::fs::read_to_string(source("proto/control.rs")).unwrap();
    for line in codes.lines().filter(|line| line.trim_start().starts_with("Self::") && line.contains(" => \"")) {
        let (variant, words) = line.trim().trim_start_matches("Self::").split_once(" => ").unwrap();
        let row = format!("| `FarewellCode::{variant}` | {} | ", words.trim_matches(['"', ',']));
        assert!(page.source.contains(&row), "docs/src/errors.md has no row that begins with:\n{row}");
    }
    assert!(rows.is_empty(), "these errors do not exist: {rows:#?}");
}

fn source(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../repod/src").join(path)
}

/// The variants of an enum, and what each says, with `..` for what changes.
fn variants(source: &str, name: &str) -> Vec<(String, Option<String>)> {
    let body = source.split_once(&format!("pub enum {name} {{\n")).unwrap().1.split_once("\n}").unwrap().0;
    let mut variants = Vec::new();
    let mut words = None;
    for line in body.lines() {
        // The variants are one level in; their fields, more.
        let Some(line) = line.strip_prefix("    ").filter(|line| !line.starts_with(' ')) else { continue };
        if let Some(error) = line.strip_prefix("#[error(") {
            words = error.strip_prefix('"').map(|error| open(error.split_once("\"").unwrap().0));
        } else if line.starts_with(char::is_uppercase) {
            let name = line.split(|part: char| !part.is_alphanumeric()).next().unwrap();
            variants.push((name.to_owned(), words.take()));
        }
    }
    variants
}

/// A format string with `..` in the places of its arguments.
fn open(format: &str) -> String {
    let mut text = String::new();
    for part in format.split('{') {
        match part.split_once('}') {
            Some((_, rest)) => {
                if !text.ends_with("..") {
                    text.push_str("..");
                }
                text.push_str(rest);
            }
            None => text.push_str(part),
        }
    }
    text
}
