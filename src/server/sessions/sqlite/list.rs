//! Pages of sessions.

use super::row;
use crate::model::clock::Timestamp;
use crate::model::names::Subject;
use crate::model::session::{SessionFilter, SessionPage, SessionState};
use crate::server::sessions::cursor::Cursor;
use crate::server::sessions::{LONGEST_LIFE_SECONDS, PAGE, StoreError};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

/// A page of one person's sessions.
pub(super) fn of_subject(
    connection: &Connection,
    subject: &Subject,
    after: Option<&Cursor>,
    now: Timestamp,
) -> Result<SessionPage, StoreError> {
    let mut wanted = Wanted::behind(after);
    wanted.add("s.subject = ?", [text(subject.as_str())]);
    wanted.page(connection, now)
}

/// A page of everybody's.
pub(super) fn page(
    connection: &Connection,
    filter: &SessionFilter,
    after: Option<&Cursor>,
    now: Timestamp,
) -> Result<SessionPage, StoreError> {
    Wanted::by(filter, after, now).page(connection, now)
}

/// How the database goes about a page.
#[cfg(test)]
pub(super) fn plan(connection: &Connection, filter: &SessionFilter, now: Timestamp) -> Result<Vec<String>, StoreError> {
    let wanted = Wanted::by(filter, None, now);
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", wanted.sql()))?;
    let steps = statement.query_map(params_from_iter(wanted.values), |row| row.get(3))?;
    Ok(steps.collect::<Result<_, _>>()?)
}

/// The conditions of a page. Each is one that an index answers.
struct Wanted {
    conditions: Vec<&'static str>,
    values: Vec<Value>,
}

impl Wanted {
    fn behind(after: Option<&Cursor>) -> Self {
        let (issued_at, id) = after.map_or((i64::MAX, ""), |cursor| (cursor.issued_at.millis(), cursor.id.as_str()));
        Self { conditions: vec!["(s.issued_at, s.id) < (?, ?)"], values: vec![Value::Integer(issued_at), text(id)] }
    }

    fn by(filter: &SessionFilter, after: Option<&Cursor>, now: Timestamp) -> Self {
        let mut wanted = Self::behind(after);
        if let Some(role) = &filter.role {
            wanted.add("s.role = ?", [text(role.as_str())]);
        }
        if let Some(state) = filter.state {
            wanted.in_state(state, now);
        }
        if let Some(user) = &filter.user {
            wanted.of_people(user);
        }
        wanted
    }

    fn add<const N: usize>(&mut self, condition: &'static str, values: [Value; N]) {
        self.conditions.push(condition);
        self.values.extend(values);
    }

    /// As [`state_at`](crate::server::sessions::state_at) has it. What works has been issued lately,
    /// which keeps years of expired rows out of the search.
    fn in_state(&mut self, state: SessionState, now: Timestamp) {
        let time = || Value::Integer(now.millis());
        let recently = || Value::Integer(now.plus_seconds(-LONGEST_LIFE_SECONDS).millis());
        match state {
            SessionState::Live => self.add(
                "s.state = 'live' AND s.expires_at > ? AND s.issued_at > ? AND s.subject NOT IN (SELECT subject FROM blocks)",
                [time(), recently()],
            ),
            SessionState::Blocked => self.add(
                "s.state = 'live' AND s.expires_at > ? AND s.issued_at > ? AND s.subject IN (SELECT subject FROM blocks)",
                [time(), recently()],
            ),
            SessionState::Expired => self.add("s.state = 'live' AND s.expires_at <= ?", [time()]),
            SessionState::Ending => self.add("s.state <> 'live' AND s.state = 'ending' AND s.expires_at > ?", [time()]),
            SessionState::Ended => self.add("s.state <> 'live' AND (s.state = 'ended' OR s.expires_at <= ?)", [time()]),
        }
    }

    /// Whose subject or address begins with `beginning`.
    fn of_people(&mut self, beginning: &str) {
        // Behind every text that begins so, whatever follows.
        let end = format!("{beginning}{}", char::MAX);
        self.add(
            "s.rowid IN (SELECT rowid FROM sessions WHERE subject >= ? COLLATE NOCASE AND subject < ? COLLATE NOCASE
                         UNION SELECT rowid FROM sessions WHERE email >= ? COLLATE NOCASE AND email < ? COLLATE NOCASE)",
            [text(beginning), text(&end), text(beginning), text(&end)],
        );
    }

    fn sql(&self) -> String {
        format!(
            "SELECT {} FROM {} WHERE {} ORDER BY s.issued_at DESC, s.id DESC LIMIT {}",
            row::SESSION,
            row::FROM,
            self.conditions.join(" AND "),
            PAGE + 1
        )
    }

    fn page(self, connection: &Connection, now: Timestamp) -> Result<SessionPage, StoreError> {
        let mut sessions = connection
            .prepare_cached(&self.sql())?
            .query_map(params_from_iter(self.values), |row| row::session(row, now))?
            .collect::<Result<Vec<_>, _>>()?;
        let more = sessions.len() > PAGE;
        sessions.truncate(PAGE);
        let next = sessions.last().filter(|_| more).map(|last| Cursor { issued_at: last.issued_at, id: last.id.clone() }.encode());
        Ok(SessionPage { sessions, next })
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}
