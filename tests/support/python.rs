//! [`Python`]: an interpreter with the published Python library, in a virtual environment of its own under the target folder.
//! What is done with it is the tests' business.

use std::ffi::OsString;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use crate::examples::target_folder;
use crate::process::{Process, Server};

/// A Python interpreter that has `repodnet`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Python {
    interpreter: PathBuf,
}

impl Python {
    /// Finds a Python, and makes the environment if this is the first time; `None` if that cannot be done, after saying so loudly.
    ///
    /// # Panics
    ///
    /// If it cannot be done and the environment variable `CI` is set: there the tests must run.
    pub fn find() -> Option<&'static Self> {
        static FOUND: OnceLock<Result<Python, String>> = OnceLock::new();
        let found = FOUND.get_or_init(|| {
            let found = prepare();
            if let (Err(why), false) = (&found, is_ci()) {
                // Not `eprintln!`, which the test harness keeps to itself when a test passes.
                let _ = write!(std::io::stderr(), "{}", banner(why));
            }
            found
        });
        match found {
            Ok(python) => Some(python),
            Err(why) if is_ci() => panic!("the interop tests cannot run, and `CI` is set: {why}"),
            Err(_) => None,
        }
    }

    /// The program that runs scripts.
    pub fn interpreter(&self) -> &Path {
        &self.interpreter
    }

    /// Starts a script of `tests/interop/peers` that connects to a server.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    pub fn client(&self, script: &str, addr: SocketAddr) -> Process {
        self.start(script, &[&addr.ip().to_string(), &addr.port().to_string()])
    }

    /// Starts a script of `tests/interop/peers` that serves on a free port, and waits until it listens.
    ///
    /// # Panics
    ///
    /// If it does not.
    pub fn server(&self, script: &str) -> Server {
        Server::of(self.start(script, &["127.0.0.1", "0"]))
    }

    /// Starts a script of `tests/interop/peers`.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    pub fn start(&self, script: &str, arguments: &[&str]) -> Process {
        let mut command = quiet(&self.interpreter);
        command.arg(Path::new(PEERS).join(script)).args(arguments);
        Process::start(&format!("Python {script}"), &mut command)
    }
}

/// The interpreter of the environment, which is made if it is not there.
fn prepare() -> Result<Python, String> {
    let folder = target_folder().join("interop");
    let home = folder.join(format!("repodnet-{VERSION}"));
    let python = Python { interpreter: interpreter(&home) };
    if check(&python).is_ok() {
        return Ok(python);
    }
    // It is made beside its place and then moved there at once, so that of several test processes that do this at the same time
    // one wins, and nobody ever sees half an environment.
    let own = folder.join(format!("new-{}", std::process::id()));
    let made = make(&own);
    if made.is_ok() && std::fs::rename(&own, &home).is_err() && check(&python).is_err() {
        // What is in the way is neither ours nor any good.
        let _ = std::fs::remove_dir_all(&home);
        let _ = std::fs::rename(&own, &home);
    }
    let _ = std::fs::remove_dir_all(&own);
    made?;
    check(&python)?;
    Ok(python)
}

/// Whether the interpreter starts and has the library in the right version.
fn check(python: &Python) -> Result<(), String> {
    if !python.interpreter.exists() {
        return Err(format!("there is no {}", python.interpreter.display()));
    }
    let script = "import repod, importlib.metadata as found; print(found.version('repodnet'))";
    let version = run(quiet(&python.interpreter).args(["-c", script]))?;
    if version.trim() != VERSION {
        return Err(format!("found repodnet {version:?} instead of {VERSION}"));
    }
    Ok(())
}

/// Makes a virtual environment with the first Python that can, and installs the library there.
fn make(home: &Path) -> Result<(), String> {
    std::fs::create_dir_all(home).map_err(|error| format!("cannot make {}: {error}", home.display()))?;
    let mut reasons = vec!["found no Python 3.12 or newer that can make a virtual environment".to_owned()];
    for candidate in candidates() {
        let made = run(quiet(&candidate).args(["-c", CHECK_VERSION]))
            .and_then(|_| run(quiet(&candidate).args(["-m", "venv", "--clear"]).arg(home)));
        match made {
            Ok(_) => return install(home),
            Err(error) => reasons.push(error),
        }
    }
    Err(reasons.join("\n"))
}

