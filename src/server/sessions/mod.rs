//! The record of every mint, and of every end: who holds what until when, and who may not mint.
//!
//! It never holds a secret. Every store passes the same suite (`suite`).

pub mod cursor;
pub mod dynamodb;
pub mod sqlite;
#[cfg(test)]
mod suite;

use crate::model::clock::Timestamp;
use crate::model::error::ErrorCode;
use crate::model::names::{RoleArn, RoleId, SessionId, Subject};
use crate::model::role::Strategy;
use crate::model::session::{Block, Enforced, ExpiryBar, Session, SessionFilter, SessionPage, SessionState};
use crate::server::credentials::attempts::WINDOW_SECONDS;
use crate::server::credentials::deny::Reach;
use async_trait::async_trait;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use thiserror::Error;

/// Sessions of a page.
pub const PAGE: usize = 100;
/// Most blocks that [`SessionStore::blocks`] tells.
pub const BLOCKS: usize = 1_000;
/// Longest life of a session in seconds: what the configuration allows a role, and room for clocks
/// that differ.
pub const LONGEST_LIFE_SECONDS: i64 = 43_200 + 600;

/// Keeps sessions and blocks.
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// Records a mint unless its person is blocked or has `mints_per_minute` mints within the last
    /// minute, as one durable write. Only when this returned [`Recorded::Kept`] may the credentials
    /// leave.
    ///
    /// # Errors
    /// [`StoreError`] when nothing is known to be recorded.
    async fn record(&self, mint: NewSession, mints_per_minute: u32) -> Result<Recorded, StoreError>;

    /// What [`record`](Self::record) would say now: a cheap question before STS is asked, never in
    /// place of the record.
    ///
    /// # Errors
    /// [`StoreError`] when the store does not answer.
    async fn admits(&self, subject: &Subject, mints_per_minute: u32, now: Timestamp) -> Result<Recorded, StoreError>;

    /// A page of one person's sessions, newest first.
    ///
    /// # Errors
    /// [`StoreError::Cursor`] for a cursor that is not ours.
    async fn of_subject(&self, subject: &Subject, cursor: Option<&str>, now: Timestamp) -> Result<SessionPage, StoreError>;

    /// A page of everybody's sessions, newest first.
    ///
    /// # Errors
    /// [`StoreError::Cursor`] for a cursor that is not ours.
    async fn list(&self, filter: &SessionFilter, cursor: Option<&str>, now: Timestamp) -> Result<SessionPage, StoreError>;

    /// The session of this id; `None` when there is none.
    ///
    /// # Errors
    /// [`StoreError`] when the store does not answer.
    async fn find(&self, id: &SessionId, now: Timestamp) -> Result<Option<StoredSession>, StoreError>;

    /// A person's sessions that have not expired, ended ones included.
    ///
    /// # Errors
    /// [`StoreError`] when the store does not answer.
    async fn unexpired_of(&self, subject: &Subject, now: Timestamp) -> Result<Vec<StoredSession>, StoreError>;

    /// Ends a session that works, durably: to `ending` where IAM is to enforce it, else to `ended`.
    /// One that has ended or expired before stays as it is. Gives the session as it stands
    /// afterwards; `None` when there is none.
    ///
    /// # Errors
    /// [`StoreError`] when it is not known to be written.
    async fn end(&self, id: &SessionId, by: &Subject, enforced: Enforced, now: Timestamp) -> Result<Option<StoredSession>, StoreError>;

    /// Blocks a person, durably, before it returns. A block that stands stays as it is. Gives the
    /// block that stands afterwards.
    ///
    /// # Errors
    /// [`StoreError`] when it is not known to be written.
    async fn block(&self, block: NewBlock) -> Result<Block, StoreError>;

    /// Lifts a block, durably. Gives the block that stood, if any.
    ///
    /// # Errors
    /// [`StoreError`] when it is not known to be written.
    async fn lift(&self, subject: &Subject) -> Result<Option<Block>, StoreError>;

    /// The blocks that stand, newest first, at most [`BLOCKS`].
    ///
    /// # Errors
    /// [`StoreError`] when the store does not answer.
    async fn blocks(&self) -> Result<Vec<Block>, StoreError>;

    /// Every session whose credentials must not work any more and have not expired: what the roles'
    /// policies have to deny.
    ///
    /// # Errors
    /// [`StoreError`] when the store does not answer.
    async fn to_deny(&self, now: Timestamp) -> Result<Vec<Denial>, StoreError>;

    /// Remembers that IAM has taken denies. What was lifted or blocked anew meanwhile stays as it is.
    ///
    /// # Errors
    /// [`StoreError`] when it is not known to be written.
    async fn denied(&self, written: DenyWritten) -> Result<(), StoreError>;

    /// The roles whose policies hold denies of ours, as they were marked.
    ///
    /// # Errors
    /// [`StoreError`] when the store does not answer.
    async fn denied_roles(&self) -> Result<BTreeSet<RoleArn>, StoreError>;

    /// Remembers, before IAM is told, that this role's policy holds denies of ours; or, after IAM was
    /// told, that it holds none any more. A role that has left the configuration is found by it.
    ///
    /// # Errors
    /// [`StoreError`] when it is not known to be written.
    async fn mark_role(&self, role: &RoleArn, holds_denies: bool) -> Result<(), StoreError>;

    /// Totals of what is live.
    ///
    /// # Errors
    /// [`StoreError`] when the store does not answer.
    async fn figures(&self, now: Timestamp) -> Result<Figures, StoreError>;

    /// Adds refused mints to what was counted before, in one write.
    ///
    /// # Errors
    /// [`StoreError`] when it is not known to be written.
    async fn add_refused(&self, refused: &[Refused]) -> Result<(), StoreError>;

    /// The refused mints of a day, one entry a code, as all portals have written them.
    ///
    /// # Errors
    /// [`StoreError`] when the store does not answer.
    async fn refused_on(&self, day: i64) -> Result<Vec<Refused>, StoreError>;

    /// Forgets some sessions that expired before a point in time, and counts of days before it; `true`
    /// when there are more. Blocks are never forgotten.
    ///
    /// # Errors
    /// [`StoreError`] when the store does not answer.
    async fn forget_expired(&self, before: Timestamp) -> Result<bool, StoreError>;

    /// Whether the store answers.
    ///
    /// # Errors
    /// [`StoreError`] when it does not.
    async fn ready(&self) -> Result<(), StoreError>;
}

