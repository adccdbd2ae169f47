//! Connections that only read.

use super::BUSY;
use crate::server::sessions::StoreError;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::path::Path;
use std::sync::{Condvar, Mutex, PoisonError, TryLockError};
use std::time::Duration;

const CONNECTIONS: usize = 3;

/// A few connections; who finds none waits.
#[derive(Debug)]
pub(super) struct Readers {
    idle: Mutex<Vec<Connection>>,
    returned: Condvar,
    /// For what is asked on the way of every mint. It waits for nobody.
    quick: Mutex<Connection>,
}

impl Readers {
    pub(super) fn open(path: &Path) -> Result<Self, rusqlite::Error> {
        let open = |busy: Duration| {
            let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
            connection.busy_timeout(busy)?;
            Ok(connection)
        };
        let idle = (0..CONNECTIONS).map(|_| open(BUSY)).collect::<Result<_, rusqlite::Error>>()?;
        Ok(Self { idle: Mutex::new(idle), returned: Condvar::new(), quick: Mutex::new(open(Duration::ZERO)?) })
    }

    /// Runs a few lookups of rows by their index at once, without another thread: they take
    /// microseconds, and handing them over takes ten times that. `None` when they would have to wait, or
    /// failed: ask again with [`Readers::with`], where waiting holds nobody up.
    pub(super) fn at_once<T>(&self, work: impl FnOnce(&Connection) -> Result<T, rusqlite::Error>) -> Option<T> {
        let connection = match self.quick.try_lock() {
            Ok(connection) => connection,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        match work(&connection) {
            Ok(result) => Some(result),
            Err(error) => {
                if !matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)) {
                    super::forget_pages(&connection);
                }
                None
            }
        }
    }

    /// Runs `work` on a connection. Blocks while all are busy.
    pub(super) fn with<T>(&self, work: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let mut idle = self.returned.wait_while(idle, |idle| idle.is_empty()).unwrap_or_else(PoisonError::into_inner);
        let Some(connection) = idle.pop() else { return Err(StoreError::Failed("no connection".to_owned())) };
        drop(idle);
        let result = work(&connection);
        if matches!(result, Err(StoreError::Failed(_))) {
            super::forget_pages(&connection);
        }
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        self.returned.notify_one();
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_answered_at_once_is_left_to_those_who_wait() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.db");
        let writer = super::super::connect(&path).unwrap();
        writer.execute_batch("CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (7)").unwrap();
        let readers = Readers::open(&path).unwrap();
        let ask = |connection: &Connection| connection.query_row("SELECT n FROM t", [], |row| row.get::<_, i64>(0));
        assert_eq!(readers.at_once(ask), Some(7));
        // Somebody else is asking.
        let held = readers.quick.lock().unwrap();
        assert_eq!(readers.at_once(ask), None);
        assert_eq!(readers.with(|connection| Ok(ask(connection)?)).unwrap(), 7);
        drop(held);
        // It fails: the other way says how.
        writer.execute_batch("DROP TABLE t").unwrap();
        assert_eq!(readers.at_once(ask), None);
        assert!(readers.with(|connection| Ok(ask(connection)?)).is_err());
    }
}