fn install(home: &Path) -> Result<(), String> {
    let options = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-input",
        "--disable-pip-version-check",
        "--timeout",
        "10",
        "--retries",
        "2",
    ];
    run(quiet(&interpreter(home)).args(options).arg(format!("repodnet=={VERSION}"))).map(drop)
}

/// Where a Python may be, the likely places first.
fn candidates() -> Vec<PathBuf> {
    let mut candidates: Vec<PathBuf> =
        ["python3.14", "python3.13", "python3.12", "python3", "python"].into_iter().map(PathBuf::from).collect();
    let pyenv = std::env::var_os("PYENV_ROOT")
        .map(PathBuf::from)
        .or_else(|| home_folder().map(|home| Path::new(&home).join(".pyenv")));
    let Some(versions) = pyenv.and_then(|root| root.join("versions").read_dir().ok()) else {
        return candidates;
    };
    let mut found: Vec<(u32, PathBuf)> = versions
        .filter_map(Result::ok)
        .filter_map(|version| Some((minor_version(version.file_name().to_str()?)?, version.path())))
        .filter(|(minor, _)| *minor >= 12)
        .collect();
    found.sort_by(|one, other| other.cmp(one));
    candidates.extend(found.into_iter().map(|(_, folder)| folder.join("bin").join("python3")));
    candidates
}

fn home_folder() -> Option<OsString> {
    std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE"))
}

/// The second number of a version such as `3.13.0`. Free-threaded builds (`3.13t`) have no binary packages yet.
fn minor_version(name: &str) -> Option<u32> {
    let minor = name.strip_prefix("3.")?.split(['.', '-']).next()?;
    (!name.ends_with('t')).then(|| minor.parse().ok())?
}

fn interpreter(home: &Path) -> PathBuf {
    if cfg!(windows) { home.join("Scripts").join("python.exe") } else { home.join("bin").join("python") }
}

/// A Python that speaks UTF-8, leaves no files behind and takes no settings of the user's.
fn quiet(interpreter: &Path) -> Command {
    let mut command = Command::new(interpreter);
    command.env("PYTHONUTF8", "1").env("PYTHONDONTWRITEBYTECODE", "1");
    for setting in ["PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "VIRTUAL_ENV"] {
        command.env_remove(setting);
    }
    command
}

/// What a command prints, if it succeeds.
fn run(command: &mut Command) -> Result<String, String> {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let shown: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    let shown = shown.join(" ");
    let mut process = Process::try_start("it", command).map_err(|error| format!("{shown}: {error}"))?;
    process.close_input();
    let (status, output) = process.ends_within(LONGEST_INSTALL);
    if !status.success() {
        return Err(format!("{shown}: {status}\n{}", process.transcript()));
    }
    Ok(output.join("\n"))
}

fn is_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty())
}

fn banner(why: &str) -> String {
    let rule = "!".repeat(100);
    format!(
        "\n{rule}\n!! THE INTEROP TESTS DID NOT RUN. They are counted as passed, but nothing was tested against Python.\n\
         !! They need Python 3.12 or newer, and the package index for `repodnet=={VERSION}` once. Set CI=1 to make this a \
         failure.\n!!\n!! {}\n{rule}\n\n",
        why.trim_end().replace('\n', "\n!! ")
    )
}

/// The version of the Python library whose peers must work unchanged.
const VERSION: &str = "0.1.2";

/// Where the scripts of the Python peers are.
const PEERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/interop/peers");

const CHECK_VERSION: &str = "import sys; assert sys.version_info >= (3, 12)";

/// How long making the environment or installing into it may take.
const LONGEST_INSTALL: Duration = Duration::from_secs(180);
