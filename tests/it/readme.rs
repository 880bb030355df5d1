//! The README: its first program is short, and it works when it is followed to the letter.

use std::path::{Path, PathBuf};
use std::process::Command;

use tests::{Process, examples};

const README: &str = include_str!("../../README.md");

/// The file that a block of the README is, and its text: the path stands in the line above the block.
fn files() -> Vec<(&'static str, &'static str)> {
    let mut files = Vec::new();
    for (at, _) in README.match_indices("```rust\n") {
        let above = README[..at].trim_end().lines().last().unwrap();
        let path = above.split('`').nth(1).unwrap();
        let text = README[at..].split_once('\n').unwrap().1.split("```").next().unwrap();
        files.push((path, text));
    }
    files
}

fn count(text: &str) -> usize {
    let code = |line: &&str| !line.trim().is_empty() && !line.trim().starts_with("//");
    text.lines().filter(code).count()
}

#[test]
fn the_first_program_has_at_most_sixty_lines() {
    let count: usize = files().into_iter().map(|(_, text)| count(text)).sum();
    assert!((30..=60).contains(&count), "{count} lines");
}

#[test]
fn the_first_program_greets() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let project = examples::target_folder().join("readme");
    let _ = std::fs::remove_dir_all(&project);
    for (path, text) in files() {
        // Another test, or another run, may hold the README's port.
        let text = text.replace("0.0.0.0:5071", "127.0.0.1:0");
        let text = text.replace("\"localhost:5071\"", "std::env::args().nth(1).unwrap()");
        let path = project.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let manifest = format!(
        "[package]\nname = \"hello\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\nrepod = {{ path = {:?} }}\n",
        root.join("repod")
    );
    std::fs::write(project.join("Cargo.toml"), manifest).unwrap();
    // The versions that this workspace uses are here already, whatever the network does.
    std::fs::copy(root.join("Cargo.lock"), project.join("Cargo.lock")).unwrap();
    let built = Command::new(env!("CARGO"))
        .args(["build", "--offline", "--bins"])
        .current_dir(&project)
        .env("CARGO_TARGET_DIR", project.join("target"))
        .env("RUSTFLAGS", "-Dwarnings")
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));

    let program = |name: &str| -> PathBuf { project.join("target/debug").join(name) };
    let mut server = Process::start("server", &mut Command::new(program("server")));
    let listening = server.expect_line("listening on", |line| line.starts_with("listening on "));
    let addr = listening.trim_start_matches("listening on ");
    let mut client = Process::start("client", Command::new(program("client")).arg(addr));
    client.says(&["Hi Ada!"]);
    server.terminate();
    let (status, _) = server.ends();
    assert!(status.success(), "{status}");
    let (status, _) = client.ends();
    assert!(status.success(), "{status}");
}
