//! The record of every mint.

pub mod cursor;
pub mod sqlite;

use crate::model::clock::Timestamp;
use crate::model::names::Subject;
use crate::model::session::{Session, SessionPage};
use async_trait::async_trait;
use thiserror::Error;

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
    /// STS's request id.
    pub request_id: Option<String>,
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