/// A mint to be recorded.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// The record, in state `live`.
    pub session: Session,
    /// STS's `AssumedRoleId`, `AROA…:session-name`.
    pub assumed_role_id: Option<String>,
    /// What a policy can do about it; `None` in the records of earlier releases.
    pub reach: Option<Reach>,
    /// STS's request id.
    pub request_id: Option<String>,
}

/// A session with what a policy needs to name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSession {
    /// The session.
    pub session: Session,
    /// STS's `AssumedRoleId`, `AROA…:session-name`.
    pub assumed_role_id: Option<String>,
    /// What a policy can do about it; `None` in the records of earlier releases.
    pub reach: Option<Reach>,
}

/// A block to be written.
#[derive(Clone, Debug)]
pub struct NewBlock {
    /// Whom.
    pub subject: Subject,
    /// By which administrator.
    pub by: Subject,
    /// The administrator's address, for display.
    pub by_email: Option<String>,
    /// Since when.
    pub since: Timestamp,
}

/// A session whose credentials are out and must not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// The session.
    pub id: SessionId,
    /// Whose.
    pub subject: Subject,
    /// Which role.
    pub role: RoleId,
    /// How it was minted.
    pub strategy: Strategy,
    /// STS's `AssumedRoleId`, `AROA…:session-name`.
    pub assumed_role_id: Option<String>,
    /// What a policy can do about it; `None` in the records of earlier releases.
    pub reach: Option<Reach>,
    /// When the credentials were minted.
    pub issued_at: Timestamp,
    /// When they stop working anyway.
    pub expires_at: Timestamp,
    /// Whether this session itself was ended.
    pub ended: bool,
    /// Since when its person is blocked.
    pub blocked_since: Option<Timestamp>,
}

