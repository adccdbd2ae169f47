//! Rows and what they stand for.

use crate::model::clock::Timestamp;
use crate::model::names::{RoleArn, RoleId, SessionId, Subject};
use crate::model::role::Strategy;
use crate::model::session::{Block, Session, SessionState};
use crate::server::credentials::deny::{DenyCondition, NotACondition, Reach};
use crate::server::sessions::{Denial, StoredSession, state_at};
use rusqlite::Row;
use rusqlite::types::Type;

/// Columns of [`session`], of `sessions AS s` with `blocks AS b` beside it.
pub(super) const SESSION: &str = "s.id, s.subject, s.email, s.role, s.strategy, s.access_key_id, s.issued_at, s.expires_at, s.state, \
     s.source_ip, s.user_agent, s.ended_at, s.denied_at, b.since, s.assumed_role_id, s.role_arn, s.deny_session, s.deny_person";
/// Where [`SESSION`] comes from.
pub(super) const FROM: &str = "sessions AS s LEFT JOIN blocks AS b ON b.subject = s.subject";
/// Columns of [`block`].
pub(super) const BLOCK: &str = "subject, email, since, blocked_by, blocked_by_email, denied_at";

pub(super) fn session(row: &Row<'_>, now: Timestamp) -> Result<Session, rusqlite::Error> {
    let expires_at = Timestamp::from_millis(row.get(7)?);
    let is_blocked = time(row, 13)?.is_some();
    Ok(Session {
        id: parsed(row, 0, SessionId::parse)?,
        subject: parsed(row, 1, Subject::parse)?,
        email: row.get(2)?,
        role: parsed(row, 3, RoleId::parse)?,
        strategy: word::<Strategy>(row, 4)?,
        access_key_id: row.get(5)?,
        issued_at: Timestamp::from_millis(row.get(6)?),
        expires_at,
        state: state_at(word(row, 8)?, expires_at, is_blocked, now),
        source_ip: row.get(9)?,
        user_agent: row.get(10)?,
        ended_at: time(row, 11)?,
        denied_at: time(row, 12)?,
    })
}

pub(super) fn stored(row: &Row<'_>, now: Timestamp) -> Result<StoredSession, rusqlite::Error> {
    Ok(StoredSession { session: session(row, now)?, assumed_role_id: row.get(14)?, reach: reach(row)? })
}

pub(super) fn denial(row: &Row<'_>) -> Result<Denial, rusqlite::Error> {
    let kept: SessionState = word(row, 8)?;
    Ok(Denial {
        id: parsed(row, 0, SessionId::parse)?,
        subject: parsed(row, 1, Subject::parse)?,
        role: parsed(row, 3, RoleId::parse)?,
        strategy: word::<Strategy>(row, 4)?,
        issued_at: Timestamp::from_millis(row.get(6)?),
        expires_at: Timestamp::from_millis(row.get(7)?),
        ended: kept != SessionState::Live,
        blocked_since: time(row, 13)?,
        assumed_role_id: row.get(14)?,
        reach: reach(row)?,
    })
}

fn reach(row: &Row<'_>) -> Result<Option<Reach>, rusqlite::Error> {
    let Some(role_arn) = row.get::<_, Option<String>>(15)? else { return Ok(None) };
    let condition = |column| -> Result<Option<DenyCondition>, rusqlite::Error> {
        row.get::<_, Option<String>>(column)?.map(|text| text.parse()).transpose().map_err(|error: NotACondition| unreadable(column, error))
    };
    let role_arn = RoleArn::parse(role_arn).map_err(|error| unreadable(15, error))?;
    Ok(Some(Reach { role_arn, session: condition(16)?, person: condition(17)? }))
}

pub(super) fn block(row: &Row<'_>) -> Result<Block, rusqlite::Error> {
    Ok(Block {
        subject: parsed(row, 0, Subject::parse)?,
        email: row.get(1)?,
        since: Timestamp::from_millis(row.get(2)?),
        by: row.get::<_, Option<String>>(3)?.map(Subject::parse).transpose().map_err(|error| unreadable(3, error))?,
        by_email: row.get(4)?,
        denied_at: time(row, 5)?,
    })
}

fn time(row: &Row<'_>, column: usize) -> Result<Option<Timestamp>, rusqlite::Error> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp::from_millis))
}

pub(super) fn parsed<T, E>(row: &Row<'_>, column: usize, parse: impl FnOnce(String) -> Result<T, E>) -> Result<T, rusqlite::Error>
where
    E: std::error::Error + Send + Sync + 'static,
{
    parse(row.get(column)?).map_err(|error| unreadable(column, error))
}

fn unreadable(column: usize, error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
}

/// A word of an enumeration, in the spelling of the API.
pub(super) fn word<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<T, rusqlite::Error> {
    parsed(row, column, |text| serde_json::from_value(serde_json::Value::String(text)))
}
