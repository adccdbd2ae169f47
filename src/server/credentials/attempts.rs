//! How often each person asked this process to mint within the last minute.
//!
//! The limit that holds across processes and restarts is the session store's. This one keeps what
//! is never recorded, refused and unfinished mints, from reaching STS without bound.

use crate::model::clock::{Clock, Timestamp};
use crate::model::names::Subject;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

/// The window of the limit, in seconds.
pub const WINDOW_SECONDS: i64 = 60;
/// How many people are remembered at least before those without a recent attempt are forgotten.
const SWEEP_AT: usize = 4_096;

/// Times of recent attempts.
#[derive(Debug, Default)]
pub struct Attempts(Mutex<People>);

#[derive(Debug, Default)]
struct People {
    attempts: HashMap<Subject, VecDeque<Timestamp>>,
    /// How many the last sweep left. The next one comes when there are twice as many, so that a
    /// sweep of everybody is paid for by as many newcomers.
    left: usize,
}

impl Attempts {
    /// Counts an attempt, or says after how many seconds the next one is admitted.
    ///
    /// # Errors
    /// The seconds to wait, at least 1.
    pub fn admit(&self, subject: &Subject, limit: u32, clock: &dyn Clock) -> Result<(), u32> {
        let now = clock.now();
        let recent = |at: &Timestamp| (0..WINDOW_SECONDS * 1_000).contains(&now.millis_since(*at));
        let mut people = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if people.attempts.len() >= SWEEP_AT.max(2 * people.left) && !people.attempts.contains_key(subject) {
            people.attempts.retain(|_, attempts| attempts.back().is_some_and(recent));
            people.left = people.attempts.len();
        }
        let attempts = people.attempts.entry(subject.clone()).or_default();
        attempts.retain(recent);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        if attempts.len() < limit {
            attempts.push_back(now);
            return Ok(());
        }
        // The attempt whose leaving brings the count below the limit.
        Err(seconds_until_it_leaves(attempts.get(attempts.len() - limit).copied().unwrap_or(now), now))
    }
}

/// Whole seconds until an event leaves the window, from 1 to the window's own.
#[must_use]
pub fn seconds_until_it_leaves(event: Timestamp, now: Timestamp) -> u32 {
    // Another portal may have recorded it a moment after this one looked at its clock.
    let millis = event.plus_seconds(WINDOW_SECONDS).millis_since(now).clamp(1, WINDOW_SECONDS * 1_000);
    u32::try_from((millis + 999) / 1_000).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicI64, Ordering};

    struct Turned(AtomicI64);

    impl Clock for Turned {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(self.0.load(Ordering::Relaxed))
        }
    }

    #[test]
    fn the_window_slides() {
        let (clock, attempts) = (Turned(AtomicI64::new(1_000_000)), Attempts::default());
        let (one, other) = (Subject::parse("one").unwrap(), Subject::parse("other").unwrap());
        assert_eq!(attempts.admit(&one, 2, &clock), Ok(()));
        clock.0.fetch_add(10_000, Ordering::Relaxed);
        assert_eq!(attempts.admit(&one, 2, &clock), Ok(()));
        assert_eq!(attempts.admit(&one, 2, &clock), Err(50));
        assert_eq!(attempts.admit(&other, 2, &clock), Ok(()));
        clock.0.fetch_add(49_999, Ordering::Relaxed);
        assert_eq!(attempts.admit(&one, 2, &clock), Err(1));
        clock.0.fetch_add(1, Ordering::Relaxed);
        assert_eq!(attempts.admit(&one, 2, &clock), Ok(()));
        assert_eq!(attempts.admit(&one, 0, &clock), Err(60));
    }

    #[test]
    fn people_are_forgotten_once_their_attempts_are_a_minute_old() {
        let (clock, attempts) = (Turned(AtomicI64::new(1_000_000)), Attempts::default());
        let ask = |from: usize, to: usize| {
            for number in from..to {
                assert_eq!(attempts.admit(&Subject::parse(format!("person-{number}")).unwrap(), 1, &clock), Ok(()));
            }
            attempts.0.lock().unwrap().attempts.len()
        };
        assert_eq!(ask(0, SWEEP_AT), SWEEP_AT);
        // Nobody's attempt is old: everybody stays, and is not looked at again for each newcomer.
        assert_eq!(ask(SWEEP_AT, SWEEP_AT + 10), SWEEP_AT + 10);
        assert_eq!(attempts.0.lock().unwrap().left, SWEEP_AT);
        clock.0.fetch_add(60_000, Ordering::Relaxed);
        assert_eq!(ask(2 * SWEEP_AT, 3 * SWEEP_AT - 10), 2 * SWEEP_AT);
        assert_eq!(ask(3 * SWEEP_AT, 3 * SWEEP_AT + 1), SWEEP_AT - 10 + 1);
    }

    #[test]
    fn nobody_waits_longer_than_the_window() {
        let now = Timestamp::from_millis(1_000_000);
        assert_eq!(seconds_until_it_leaves(now, now), 60);
        assert_eq!(seconds_until_it_leaves(now.plus_millis(300), now), 60, "another portal's, a moment later");
        assert_eq!(seconds_until_it_leaves(now.plus_seconds(-59), now), 1);
        assert_eq!(seconds_until_it_leaves(now.plus_seconds(-61), now), 1);
    }

    #[test]
    fn a_clock_that_steps_back_locks_nobody_out() {
        let (clock, attempts) = (Turned(AtomicI64::new(1_000_000)), Attempts::default());
        let one = Subject::parse("one").unwrap();
        assert_eq!(attempts.admit(&one, 1, &clock), Ok(()));
        clock.0.fetch_sub(500_000, Ordering::Relaxed);
        assert_eq!(attempts.admit(&one, 1, &clock), Ok(()));
    }
}
