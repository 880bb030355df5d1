//! [`Link`]: what lies between the two ends of connections in memory, and what can happen to it. The ends are in `link/end.rs`.

mod end;

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

pub use self::end::End;
use self::end::Wire;

/// A line between two programs, with a switch for everything that can happen to a real one: it delays, it stalls, it is cut.
///
/// What a test does to it concerns all connections over it, in both directions and at once. It is a handle: keep a clone in the test.
/// With tokio's clock paused, delays take no real time.
///
/// ```
/// use repod::testing::Link;
/// use std::time::Duration;
/// use tokio::io::{AsyncReadExt, AsyncWriteExt};
/// use tokio::time::Instant;
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> std::io::Result<()> {
/// let link = Link::new();
/// let (mut ours, mut theirs) = link.open()?;
/// link.delay(Duration::from_millis(40));
/// let start = Instant::now();
/// ours.write_all(b"hello").await?;
/// let mut heard = [0; 5];
/// theirs.read_exact(&mut heard).await?;
/// assert_eq!(start.elapsed().as_millis(), 40);
///
/// link.cut();
/// assert!(ours.write_all(b"anybody?").await.is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Link {
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    conditions: Conditions,
    is_cut: bool,
    wires: Vec<Weak<Wire>>,
}

/// What holds for all that is under way.
#[derive(Debug, Clone, Copy)]
struct Conditions {
    delay: Duration,
    is_stalled: bool,
    capacity: usize,
}

impl Link {
    /// A line that delivers at once, up to 64 KiB at a time.
    ///
    /// ```
    /// use repod::testing::Link;
    /// assert!(Link::new().open().is_ok());
    /// ```
    pub fn new() -> Self {
        Self::with_capacity(64 * 1024)
    }

    /// A line that takes so many bytes in each direction before a write waits for a read: the buffers of two systems and what is on the
    /// way between them. A small one shows what a reader that is too slow does to a sender.
    ///
    /// ```
    /// use repod::testing::Link;
    /// use tokio::io::AsyncWriteExt;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let (mut ours, _theirs) = Link::with_capacity(16).open()?;
    /// assert_eq!(ours.write(&[0; 100]).await?, 16);
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_capacity(bytes: usize) -> Self {
        let conditions = Conditions { delay: Duration::ZERO, is_stalled: false, capacity: bytes };
        Self { state: Arc::new(Mutex::new(State { conditions, is_cut: false, wires: Vec::new() })) }
    }

    /// Delays what is written from now on by so much, in each direction; a round trip takes twice that. The order stays.
    ///
    /// ```
    /// use repod::testing::Link;
    /// use std::time::Duration;
    ///
    /// let link = Link::new();
    /// link.delay(Duration::from_millis(40)); // a server on another continent
    /// link.delay(Duration::ZERO); // and next door again
    /// ```
    pub fn delay(&self, delay: Duration) {
        self.lock().conditions.delay = delay;
    }

    /// Delivers nothing any more, until [`resume`](Self::resume). Nobody is told: it is as if a cable had been pulled.
    ///
    /// ```
    /// use repod::testing::Link;
    /// use tokio::io::{AsyncReadExt, AsyncWriteExt};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let link = Link::new();
    /// let (mut ours, mut theirs) = link.open()?;
    /// link.stall();
    /// ours.write_all(b"late").await?;
    /// let mut heard = [0; 4];
    /// tokio::select! {
    ///     biased;
    ///     _ = theirs.read(&mut heard) => unreachable!("nothing comes through"),
    ///     () = tokio::task::yield_now() => link.resume(),
    /// }
    /// theirs.read_exact(&mut heard).await?;
    /// assert_eq!(&heard, b"late"); // and nothing was lost
    /// # Ok(())
    /// # }
    /// ```
    pub fn stall(&self) {
        self.lock().conditions.is_stalled = true;
    }

    /// Resets every connection over it: both ends get an error, and what was under way is lost. No new one can be
    /// [opened](Self::open) until [`resume`](Self::resume).
    ///
    /// ```
    /// use repod::testing::Link;
    /// use std::io::ErrorKind;
    /// use tokio::io::AsyncReadExt;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let link = Link::new();
    /// let (_ours, mut theirs) = link.open()?;
    /// link.cut();
    /// assert_eq!(theirs.read_u8().await.unwrap_err().kind(), ErrorKind::ConnectionReset);
    /// assert_eq!(link.open().unwrap_err().kind(), ErrorKind::NetworkUnreachable);
    /// # Ok(())
    /// # }
    /// ```
    pub fn cut(&self) {
        let wires = {
            let mut state = self.lock();
            state.is_cut = true;
            std::mem::take(&mut state.wires)
        };
        for wire in wires.iter().filter_map(Weak::upgrade) {
            wire.reset();
        }
    }

    /// Ends a [`stall`](Self::stall) or a [`cut`](Self::cut): what was stalled arrives, and connections can be opened again. Those that were
    /// cut stay so.
    ///
    /// ```
    /// use repod::testing::Link;
    ///
    /// let link = Link::new();
    /// link.cut();
    /// link.resume();
    /// assert!(link.open().is_ok());
    /// ```
    pub fn resume(&self) {
        let wires = {
            let mut state = self.lock();
            state.conditions.is_stalled = false;
            state.is_cut = false;
            state.wires.clone()
        };
        for wire in wires.iter().filter_map(Weak::upgrade) {
            wire.wake();
        }
    }

    /// Opens a connection, and gives its two ends: for [`connect_over`](crate::connect_over), or a transport that you test.
    ///
    /// ```
    /// use repod::testing::Link;
    /// use tokio::io::{AsyncReadExt, AsyncWriteExt};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let (mut ours, mut theirs) = Link::new().open()?;
    /// ours.write_u8(7).await?;
    /// assert_eq!(theirs.read_u8().await?, 7);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`NetworkUnreachable`](io::ErrorKind::NetworkUnreachable) while it is cut.
    pub fn open(&self) -> io::Result<(End, End)> {
        let mut state = self.lock();
        if state.is_cut {
            return Err(io::Error::new(io::ErrorKind::NetworkUnreachable, "the link is cut"));
        }
        let wire = Arc::new(Wire::default());
        state.wires.retain(|wire| wire.strong_count() > 0);
        state.wires.push(Arc::downgrade(&wire));
        drop(state);
        Ok(End::both(self.clone(), wire))
    }

    fn conditions(&self) -> Conditions {
        self.lock().conditions
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Link {
    fn default() -> Self {
        Self::new()
    }
}
