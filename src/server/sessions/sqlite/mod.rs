//! The embedded store: one SQLite file.
//!
//! One thread writes. It takes everything that waits, writes it in one transaction and answers when
//! that is committed, so that many mints share one wait for the disk. Readers have their own
//! connections, checkpoints their own thread. Write-ahead log; a commit survives the end of the process, and one with an end or a
//! block in it survives the end of the machine too.

mod checkpoints;
mod end;
mod figures;
mod list;
mod mint;
mod reader;
mod row;
mod schema;
mod standing;
mod writer;

use super::cursor::Cursor;
use super::{Denial, DenyWritten, Figures, NewBlock, NewSession, Recorded, Refused, SessionStore, StoreError, StoredSession};
use crate::model::clock::{Clock, Timestamp};
use crate::model::names::{RoleArn, SessionId, Subject};
use crate::model::session::{Block, Enforced, SessionFilter, SessionPage};
use async_trait::async_trait;
use checkpoints::Checkpoints;
use reader::Readers;
use rusqlite::Connection;
use standing::Standing;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use writer::{Durability, Writer};

/// How long a statement waits for another process that holds the file.
const BUSY: Duration = Duration::from_secs(2);
/// How long a caller waits for the store altogether.
const DEADLINE: Duration = Duration::from_secs(5);

/// A store in one SQLite file.
#[derive(Debug)]
pub struct SqliteStore {
    writer: Writer,
    readers: Arc<Readers>,
}

/// Why the file cannot be used. Every variant names it.
#[derive(Debug, Error)]
pub enum OpenError {
    /// It cannot be made.
    #[error("sessions.path {}: the file cannot be created or opened: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// SQLite does not take it: not a database, damaged, read-only, locked.
    #[error("sessions.path {}: not usable as the session store: {source}", path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// Written by a newer release.
    #[error("sessions.path {}: written by a newer release (schema {found}, this release knows {known})", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest schema that this release knows.
        known: i64,
    },
}

impl SqliteStore {
    /// Opens the file, makes it where there is none, and brings its tables up to date.
    ///
    /// # Errors
    /// [`OpenError`] when it cannot be read and written.
    pub fn open(path: &Path, clock: &dyn Clock) -> Result<Self, OpenError> {
        create_private(path).map_err(|source| OpenError::File { path: path.into(), source })?;
        let database = |source| OpenError::Database { path: path.into(), source };
        let mut connection = connect(path).map_err(database)?;
        schema::migrate(&mut connection, clock.now()).map_err(|error| match error {
            schema::MigrationError::Database(source) => database(source),
            schema::MigrationError::Newer { found } => OpenError::Newer { path: path.into(), found, known: schema::newest() },
        })?;
        let readers = Readers::open(path).map_err(database)?;
        let system = |source| OpenError::File { path: path.into(), source };
        let checkpoints = Checkpoints::start(connect(path).map_err(database)?, &connection).map_err(system)?;
        let standing = Standing::of(path).map_err(system)?;
        let writer = Writer::start(connection, standing, checkpoints).map_err(system)?;
        Ok(Self { writer, readers: Arc::new(readers) })
    }

    async fn write<T: Send + 'static>(
        &self,
        durability: Durability,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        tokio::time::timeout(DEADLINE, self.writer.write(durability, work))
            .await
            .unwrap_or_else(|_| Err(StoreError::Failed("the writer did not answer in time".to_owned())))
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let readers = Arc::clone(&self.readers);
        let reading = tokio::task::spawn_blocking(move || readers.with(work));
        match tokio::time::timeout(DEADLINE, reading).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(StoreError::Failed("a reader stopped".to_owned())),
            Err(_) => Err(StoreError::Failed("a reader did not answer in time".to_owned())),
        }
    }
}

#[async_trait]
impl SessionStore for SqliteStore {
    async fn record(&self, mint: NewSession, mints_per_minute: u32) -> Result<Recorded, StoreError> {
        self.write(Durability::Process, move |connection| Ok(mint::insert(connection, &mint, mints_per_minute)?)).await
    }

    async fn admits(&self, subject: &Subject, mints_per_minute: u32, now: Timestamp) -> Result<Recorded, StoreError> {
        if let Some(admitted) = self.readers.at_once(|connection| mint::admission(connection, subject, mints_per_minute, now)) {
            return Ok(admitted);
        }
        let subject = subject.clone();
        self.read(move |connection| Ok(mint::admission(connection, &subject, mints_per_minute, now)?)).await
    }

