//! [`Example`]: the programs of the packages `examples` and `games`, built and run as anybody would.
//! What they do is not known here.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use crate::process::{Process, Server};

/// A program of the packages `examples` and `games`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Example {
    Hello,
    Chat,
    LagTime,
    Echo,
    Recovery,
    Keepalive,
    Pong,
    Tag,
    Whiteboard,
}

impl Example {
    /// Starts its server on a free port of this machine, and waits until it listens.
    ///
    /// # Panics
    ///
    /// If it does not.
    pub fn server(self) -> Server {
        let mut command = Command::new(self.path());
        command.args(["server", "127.0.0.1", "0"]);
        Server::of(Process::start(&format!("Rust {} server", self.name()), &mut command))
    }

    /// Starts a client of it.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    pub fn client(self, addr: SocketAddr) -> Process {
        let mut command = Command::new(self.path());
        command.args(["client", &addr.ip().to_string(), &addr.port().to_string()]);
        Process::start(&format!("Rust {} client", self.name()), &mut command)
    }

    /// Starts its demo.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    pub fn demo(self) -> Process {
        Process::start(&format!("Rust {} demo", self.name()), Command::new(self.path()).arg("demo"))
    }

    /// Starts its demo, which saves a picture.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    pub fn demo_with_picture(self, picture: &Path) -> Process {
        let mut command = Command::new(self.path());
        command.arg("demo").arg("--picture").arg(picture);
        Process::start(&format!("Rust {} demo", self.name()), &mut command)
    }

    /// The binary; all examples are built the first time that one is asked for.
    ///
    /// # Panics
    ///
    /// If they cannot be built.
    pub fn path(self) -> PathBuf {
        static BUILT: OnceLock<PathBuf> = OnceLock::new();
        let file = format!("{}{}", self.name(), std::env::consts::EXE_SUFFIX);
        BUILT.get_or_init(build).join(file)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Hello => "hello",
            Self::Chat => "chat",
            Self::LagTime => "lag_time",
            Self::Echo => "echo",
            Self::Recovery => "recovery",
            Self::Keepalive => "keepalive",
            Self::Pong => "pong",
            Self::Tag => "tag",
            Self::Whiteboard => "whiteboard",
        }
    }

    /// All of them.
    pub const ALL: [Self; 8] =
        [Self::Hello, Self::Chat, Self::LagTime, Self::Echo, Self::Keepalive, Self::Pong, Self::Tag, Self::Whiteboard];
}

/// The folder of the profile that this test was built with, such as `target/debug`.
pub(crate) fn profile_folder() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows where it is");
    // It is target/debug/deps/NAME-HASH, or target/debug/examples/NAME; a program lies in the folder of the profile itself.
    let folder = test.parent().expect("a file lies in a folder");
    let is_nested = folder.ends_with("deps") || folder.ends_with("examples");
    folder.parent().filter(|_| is_nested).unwrap_or(folder).to_owned()
}

/// The folder for everything that is built, such as `target`.
///
/// # Panics
///
/// If the test does not lie where cargo puts it.
pub fn target_folder() -> PathBuf {
    let profile = profile_folder();
    profile.parent().expect("a profile's folder lies in the target folder").to_owned()
}

/// Builds all examples with the profile of this test, and returns the folder where they are.
fn build() -> PathBuf {
    let folder = profile_folder();
    let profile = match folder.file_name().and_then(|name| name.to_str()) {
        None | Some("debug") => "dev",
        Some(name) => name,
    };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into());
    let mut command = Command::new(cargo);
    command
        .args(["build", "--package", "examples", "--package", "games", "--bins", "--profile", profile, "--target-dir"])
        .arg(target_folder())
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    let mut process = Process::start("the build of the examples", &mut command);
    let (status, _) = process.ends_within(LONGEST_BUILD);
    assert!(status.success(), "the examples cannot be built\n{}", process.transcript());
    folder
}

/// How long a build may take on a slow machine, with all dependencies.
const LONGEST_BUILD: Duration = Duration::from_secs(900);
