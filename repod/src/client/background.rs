//! [`Background`]: where a client's connection works: a thread of its own, or a task of the runtime that is there.

use std::io;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::{Builder, Handle, RuntimeFlavor};
use tokio_util::sync::CancellationToken;

/// The work of one connection.
pub(super) struct Background {
    /// Cancelled when nobody is interested in the connection any more.
    abandoned: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

impl Background {
    /// Starts the work, which is dropped if it takes too long when nobody is interested in it any more.
    ///
    /// # Errors
    ///
    /// What the system says if there are no descriptors for a runtime, or no thread.
    pub(super) fn start<F>(work: F) -> io::Result<Self>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let abandoned = CancellationToken::new();
        let work = supervise(work, abandoned.clone());
        // On the current-thread runtime a game loop that never awaits would starve a task.
        let thread = match Handle::try_current() {
            Ok(runtime) if runtime.runtime_flavor() != RuntimeFlavor::CurrentThread => {
                runtime.spawn(work);
                None
            }
            _ => Some(spawn(work)?),
        };
        Ok(Self { abandoned, thread })
    }

    /// As [`start`](Self::start), but always as a task of the runtime that is there.
    pub(super) fn task<F>(work: F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let abandoned = CancellationToken::new();
        tokio::spawn(supervise(work, abandoned.clone()));
        Self { abandoned, thread: None }
    }

    /// There is no work.
    pub(super) fn idle() -> Self {
        Self { abandoned: CancellationToken::new(), thread: None }
    }

    /// Lets the work come to its end, for a second at most, and waits for it if it has a thread.
    pub(super) fn end(&mut self) {
        self.abandoned.cancel();
        if let Some(thread) = self.thread.take() {
            // The thread has nothing to say; a panic in it was the process's to report.
            let _ = thread.join();
        }
    }
}

/// Runs the work; once it is abandoned it has a second left.
async fn supervise(work: impl Future<Output = ()>, abandoned: CancellationToken) {
    let patience = async {
        abandoned.cancelled().await;
        tokio::time::sleep(FAREWELL).await;
    };
    tokio::select! {
        biased;
        () = work => {}
        () = patience => {}
    }
}

fn spawn(work: impl Future<Output = ()> + Send + 'static) -> io::Result<JoinHandle<()>> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new().name("repod-client".to_owned()).spawn(|| {
        runtime.block_on(work);
        // A name lookup that hangs is not waited for.
        runtime.shutdown_background();
    })
}

/// How long a dropped connection tries to send what is queued.
const FAREWELL: Duration = Duration::from_secs(1);