/// Denies that IAM has taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DenyWritten {
    /// Sessions that were ended one by one.
    pub sessions: Vec<SessionId>,
    /// People, each with the beginning of the block that was enforced.
    pub people: Vec<(Subject, Timestamp)>,
    /// When.
    pub at: Timestamp,
}

/// Totals of what is live.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Sessions in state `live`.
    pub sessions: u64,
    /// People who have one.
    pub people: u64,
    /// Live sessions that expire within the hour.
    pub within_hour: u64,
    /// Sessions in state `ending`.
    pub ending: u64,
    /// When live sessions expire: those stretches in which one does, in order.
    pub expiries: Vec<ExpiryBar>,
}

/// Mints that were refused with one code on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The number of the day since 1970, in UTC.
    pub day: i64,
    /// The code of the answers.
    pub code: ErrorCode,
    /// How many.
    pub mints: u64,
}

/// What became of a mint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// It is on disk.
    Kept,
    /// The person is blocked: the credentials must be dropped.
    Blocked,
    /// The person is over the limit: the credentials must be dropped.
    RateLimited {
        /// Seconds until the next mint is admitted, at least 1.
        retry_after: u32,
    },
}

/// Why a store did not do what it was asked.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The cursor is not one that this store gave out.
    #[error("the cursor is not one that this portal gave out")]
    Cursor,
    /// The database failed.
    #[error("the session store failed: {0}")]
    Failed(String),
}

/// The times of issue, in milliseconds, that count towards the limit of a mint at `now`.
///
/// Mints that arrive together are written in any order, so later ones count too; those far in the
/// future are of a clock that has stepped back since, and would lock the person out.
fn window(now: Timestamp) -> RangeInclusive<i64> {
    now.plus_seconds(-WINDOW_SECONDS).plus_millis(1).millis()..=now.plus_seconds(WINDOW_SECONDS).millis()
}

/// Where a session stands for whoever asks now, from where it was left in the store.
#[must_use]
pub fn state_at(kept: SessionState, expires_at: Timestamp, is_blocked: bool, now: Timestamp) -> SessionState {
    match kept {
        SessionState::Live if expires_at <= now => SessionState::Expired,
        SessionState::Live if is_blocked => SessionState::Blocked,
        // Whatever became of the deny, it is over.
        SessionState::Ending if expires_at <= now => SessionState::Ended,
        kept => kept,
    }
}

/// Where an end leaves a session that is in `state`; `None` when there is nothing to end.
#[must_use]
pub fn end_of(state: SessionState, enforced: Enforced) -> Option<SessionState> {
    let end = match enforced {
        Enforced::Iam => SessionState::Ending,
        Enforced::Expiry => SessionState::Ended,
    };
    (matches!(state, SessionState::Live | SessionState::Blocked) && state.may_become(end)).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_follow_time_and_blocks() {
        use SessionState::{Blocked, Ended, Ending, Expired, Live};
        let expiry = Timestamp::from_seconds(100);
        let (before, after) = (Timestamp::from_seconds(99), expiry);
        for (kept, blocked, now, seen) in [
            (Live, false, before, Live),
            (Live, true, before, Blocked),
            (Live, true, after, Expired),
            (Live, false, after, Expired),
            (Ending, true, before, Ending),
            (Ending, false, after, Ended),
            (Ended, true, before, Ended),
            (Ended, false, after, Ended),
        ] {
            assert_eq!(state_at(kept, expiry, blocked, now), seen, "{kept:?} {blocked} {now}");
        }
    }

    #[test]
    fn only_what_works_can_be_ended() {
        use SessionState::{Blocked, Ended, Ending, Expired, Live};
        for state in [Live, Blocked] {
            assert_eq!(end_of(state, Enforced::Iam), Some(Ending));
            assert_eq!(end_of(state, Enforced::Expiry), Some(Ended));
        }
        for state in [Ending, Ended, Expired] {
            assert_eq!((end_of(state, Enforced::Iam), end_of(state, Enforced::Expiry)), (None, None));
        }
    }
}
