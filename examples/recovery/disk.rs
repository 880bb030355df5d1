//! [`Disk`]: a [`SessionStore`] in a file, so that what is kept outlives the server.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use redb::{Database, TableDefinition};
use repod::SessionStore;

pub struct Disk(Arc<Database>);

const STATES: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("states");

impl Disk {
    pub fn open(file: &Path) -> repod::Result<Self> {
        let database = Database::create(file)?;
        let writing = database.begin_write()?;
        writing.open_table(STATES)?;
        writing.commit()?;
        Ok(Self(Arc::new(database)))
    }

    /// Works on the file in a thread that may wait for a disk: the threads of the server serve others meanwhile.
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Database) -> repod::Result<T> + Send + 'static,
    ) -> repod::Result<T> {
        let database = self.0.clone();
        tokio::task::spawn_blocking(move || work(&database)).await?
    }
}

#[async_trait]
impl SessionStore for Disk {
    async fn save(&self, key: &str, state: Vec<u8>) -> repod::Result {
        let key = key.to_owned();
        self.work(move |database| {
            let writing = database.begin_write()?;
            writing.open_table(STATES)?.insert(&*key, &*state)?;
            Ok(writing.commit()?)
        })
        .await
    }

    async fn load(&self, key: &str) -> repod::Result<Option<Vec<u8>>> {
        let key = key.to_owned();
        self.work(move |database| {
            let states = database.begin_read()?.open_table(STATES)?;
            Ok(states.get(&*key)?.map(|state| state.value().to_vec()))
        })
        .await
    }

    async fn remove(&self, key: &str) -> repod::Result {
        let key = key.to_owned();
        self.work(move |database| {
            let writing = database.begin_write()?;
            writing.open_table(STATES)?.remove(&*key)?;
            Ok(writing.commit()?)
        })
        .await
    }
}