    async fn of_subject(&self, subject: &Subject, cursor: Option<&str>, now: Timestamp) -> Result<SessionPage, StoreError> {
        let cursor = cursor.map(Cursor::decode).transpose()?;
        let subject = subject.clone();
        self.read(move |connection| list::of_subject(connection, &subject, cursor.as_ref(), now)).await
    }

    async fn list(&self, filter: &SessionFilter, cursor: Option<&str>, now: Timestamp) -> Result<SessionPage, StoreError> {
        let cursor = cursor.map(Cursor::decode).transpose()?;
        let filter = filter.clone();
        self.read(move |connection| list::page(connection, &filter, cursor.as_ref(), now)).await
    }

    async fn find(&self, id: &SessionId, now: Timestamp) -> Result<Option<StoredSession>, StoreError> {
        let id = id.clone();
        self.read(move |connection| end::find(connection, &id, now)).await
    }

    async fn unexpired_of(&self, subject: &Subject, now: Timestamp) -> Result<Vec<StoredSession>, StoreError> {
        let subject = subject.clone();
        self.read(move |connection| end::unexpired_of(connection, &subject, now)).await
    }

    async fn end(&self, id: &SessionId, by: &Subject, enforced: Enforced, now: Timestamp) -> Result<Option<StoredSession>, StoreError> {
        let (id, by) = (id.clone(), by.clone());
        self.write(Durability::Machine, move |connection| end::end(connection, &id, &by, enforced, now)).await
    }

    async fn block(&self, block: NewBlock) -> Result<Block, StoreError> {
        self.write(Durability::Machine, move |connection| end::block(connection, &block)).await
    }

    async fn lift(&self, subject: &Subject) -> Result<Option<Block>, StoreError> {
        let subject = subject.clone();
        self.write(Durability::Machine, move |connection| end::lift(connection, &subject)).await
    }

    async fn blocks(&self) -> Result<Vec<Block>, StoreError> {
        self.read(end::blocks).await
    }

    async fn to_deny(&self, now: Timestamp) -> Result<Vec<Denial>, StoreError> {
        self.read(move |connection| end::to_deny(connection, now)).await
    }

    async fn denied(&self, written: DenyWritten) -> Result<(), StoreError> {
        self.write(Durability::Process, move |connection| end::denied(connection, &written)).await
    }

    async fn denied_roles(&self) -> Result<BTreeSet<RoleArn>, StoreError> {
        self.read(end::denied_roles).await
    }

    async fn mark_role(&self, role: &RoleArn, holds_denies: bool) -> Result<(), StoreError> {
        let role = role.clone();
        self.write(Durability::Machine, move |connection| end::mark_role(connection, &role, holds_denies)).await
    }

    async fn figures(&self, now: Timestamp) -> Result<Figures, StoreError> {
        self.read(move |connection| figures::figures(connection, now)).await
    }

    async fn add_refused(&self, refused: &[Refused]) -> Result<(), StoreError> {
        let refused = refused.to_vec();
        self.write(Durability::Process, move |connection| figures::add_refused(connection, &refused)).await
    }

    async fn refused_on(&self, day: i64) -> Result<Vec<Refused>, StoreError> {
        self.read(move |connection| figures::refused_on(connection, day)).await
    }

    async fn forget_expired(&self, before: Timestamp) -> Result<bool, StoreError> {
        self.write(Durability::Process, move |connection| figures::forget_expired(connection, before)).await
    }

    async fn ready(&self) -> Result<(), StoreError> {
        self.write(Durability::Process, touch).await
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

fn connect(path: &Path) -> Result<Connection, rusqlite::Error> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(connection)
}

/// Forgets pages that have been read. After a failure they may be what a damaged file held; a file that
/// has been put right is then read anew.
fn forget_pages(connection: &Connection) {
    if let Err(error) = connection.execute_batch("PRAGMA shrink_memory") {
        tracing::debug!(%error, "pages could not be forgotten");
    }
}

/// Reads what a mint reads, and writes a page that says what it said before: a transaction that writes
/// nothing commits on a full disk too, and SQLite leaves a row alone that would not change.
fn touch(connection: &Connection) -> Result<(), StoreError> {
    connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM sessions), EXISTS (SELECT 1 FROM blocks)")?.query_row([], |_| Ok(()))?;
    Ok(connection.pragma_update(None, "user_version", 0)?)
}

/// Makes the file where there is none, readable by its owner only: it says who had access to what.
fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

#[cfg(test)]
mod tests;
