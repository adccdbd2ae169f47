//! Ends and blocks.

use super::row;
use crate::model::clock::Timestamp;
use crate::model::names::{RoleArn, SessionId, Subject};
use crate::model::session::{Block, Enforced};
use crate::server::sessions::{BLOCKS, Denial, DenyWritten, NewBlock, StoreError, StoredSession, end_of};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeSet;

pub(super) fn find(connection: &Connection, id: &SessionId, now: Timestamp) -> Result<Option<StoredSession>, StoreError> {
    let sql = format!("SELECT {} FROM {} WHERE s.id = ?1", row::SESSION, row::FROM);
    Ok(connection.prepare_cached(&sql)?.query_row([id.as_str()], |row| row::stored(row, now)).optional()?)
}

pub(super) fn unexpired_of(connection: &Connection, subject: &Subject, now: Timestamp) -> Result<Vec<StoredSession>, StoreError> {
    let sql = format!(
        "SELECT {} FROM {} WHERE s.subject = ?1 AND s.expires_at > ?2 ORDER BY s.issued_at DESC, s.id DESC",
        row::SESSION,
        row::FROM
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params![subject.as_str(), now.millis()], |row| row::stored(row, now))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn end(
    connection: &Connection,
    id: &SessionId,
    by: &Subject,
    enforced: Enforced,
    now: Timestamp,
) -> Result<Option<StoredSession>, StoreError> {
    let Some(mut stored) = find(connection, id, now)? else { return Ok(None) };
    if let Some(end) = end_of(stored.session.state, enforced) {
        connection.prepare_cached("UPDATE sessions SET state = ?2, ended_at = ?3, ended_by = ?4 WHERE id = ?1")?.execute(params![
            id.as_str(),
            end.as_str(),
            now.millis(),
            by.as_str()
        ])?;
        stored.session.state = end;
        stored.session.ended_at = Some(now);
    }
    Ok(Some(stored))
}

pub(super) fn block(connection: &Connection, block: &NewBlock) -> Result<Block, StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO blocks (subject, since, blocked_by, blocked_by_email, email)
             VALUES (?1, ?2, ?3, ?4, (SELECT email FROM sessions WHERE subject = ?1 ORDER BY issued_at DESC, id DESC LIMIT 1))
             ON CONFLICT (subject) DO NOTHING",
        )?
        .execute(params![block.subject.as_str(), block.since.millis(), block.by.as_str(), block.by_email])?;
    let sql = format!("SELECT {} FROM blocks WHERE subject = ?1", row::BLOCK);
    Ok(connection.prepare_cached(&sql)?.query_row([block.subject.as_str()], row::block)?)
}

pub(super) fn lift(connection: &Connection, subject: &Subject) -> Result<Option<Block>, StoreError> {
    let sql = format!("DELETE FROM blocks WHERE subject = ?1 RETURNING {}", row::BLOCK);
    Ok(connection.prepare_cached(&sql)?.query_row([subject.as_str()], row::block).optional()?)
}

pub(super) fn blocks(connection: &Connection) -> Result<Vec<Block>, StoreError> {
    let sql = format!("SELECT {} FROM blocks ORDER BY since DESC, subject LIMIT {BLOCKS}", row::BLOCK);
    Ok(connection.prepare_cached(&sql)?.query_map([], row::block)?.collect::<Result<_, _>>()?)
}

/// Two searches, each through an index: sessions that were ended, and sessions of blocked people.
pub(super) fn to_deny(connection: &Connection, now: Timestamp) -> Result<Vec<Denial>, StoreError> {
    let sql = format!(
        "SELECT {columns} FROM {from} WHERE s.state <> 'live' AND s.expires_at > ?1
         UNION ALL
         SELECT {columns} FROM blocks AS b JOIN sessions AS s ON s.subject = b.subject WHERE s.state = 'live' AND s.expires_at > ?1",
        columns = row::SESSION,
        from = row::FROM
    );
    Ok(connection.prepare_cached(&sql)?.query_map([now.millis()], row::denial)?.collect::<Result<_, _>>()?)
}

pub(super) fn denied_roles(connection: &Connection) -> Result<BTreeSet<RoleArn>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT arn FROM denied_roles")?;
    let arns = statement.query_map([], |row| row::parsed(row, 0, RoleArn::parse))?;
    Ok(arns.collect::<Result<_, _>>()?)
}

pub(super) fn mark_role(connection: &Connection, role: &RoleArn, holds_denies: bool) -> Result<(), StoreError> {
    let sql = if holds_denies { "INSERT OR IGNORE INTO denied_roles (arn) VALUES (?1)" } else { "DELETE FROM denied_roles WHERE arn = ?1" };
    connection.prepare_cached(sql)?.execute([role.as_str()])?;
    Ok(())
}

pub(super) fn denied(connection: &Connection, written: &DenyWritten) -> Result<(), StoreError> {
    let at = written.at.millis();
    let mut ended = connection
        .prepare_cached("UPDATE sessions SET state = 'ended', denied_at = ?2 WHERE id = ?1 AND state <> 'live' AND denied_at IS NULL")?;
    for id in &written.sessions {
        ended.execute(params![id.as_str(), at])?;
    }
    let mut blocked =
        connection.prepare_cached("UPDATE blocks SET denied_at = ?3 WHERE subject = ?1 AND since = ?2 AND denied_at IS NULL")?;
    for (subject, since) in &written.people {
        blocked.execute(params![subject.as_str(), since.millis(), at])?;
    }
    Ok(())
}
