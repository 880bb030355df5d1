//! [`Background`]: where a client's connection works: a thread of its own, or a task of the runtime that is there.

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
    /// Starts the work that `work` makes of a token, which is cancelled when the work has to end at once.
    pub(super) fn start<F>(work: impl FnOnce(CancellationToken) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (abandoned, cut) = (CancellationToken::new(), CancellationToken::new());
        let work = supervise(work(cut.clone()), abandoned.clone(), cut);
        // On the current-thread runtime a game loop that never awaits would starve a task.
        let thread = match Handle::try_current() {
            Ok(runtime) if runtime.runtime_flavor() != RuntimeFlavor::CurrentThread => {
                runtime.spawn(work);
                None
            }
            _ => Some(spawn(work)),
        };
        Self { abandoned, thread }
    }

    /// As [`start`](Self::start), but always as a task of the runtime that is there.
    pub(super) fn task<F>(work: impl FnOnce(CancellationToken) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (abandoned, cut) = (CancellationToken::new(), CancellationToken::new());
        let work = supervise(work(cut.clone()), abandoned.clone(), cut);
        tokio::spawn(work);
        Self { abandoned, thread: None }
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
async fn supervise(work: impl Future<Output = ()>, abandoned: CancellationToken, cut: CancellationToken) {
    let patience = async {
        abandoned.cancelled().await;
        tokio::time::sleep(FAREWELL).await;
        cut.cancel();
    };
    tokio::select! {
        biased;
        () = work => {}
        () = patience => {}
    }
}

fn spawn(work: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
    std::thread::Builder::new()
        .name("repod-client".to_owned())
        .spawn(|| {
            let runtime = Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime needs a few descriptors, and there are none");
            runtime.block_on(work);
            // A name lookup that hangs is not waited for.
            runtime.shutdown_background();
        })
        .expect("a connection needs a thread, and the system gives none")
}

/// How long a dropped connection tries to send what is queued.
const FAREWELL: Duration = Duration::from_secs(1);
