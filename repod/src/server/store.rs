//! [`SessionStore`]: where an application keeps what is to outlive a session: the state of a player who comes back after the resume window, or
//! after the server was restarted. repod itself keeps nothing here; when to save and to load is the application's choice.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use crate::action::Result;

/// A place for the states of players, each under a key that the player keeps, such as a random text or an account's name.
///
/// It can be used as an object, `Arc<dyn SessionStore>`, so that a test uses memory and a server a disk. The example `recovery` has one on
/// disk, and speaks with Rust and Python clients of it.
///
/// ```
/// use repod::{MemoryStore, SessionStore};
/// use std::sync::Arc;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> repod::Result {
/// let store: Arc<dyn SessionStore> = Arc::new(MemoryStore::new(1_000));
/// store.save("ada", b"level 7".to_vec()).await?;
/// assert_eq!(store.load("ada").await?, Some(b"level 7".to_vec()));
/// store.remove("ada").await?;
/// assert_eq!(store.load("ada").await?, None);
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// Keeps a state under a key, in the place of an earlier one.
    ///
    /// ```
    /// # use repod::{MemoryStore, SessionStore};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> repod::Result {
    /// let store = MemoryStore::new(10);
    /// store.save("ada", vec![1]).await?;
    /// store.save("ada", vec![2]).await?;
    /// assert_eq!(store.load("ada").await?, Some(vec![2]));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Whatever keeps it from being kept.
    async fn save(&self, key: &str, state: Vec<u8>) -> Result;

    /// The state under a key, if there is one.
    ///
    /// ```
    /// # use repod::{MemoryStore, SessionStore};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> repod::Result {
    /// assert_eq!(MemoryStore::new(10).load("nobody").await?, None);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Whatever keeps it from being read. A key that nobody has saved under is no error.
    async fn load(&self, key: &str) -> Result<Option<Vec<u8>>>;

    /// Forgets the state under a key, if there is one.
    ///
    /// ```
    /// # use repod::{MemoryStore, SessionStore};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> repod::Result {
    /// MemoryStore::new(10).remove("nobody").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Whatever keeps it from being forgotten.
    async fn remove(&self, key: &str) -> Result;
}

/// A [`SessionStore`] in memory: it is gone with the program. When it is full, the state that was saved longest ago is forgotten.
///
/// ```
/// use repod::{MemoryStore, SessionStore};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> repod::Result {
/// let store = MemoryStore::new(2);
/// for key in ["ada", "ben", "eve"] {
///     store.save(key, Vec::new()).await?;
/// }
/// assert_eq!(store.load("ada").await?, None);
/// assert!(store.load("eve").await?.is_some());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct MemoryStore {
    states: Mutex<States>,
    max: usize,
}

#[derive(Debug, Default)]
struct States {
    states: HashMap<String, Vec<u8>>,
    /// The keys, the one that was saved longest ago first.
    order: VecDeque<String>,
}

impl MemoryStore {
    /// A store for so many states.
    ///
    /// ```
    /// let store = repod::MemoryStore::new(10_000);
    /// ```
    pub fn new(max: usize) -> Self {
        Self { states: Mutex::default(), max }
    }
}

#[async_trait]
impl SessionStore for MemoryStore {
    async fn save(&self, key: &str, state: Vec<u8>) -> Result {
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        states.forget(key);
        states.states.insert(key.to_owned(), state);
        states.order.push_back(key.to_owned());
        while states.order.len() > self.max {
            if let Some(oldest) = states.order.pop_front() {
                states.states.remove(&oldest);
            }
        }
        Ok(())
    }

    async fn load(&self, key: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.states.lock().unwrap_or_else(PoisonError::into_inner).states.get(key).cloned())
    }

    async fn remove(&self, key: &str) -> Result {
        self.states.lock().unwrap_or_else(PoisonError::into_inner).forget(key);
        Ok(())
    }
}

impl States {
    fn forget(&mut self, key: &str) {
        if self.states.remove(key).is_some() {
            self.order.retain(|known| known != key);
        }
    }
}
