//! Totals, refusals, and forgetting.

use super::row;
use crate::model::clock::Timestamp;
use crate::model::session::{EXPIRY_BAR_SECONDS, ExpiryBar};
use crate::server::sessions::{Figures, Refused, StoreError};
use rusqlite::{Connection, params};

/// Rows that are deleted in one transaction at most: mints wait for it.
const FORGOTTEN_AT_ONCE: usize = 500;
const SECONDS_PER_DAY: i64 = 86_400;

const LIVE: &str = "state = 'live' AND expires_at > ?1 AND subject NOT IN (SELECT subject FROM blocks)";

pub(super) fn figures(connection: &Connection, now: Timestamp) -> Result<Figures, StoreError> {
    let soon = now.plus_seconds(3_600).millis();
    let (sessions, people, within_hour) = connection
        .prepare_cached(&format!(
            "SELECT count(*), count(DISTINCT subject), count(*) FILTER (WHERE expires_at <= ?2) FROM sessions WHERE {LIVE}"
        ))?
        .query_row([now.millis(), soon], |row| Ok((count(row.get(0)?), count(row.get(1)?), count(row.get(2)?))))?;
    let ending = connection
        .prepare_cached("SELECT count(*) FROM sessions WHERE state <> 'live' AND state = 'ending' AND expires_at > ?1")?
        .query_row([now.millis()], |row| Ok(count(row.get(0)?)))?;
    let width = EXPIRY_BAR_SECONDS * 1_000;
    let expiries = connection
        .prepare_cached(&format!("SELECT expires_at / ?2, count(*) FROM sessions WHERE {LIVE} GROUP BY 1 ORDER BY 1"))?
        .query_map(params![now.millis(), width], |row| {
            let from = Timestamp::from_millis(row.get::<_, i64>(0)?.saturating_mul(width));
            Ok(ExpiryBar { from, sessions: count(row.get(1)?) })
        })?
        .collect::<Result<_, _>>()?;
    Ok(Figures { sessions, people, within_hour, ending, expiries })
}

pub(super) fn add_refused(connection: &Connection, refused: &[Refused]) -> Result<(), StoreError> {
    let mut add = connection.prepare_cached(
        "INSERT INTO refusals (day, code, mints) VALUES (?1, ?2, ?3) ON CONFLICT (day, code) DO UPDATE SET mints = mints + excluded.mints",
    )?;
    for Refused { day, code, mints } in refused {
        add.execute(params![day, code.as_str(), i64::try_from(*mints).unwrap_or(i64::MAX)])?;
    }
    Ok(())
}

pub(super) fn refused_on(connection: &Connection, day: i64) -> Result<Vec<Refused>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT code, mints FROM refusals WHERE day = ?1")?;
    let rows = statement.query_map([day], |row| Ok(Refused { day, code: row::word(row, 0)?, mints: count(row.get(1)?) }))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// `true` when there may be more.
pub(super) fn forget_expired(connection: &Connection, before: Timestamp) -> Result<bool, StoreError> {
    connection.prepare_cached("DELETE FROM refusals WHERE day < ?1")?.execute([before.seconds().div_euclid(SECONDS_PER_DAY)])?;
    let forgotten = connection
        .prepare_cached(
            "DELETE FROM sessions WHERE rowid IN (SELECT rowid FROM sessions WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)",
        )?
        .execute(params![before.millis(), FORGOTTEN_AT_ONCE])?;
    Ok(forgotten == FORGOTTEN_AT_ONCE)
}

fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
