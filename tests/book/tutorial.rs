//! The tutorial, followed to the letter in an empty folder: its commands are given and its files are written, chapter by chapter, and at the
//! end of each the game is built and played.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use repod::Action;
use tests::{Process, Python, Server, examples};

use crate::page::{self, Page};

#[test]
fn the_game_builds_and_plays_at_the_end_of_every_chapter() {
    let mut project = Project::begin();
    project.follow(1, "messages");
    project.peeks();
    project.follow(2, "server");
    project.serves();
    project.follow(3, "client");
    project.walks();
    project.follow(4, "players");
    project.sees_others();
    project.follow(5, "ticks");
    project.finds_gold();
    project.follow(6, "comings-and-goings");
    project.keeps_its_seats();
    project.follow(7, "bad-input");
    project.stays_calm();
    project.follow(8, "shipping");
    project.comes_back();
    project.plays_with_python();
}

#[test]
fn the_files_of_the_tutorial_are_formatted() {
    let folder = page::folder().join("tutorial");
    for chapter in 1..=8 {
        for (name, _) in files(&folder.join(format!("chapter-{chapter}"))) {
            let path = folder.join(format!("chapter-{chapter}")).join(name);
            let checked = Command::new("rustfmt")
                .args(["--check", "--edition", "2024", "--config", "skip_children=false", "--config-path"])
                .arg(page::folder())
                .arg(&path)
                .output()
                .unwrap();
            assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
        }
    }
}

/// The reader's project.
struct Project {
    folder: PathBuf,
    chapter: u32,
}

