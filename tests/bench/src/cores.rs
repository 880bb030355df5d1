//! [`Cores`]: where client and server run, and what the system lets them have. Neither of them is known here.

use std::sync::OnceLock;

use anyhow::{Context, Result};
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::unistd::Pid;

/// Where client and server run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cores {
    /// Both on the same core: nothing but work takes time.
    One,
    /// Each on a core of its own.
    Each,
    /// Wherever the system wants.
    Free,
}

impl Cores {
    pub fn name(self) -> &'static str {
        match self {
            Self::One => "one core",
            Self::Each => "a core each",
            Self::Free => "two cores",
        }
    }

    /// Binds the calling thread, and the threads that it starts from now on.
    pub fn bind_client(self) -> Result<()> {
        bind(Pid::from_raw(0), self.set(0)?)
    }

    /// Binds all threads of a server's process.
    pub fn bind_server(self, process: u32) -> Result<()> {
        let set = self.set(1)?;
        for thread in std::fs::read_dir(format!("/proc/{process}/task"))? {
            let number = thread?.file_name().to_string_lossy().parse()?;
            bind(Pid::from_raw(number), set)?;
        }
        Ok(())
    }

    /// The cores of the client (0) or of the server (1).
    fn set(self, side: usize) -> Result<CpuSet> {
        let all = all()?;
        let cores: Vec<usize> = (0..CpuSet::count()).filter(|core| all.is_set(*core).unwrap_or(false)).collect();
        let chosen = match self {
            Self::Free => return Ok(all),
            Self::One => cores.last(),
            // On a machine with one core there is no other.
            Self::Each => cores.get(side).or(cores.last()),
        };
        let mut set = CpuSet::new();
        set.set(*chosen.context("no core may be used")?)?;
        Ok(set)
    }
}

/// Lets this process and those it starts have as many connections as the system allows.
pub fn raise_descriptor_limit() -> Result<()> {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, most, most).context("cannot raise the limit of open files")
}

fn bind(thread: Pid, set: CpuSet) -> Result<()> {
    sched_setaffinity(thread, &set).context("cannot bind a thread to a core")
}

/// The cores that this process may use, asked for before it binds itself.
fn all() -> Result<CpuSet> {
    static ALL: OnceLock<CpuSet> = OnceLock::new();
    match ALL.get() {
        Some(all) => Ok(*all),
        None => {
            let all = sched_getaffinity(Pid::from_raw(0))?;
            Ok(*ALL.get_or_init(|| all))
        }
    }
}
