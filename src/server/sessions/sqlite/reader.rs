//! Connections that only read.

use super::BUSY;
use crate::model::clock::Timestamp;
use crate::model::names::{RoleId, SessionId, Subject};
use crate::model::role::Strategy;
use crate::model::session::{Session, SessionPage, SessionState};
use crate::server::sessions::StoreError;
use crate::server::sessions::cursor::Cursor;
use rusqlite::types::Type;
use rusqlite::{Connection, OpenFlags, Row, params};
use std::path::Path;
use std::sync::{Condvar, Mutex, PoisonError};

const CONNECTIONS: usize = 3;
const PAGE: usize = 100;

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
        if matches!(result, Err(StoreError::Failed(_))) {
            super::forget_pages(&connection);
        }
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        self.returned.notify_one();
        result
    }
}

pub(super) fn page_of_subject(
    connection: &Connection,
    subject: &Subject,
    after: Option<&Cursor>,
    now: Timestamp,
) -> Result<SessionPage, StoreError> {
    let (issued_at, id) = after.map_or((i64::MAX, ""), |cursor| (cursor.issued_at.millis(), cursor.id.as_str()));
    let mut statement = connection.prepare_cached(
        "SELECT id, subject, email, role, strategy, access_key_id, issued_at, expires_at, state, source_ip, user_agent
         FROM sessions WHERE subject = ?1 AND (issued_at, id) < (?2, ?3)
         ORDER BY issued_at DESC, id DESC LIMIT ?4",
    )?;
    let mut sessions =
        statement.query_map(params![subject.as_str(), issued_at, id, PAGE + 1], |row| session(row, now))?.collect::<Result<Vec<_>, _>>()?;
    let more = sessions.len() > PAGE;
    sessions.truncate(PAGE);
    let next = sessions.last().filter(|_| more).map(|last| Cursor { issued_at: last.issued_at, id: last.id.clone() }.encode());
    Ok(SessionPage { sessions, next })
}

fn session(row: &Row<'_>, now: Timestamp) -> Result<Session, rusqlite::Error> {
    let expires_at = Timestamp::from_millis(row.get(7)?);
    let kept: SessionState = word(row, 8)?;
    Ok(Session {
        id: parsed(row, 0, SessionId::parse)?,
        subject: parsed(row, 1, Subject::parse)?,
        email: row.get(2)?,
        role: parsed(row, 3, RoleId::parse)?,
        strategy: word::<Strategy>(row, 4)?,
        access_key_id: row.get(5)?,
        issued_at: Timestamp::from_millis(row.get(6)?),
        expires_at,
        state: if kept == SessionState::Live && expires_at <= now { SessionState::Expired } else { kept },
        source_ip: row.get(9)?,
        user_agent: row.get(10)?,
    })
}

fn parsed<T, E>(row: &Row<'_>, column: usize, parse: impl FnOnce(String) -> Result<T, E>) -> Result<T, rusqlite::Error>
where
    E: std::error::Error + Send + Sync + 'static,
{
    parse(row.get(column)?).map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)))
}

/// A word of an enumeration, in the spelling of the API.
fn word<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<T, rusqlite::Error> {
    parsed(row, column, |text| serde_json::from_value(serde_json::Value::String(text)))
}