impl Project {
    /// The empty folder. It is outside the target folder, where `cargo new` would find this workspace.
    fn begin() -> Self {
        let folder = std::env::temp_dir().join(format!("repod-tutorial-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        Self { folder, chapter: 0 }
    }

    /// Does what a chapter says, and builds what comes of it.
    fn follow(&mut self, chapter: u32, name: &str) {
        self.chapter = chapter;
        let page = Page::read(&format!("tutorial/{name}.md"));
        for block in page.blocks() {
            match block.info.as_str() {
                "sh" => block.source.lines().for_each(|line| self.obey(line)),
                "rust,ignore" => {
                    if let Some(path) = block.above.strip_prefix('`').and_then(|above| above.strip_suffix("`:")) {
                        let path = self.folder.join(path);
                        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                        std::fs::write(path, page.shown(&block)).unwrap();
                    }
                }
                _ => {}
            }
        }
        self.is_whole();
        let built = self.cargo(&["build", "--offline", "--bins"]).env("RUSTFLAGS", "-Dwarnings").output().unwrap();
        assert!(built.status.success(), "chapter {chapter}: {}", String::from_utf8_lossy(&built.stderr));
    }

    /// Gives a command of the book's; those that run the game are the test's own business.
    fn obey(&mut self, line: &str) {
        let words: Vec<_> = line.split(" #").next().unwrap().split_whitespace().collect();
        match words.as_slice() {
            ["cd", folder] => {
                self.folder.push(folder);
                // The versions that this workspace uses are here already, whatever the network does.
                std::fs::copy(repository().join("Cargo.lock"), self.folder.join("Cargo.lock")).unwrap();
            }
            ["cargo", command @ ("new" | "add"), rest @ ..] => {
                let library = repository().join("repod");
                let library = library.to_str().unwrap();
                let rest = rest.iter().map(|word| if word.ends_with("repod/repod") { library } else { word });
                let arguments: Vec<_> = std::iter::once(*command).chain(rest).chain(["--offline"]).collect();
                let done = self.cargo(&arguments).output().unwrap();
                assert!(done.status.success(), "{line}: {}", String::from_utf8_lossy(&done.stderr));
            }
            ["cargo", "run" | "build", ..] | ["curl", ..] => {}
            _ => panic!("the test does not know how to follow {line:?}"),
        }
    }

    /// Checks that the reader has seen every file of the chapter in its last form.
    fn is_whole(&self) {
        for (name, text) in files(&page::folder().join(format!("tutorial/chapter-{}", self.chapter))) {
            let path = self.folder.join(&name);
            let written = std::fs::read_to_string(&path).unwrap_or_default();
            assert_eq!(written.trim(), text.trim(), "chapter {} does not show {name} as it is now", self.chapter);
        }
    }

    fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO"));
        command.args(arguments).current_dir(&self.folder).env("CARGO_TARGET_DIR", target());
        command
    }

    fn server(&self) -> Server {
        self.server_at("127.0.0.1:0")
    }

    fn server_at(&self, addr: &str) -> Server {
        Server::of(Process::start("the server", Command::new(program("server")).arg(addr)))
    }

    fn client(&self, name: &str, addr: SocketAddr) -> Process {
        let mut command = Command::new(program("client"));
        if self.chapter > 3 {
            command.arg(name);
        }
        Process::start(name, command.arg(addr.to_string()))
    }

    fn peeks(&self) {
        let said = Process::start("peek", &mut Command::new(program("peek"))).succeeds();
        let page = Page::read("tutorial/messages.md");
        let block = page.blocks().into_iter().find(|block| block.info == "text").unwrap();
        assert_eq!(said, block.source.lines().collect::<Vec<_>>());
    }

    fn serves(&self) {
        #[derive(Action)]
        enum Ours {
            Join { name: String },
            Step { to: String },
        }
        let mut server = self.server();
        let mut stranger = TcpStream::connect(server.addr).unwrap();
        stranger.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
        let _ = stranger.read_to_end(&mut Vec::new());
        let mut player = TcpStream::connect(server.addr).unwrap();
        player.set_read_timeout(Some(PATIENCE)).unwrap();
        player.write_all(&repod::encode(&Ours::Join { name: "Ada".into() }).unwrap()).unwrap();
        player.write_all(&repod::encode(&Ours::Step { to: "south".into() }).unwrap()).unwrap();
        let mut received = Vec::new();
        // `at` of the answer to the step is {x: 2, y: 2}.
        while !received.ends_with(b"\xa1x\x02\xa1y\x02") {
            let mut bytes = [0; 256];
            let count = player.read(&mut bytes).unwrap();
            assert_ne!(count, 0, "the server left: {}", received.escape_ascii());
            received.extend(&bytes[..count]);
        }
        server.process.terminate();
        server.process.succeeds();
        assert!(server.process.errors().contains("the peer speaks HTTP"), "{}", server.process.transcript());
    }

    fn walks(&self) {
        let server = self.server();
        let mut ada = self.client("Ada", server.addr);
        ada.expect_line("the start", |line| line == "#.@......#.........#");
        ada.tell("d");
        ada.expect_line("a step", |line| line == "#..@.....#.........#");
        ada.tell("q");
        ada.succeeds();
        server.ends_well();
    }

    fn sees_others(&self) {
        let server = self.server();
        let mut ada = self.client("Ada", server.addr);
        ada.expect_line("the start", |line| line == "#.@......#.........#");
        ada.tell("dd");
        ada.expect_line("two steps", |line| line == "#...@....#.........#");
        let mut bob = self.client("Bob", server.addr);
        bob.expect_line("both", |line| line == "#.@.A....#.........#");
        ada.expect_line("Bob", |line| line == "#.B.@....#.........#");
        bob.tell("s");
        ada.expect_line("Bob's step", |line| line == "#.B##....#....##...#");
        bob.tell("q");
        bob.succeeds();
        ada.expect_line("nobody else", |line| line == "#..##....#....##...#");
        ada.tell("q");
        ada.succeeds();
        server.ends_well();
    }

    fn finds_gold(&self) {
        let server = self.server();
        let mut ada = self.client("Ada", server.addr);
        ada.expect_line("the gold", |line| line == "#.@.$....#.........#");
        ada.tell("dd");
        ada.expect_line("the gold found", |line| line == "Ada: 1 gold");
        ada.tell("q");
        ada.succeeds();
    }

    fn keeps_its_seats(&self) {
        let server = self.server();
        let mut players: Vec<_> = ["Ada", "Bob", "Cleo"].map(|name| self.client(name, server.addr)).into();
        for (player, name) in players.iter_mut().zip(["Ada", "Bob", "Cleo"]) {
            player.expect_line("itself", |line| line.starts_with(name) && line.ends_with("0 gold"));
        }
        let mut other = self.client("Ada", server.addr);
        other.expect_line("that the name is taken", |line| line == "You cannot stay: somebody else has that name.");
        other.succeeds();
        players.push(self.client("Dora", server.addr));
        players[3].expect_line("itself", |line| line == "Dora: 0 gold");
        let mut fifth = self.client("Emil", server.addr);
        fifth.expect_line("that it is full", |line| line == "All 4 seats are taken.");
        fifth.succeeds();
        players[1].tell("q");
        players[1].expect_line("goodbye", |line| line == "Goodbye.");
        players[0].expect_line("that Bob is gone", |line| line == "Bob is gone.");
        let mut nobody = self.client("Ada", "127.0.0.1:1".parse().unwrap());
        nobody.expect_line("why not", |line| line.starts_with("Sorry: the server is not running"));
        nobody.succeeds();
    }

    fn stays_calm(&self) {
        let server = self.server();
        let mut ada = self.client("Ada", server.addr);
        ada.expect_line("itself", |line| line == "Ada: 0 gold");
        let mut rude = Process::start("rude", Command::new(program("rude")).arg(server.addr.to_string()));
        let said = rude.succeeds();
        let page = Page::read("tutorial/bad-input.md");
        let block = page.blocks().into_iter().find(|block| block.info == "text").unwrap();
        // The book shows the repeated line once.
        let mut different = said;
        different.dedup();
        assert_eq!(different, block.source.lines().collect::<Vec<_>>());
        ada.tell("dd");
        ada.expect_line("the gold found", |line| line == "Ada: 1 gold");
    }

    fn comes_back(&self) {
        let mut server = self.server();
        let mut ada = self.client("Ada", server.addr);
        ada.expect_line("itself", |line| line == "Ada: 0 gold");
        server.process.terminate();
        ada.expect_line("the end", |line| line == "The dungeon closes.");
        ada.expect_line("when it comes back", |line| line.contains("Coming back in "));
        server.process.expect_line("the end", |line| line == "closed, 0 players did not go by themselves");
        server.process.succeeds();
        let _again = self.server_at(&server.addr.to_string());
        ada.expect_line("the dungeon again", |line| line == "Ada is here.");
    }

    /// The bot of the page about Python.
    fn plays_with_python(&self) {
        let Some(python) = Python::find() else { return };
        let server = self.server();
        let mut ada = self.client("Ada", server.addr);
        ada.expect_line("itself", |line| line == "Ada: 0 gold");
        let mut command = Command::new(python.interpreter());
        command.arg(page::folder().join("python/bot.py"));
        let mut bot =
            Process::start("the bot", command.args([server.addr.ip().to_string(), server.addr.port().to_string()]));
        bot.expect_line("the gold", |line| line == "1 gold");
        ada.expect_line("the bot's gold", |line| line == "Python: 1 gold");
        server.ends_well();
        bot.succeeds();
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        let begun = self.folder.parent().filter(|_| self.folder.ends_with("dungeon")).unwrap_or(&self.folder);
        let _ = std::fs::remove_dir_all(begun);
    }
}

/// The files of a chapter as the book shows them: their paths in the project, and their text without the marks of the anchors.
fn files(chapter: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for folder in ["src", "src/bin"] {
        for entry in std::fs::read_dir(chapter.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let text = std::fs::read_to_string(&path).unwrap();
                let is_shown = |line: &&str| !line.trim_start().starts_with("// ANCHOR");
                let text: Vec<_> = text.lines().filter(is_shown).collect();
                files.push((format!("{folder}/{}", path.file_name().unwrap().to_str().unwrap()), text.join("\n")));
            }
        }
    }
    files
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Where the reader's project is built: kept from one run to the next.
fn target() -> PathBuf {
    examples::target_folder().join("tutorial")
}

fn program(name: &str) -> PathBuf {
    target().join("debug").join(name)
}

const PATIENCE: Duration = Duration::from_secs(20);
