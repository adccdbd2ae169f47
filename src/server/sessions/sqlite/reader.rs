//! Connections that only read.

use super::BUSY;
use crate::server::sessions::StoreError;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::sync::{Condvar, Mutex, PoisonError};

const CONNECTIONS: usize = 3;

/// A few connections; who finds none waits.
#[derive(Debug)]
pub(super) struct Readers {
    idle: Mutex<Vec<Connection>>,
    returned: Condvar,
}

impl Readers {
    pub(super) fn open(path: &Path) -> Result<Self, rusqlite::Error> {
        let open = |_| {
            let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
            connection.busy_timeout(BUSY)?;
            Ok(connection)
        };
        Ok(Self { idle: Mutex::new((0..CONNECTIONS).map(open).collect::<Result<_, rusqlite::Error>>()?), returned: Condvar::new() })
    }

    /// Runs `work` on a connection. Blocks while all are busy.
    pub(super) fn with<T>(&self, work: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let mut idle = self.returned.wait_while(idle, |idle| idle.is_empty()).unwrap_or_else(PoisonError::into_inner);
        let Some(connection) = idle.pop() else { return Err(StoreError::Failed("no connection".to_owned())) };
        drop(idle);
        let result = work(&connection);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        self.returned.notify_one();
        result
    }
}
