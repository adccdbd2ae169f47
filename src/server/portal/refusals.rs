//! How many mints this process refused today.

use crate::model::clock::Timestamp;
use crate::model::error::ErrorCode;
use std::sync::{Mutex, PoisonError};

const SECONDS_PER_DAY: i64 = 86_400;

/// Counts from midnight UTC to midnight UTC. The count is of this process and ends with it: whatever
/// a stranger can cause without end is not written to the session store.
#[derive(Debug, Default)]
pub(super) struct Refusals(Mutex<Day>);

#[derive(Debug, Default)]
struct Day {
    number: i64,
    refused: u64,
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
            self.with_day(now, |day| day.refused += 1);
        }
    }

    /// The refusals since midnight.
    pub(super) fn today(&self, now: Timestamp) -> u64 {
        self.with_day(now, |day| day.refused)
    }

    fn with_day<T>(&self, now: Timestamp, work: impl FnOnce(&mut Day) -> T) -> T {
        let number = now.seconds().div_euclid(SECONDS_PER_DAY);
        let mut day = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if day.number != number {
            *day = Day { number, refused: 0 };
        }
        work(&mut day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight() {
        let (refusals, evening) = (Refusals::default(), Timestamp::from_seconds(20_000 * SECONDS_PER_DAY - 1));
        for code in [ErrorCode::Blocked, ErrorCode::RateLimited, ErrorCode::BadRequest, ErrorCode::MintUnavailable] {
            refusals.count(code, evening);
        }
        assert_eq!(refusals.today(evening), 2);
        assert_eq!(refusals.today(evening.plus_seconds(1)), 0);
    }
}
