//! Recording a mint: "insert unless blocked or over the limit", as one statement.

use crate::model::clock::Timestamp;
use crate::model::names::Subject;
use crate::server::credentials::attempts::seconds_until_it_leaves;
use crate::server::sessions::{NewSession, Recorded, window};
use rusqlite::{Connection, OptionalExtension, params};

pub(super) fn insert(connection: &Connection, mint: &NewSession, limit: u32) -> Result<Recorded, rusqlite::Error> {
    let session = &mint.session;
    let (window, reach) = (window(session.issued_at), mint.reach.as_ref());
    let inserted = connection
        .prepare_cached(
            "INSERT INTO sessions (id, subject, email, role, strategy, access_key_id, issued_at, expires_at, state, source_ip, user_agent, assumed_role_id, request_id,
                                   role_arn, deny_session, deny_person)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'live', ?9, ?10, ?11, ?12, ?16, ?17, ?18
             WHERE NOT EXISTS (SELECT 1 FROM blocks WHERE subject = ?2)
               AND (SELECT count(*) FROM sessions WHERE subject = ?2 AND issued_at BETWEEN ?13 AND ?14) < ?15",
        )?
        .execute(params![
            session.id.as_str(),
            session.subject.as_str(),
            session.email,
            session.role.as_str(),
            session.strategy.as_str(),
            session.access_key_id,
            session.issued_at.millis(),
            session.expires_at.millis(),
            session.source_ip,
            session.user_agent,
            mint.assumed_role_id,
            mint.request_id,
            window.start(),
            window.end(),
            limit,
            reach.map(|reach| reach.role_arn.as_str()),
            reach.and_then(|reach| reach.session.as_ref()).map(ToString::to_string),
            reach.and_then(|reach| reach.person.as_ref()).map(ToString::to_string),
        ])?;
    if inserted == 1 { Ok(Recorded::Kept) } else { admission(connection, &session.subject, limit, session.issued_at) }
}

/// What stands in the way of a mint, if anything.
pub(super) fn admission(connection: &Connection, subject: &Subject, limit: u32, now: Timestamp) -> Result<Recorded, rusqlite::Error> {
    let blocked = connection
        .prepare_cached("SELECT 1 FROM blocks WHERE subject = ?1")?
        .query_row([subject.as_str()], |_| Ok(()))
        .optional()?
        .is_some();
    if blocked {
        return Ok(Recorded::Blocked);
    }
    if limit == 0 {
        return Ok(Recorded::RateLimited { retry_after: seconds_until_it_leaves(now, now) });
    }
    let window = window(now);
    // The mint whose leaving the window brings the count below the limit: the limit-th newest.
    let in_the_way: Option<i64> = connection
        .prepare_cached(
            "SELECT issued_at FROM sessions WHERE subject = ?1 AND issued_at BETWEEN ?2 AND ?3
             ORDER BY issued_at DESC, id DESC LIMIT 1 OFFSET ?4",
        )?
        .query_row(params![subject.as_str(), window.start(), window.end(), limit - 1], |row| row.get(0))
        .optional()?;
    Ok(in_the_way.map_or(Recorded::Kept, |issued_at| Recorded::RateLimited {
        retry_after: seconds_until_it_leaves(Timestamp::from_millis(issued_at), now),
    }))
}
