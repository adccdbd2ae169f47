//! How many mints were refused, by day and code.
//!
//! Refusals are counted in memory and written to the session store together, every few seconds and when
//! the portal stops: whatever a stranger can cause without end becomes a handful of rows a day. A process
//! that is killed takes the last seconds with it.

use super::Portal;
use crate::model::clock::Timestamp;
use crate::model::error::ErrorCode;
use crate::server::sessions::{Refused, SessionStore, StoreError};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Mutex as Turn;

/// Pause between two writes.
const PAUSE: Duration = Duration::from_secs(5);
const SECONDS_PER_DAY: i64 = 86_400;

/// What has been counted and not yet written. There are as many entries as codes and days.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    pending: Mutex<HashMap<(i64, ErrorCode), u64>>,
    /// Held while counts are on their way to the store: they are in neither place then.
    moving: Turn<()>,
}

impl Refusals {
    /// Counts a mint that ended in this error, if that was a refusal.
    pub(super) fn count(&self, code: ErrorCode, now: Timestamp) {
        let refused = match code {
            ErrorCode::HeaderRejected
            | ErrorCode::TokenRejected
            | ErrorCode::NotEntitled
            | ErrorCode::Blocked
            | ErrorCode::RateLimited
            | ErrorCode::MintMisconfigured => true,
            ErrorCode::NotSignedIn | ErrorCode::CrossSite | ErrorCode::BadRequest | ErrorCode::MintUnavailable | ErrorCode::Internal => {
                false
            }
        };
        if refused {
            self.add(&[Refused { day: day(now), code, mints: 1 }]);
        }
    }

    /// The refusals since midnight UTC, of all portals on the store; the most frequent code first.
    pub(super) async fn today(&self, store: &dyn SessionStore, now: Timestamp) -> Result<Vec<Refused>, StoreError> {
        let day = day(now);
        let turn = self.moving.lock().await;
        let mut refused = store.refused_on(day).await?;
        for ((_, code), mints) in self.pending().iter().filter(|((counted, _), _)| *counted == day) {
            match refused.iter_mut().find(|refused| refused.code == *code) {
                Some(refused) => refused.mints = refused.mints.saturating_add(*mints),
                None => refused.push(Refused { day, code: *code, mints: *mints }),
            }
        }
        drop(turn);
        refused.sort_by_key(|refused| (std::cmp::Reverse(refused.mints), refused.code.as_str()));
        Ok(refused)
    }

    /// Writes what is pending, in one write. What the store does not take stays pending.
    async fn write(&self, store: &dyn SessionStore) -> Result<(), StoreError> {
        let _turn = self.moving.lock().await;
        let pending = std::mem::take(&mut *self.pending());
        if pending.is_empty() {
            return Ok(());
        }
        let counted: Vec<Refused> = pending.into_iter().map(|((day, code), mints)| Refused { day, code, mints }).collect();
        store.add_refused(&counted).await.inspect_err(|_| self.add(&counted))
    }

    fn add(&self, counted: &[Refused]) {
        let mut pending = self.pending();
        for Refused { day, code, mints } in counted {
            let entry = pending.entry((*day, *code)).or_default();
            *entry = entry.saturating_add(*mints);
        }
    }

    fn pending(&self) -> std::sync::MutexGuard<'_, HashMap<(i64, ErrorCode), u64>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Portal {
    /// Writes the refusals that were counted so far to the session store.
    pub async fn write_refusals(&self) {
        let (refusals, store) = (Arc::clone(&self.refusals), Arc::clone(&self.store));
        // On a task of its own: whoever waits for it may be dropped in the middle, and a write that was
        // under way would count twice or not at all.
        let writing = tokio::spawn(async move { refusals.write(&*store).await });
        if let Ok(Err(error)) = writing.await {
            tracing::warn!(%error, "the count of refused mints could not be written; it is tried again");
        }
    }

    /// Writes refusals every few seconds, for ever.
    pub(in crate::server) async fn keep_writing_refusals(&self) {
        loop {
            tokio::time::sleep(PAUSE).await;
            self.write_refusals().await;
        }
    }
}

/// Days go from midnight UTC to midnight UTC.
fn day(now: Timestamp) -> i64 {
    now.seconds().div_euclid(SECONDS_PER_DAY)
}
