//! The tables and how older files come to them.

use crate::model::clock::Timestamp;
use rusqlite::{Connection, TransactionBehavior};
use thiserror::Error;

/// One step a release that changed the tables; never edited afterwards.
const MIGRATIONS: [&str; 4] = [
    "
    CREATE TABLE sessions (
        id TEXT PRIMARY KEY,
        subject TEXT NOT NULL,
        email TEXT,
        role TEXT NOT NULL,
        strategy TEXT NOT NULL,
        access_key_id TEXT NOT NULL,
        issued_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        state TEXT NOT NULL,
        source_ip TEXT,
        user_agent TEXT,
        assumed_role_id TEXT,
        request_id TEXT
    ) STRICT;
    CREATE INDEX sessions_by_subject ON sessions (subject, issued_at, id);
    CREATE INDEX sessions_by_expiry ON sessions (expires_at, id);
    CREATE TABLE blocks (
        subject TEXT PRIMARY KEY,
        since INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
",
    "
    ALTER TABLE sessions ADD COLUMN ended_at INTEGER;
    ALTER TABLE sessions ADD COLUMN ended_by TEXT;
    ALTER TABLE sessions ADD COLUMN denied_at INTEGER;
    CREATE INDEX sessions_by_issue ON sessions (issued_at, id);
    CREATE INDEX sessions_by_role ON sessions (role, issued_at, id);
    CREATE INDEX sessions_by_subject_beginning ON sessions (subject COLLATE NOCASE);
    CREATE INDEX sessions_by_email_beginning ON sessions (email COLLATE NOCASE);
    CREATE INDEX sessions_ended ON sessions (issued_at, id) WHERE state <> 'live';
    ALTER TABLE blocks ADD COLUMN email TEXT;
    ALTER TABLE blocks ADD COLUMN blocked_by TEXT;
    ALTER TABLE blocks ADD COLUMN blocked_by_email TEXT;
    ALTER TABLE blocks ADD COLUMN denied_at INTEGER;
",
    "
    ALTER TABLE sessions ADD COLUMN role_arn TEXT;
    ALTER TABLE sessions ADD COLUMN deny_session TEXT;
    ALTER TABLE sessions ADD COLUMN deny_person TEXT;
    CREATE TABLE denied_roles (arn TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
",
    "
    CREATE TABLE refusals (
        day INTEGER NOT NULL,
        code TEXT NOT NULL,
        mints INTEGER NOT NULL,
        PRIMARY KEY (day, code)
    ) STRICT, WITHOUT ROWID;
",
];

#[derive(Debug, Error)]
pub(super) enum MigrationError {
    #[error(transparent)]
    Database(#[from] rusqlite::Error),
    #[error("the file has schema {found}")]
    Newer { found: i64 },
}

/// The newest schema that this release knows.
pub(super) fn newest() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// Applies what is missing, all or nothing.
pub(super) fn migrate(connection: &mut Connection, now: Timestamp) -> Result<(), MigrationError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch("CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL) STRICT")?;
    let found: i64 = transaction.query_row("SELECT coalesce(max(version), 0) FROM migrations", [], |row| row.get(0))?;
    if found > newest() {
        return Err(MigrationError::Newer { found });
    }
    for (version, step) in (1_i64..).zip(MIGRATIONS).filter(|(version, _)| *version > found) {
        transaction.execute_batch(step)?;
        transaction.execute("INSERT INTO migrations (version, applied_at) VALUES (?1, ?2)", (version, now.millis()))?;
    }
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_the_first_release_keeps_its_rows() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE migrations (version INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL) STRICT").unwrap();
        connection.execute_batch(MIGRATIONS[0]).unwrap();
        connection.execute("INSERT INTO migrations VALUES (1, 0)", []).unwrap();
        connection.execute("INSERT INTO blocks (subject, since) VALUES ('ada', 5)", []).unwrap();
        migrate(&mut connection, Timestamp::from_seconds(1)).unwrap();
        migrate(&mut connection, Timestamp::from_seconds(2)).unwrap();
        let block = connection.query_row("SELECT subject, since, blocked_by FROM blocks", [], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, Option<String>>(2)?))
        });
        assert_eq!(block.unwrap(), ("ada".to_owned(), 5, None));
        let applied: i64 = connection.query_row("SELECT count(*) FROM migrations", [], |row| row.get(0)).unwrap();
        assert_eq!(applied, newest());
    }
}
