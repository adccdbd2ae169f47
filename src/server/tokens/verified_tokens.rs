//! What verification has already found good.
//!
//! A balancer sends the same token with every request until it expires. Its SHA-256 leads to what
//! verification read from it; two tokens that differ in one byte have nothing to do with each other.
//! Only successes are kept, so nobody without a valid token can put anything in. One instance
//! belongs to one verifier, whose rules never change while it lives.

use crate::model::clock::Timestamp;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

/// Tokens kept; the oldest goes first. A kilobyte or two each.
pub(in crate::server) const CAPACITY: usize = 2_048;

/// Longest time for which a token is not verified again. It bounds how long a token outlives the
/// withdrawal of the key that signed it.
const LONGEST_SECONDS: i64 = 300;

/// The hash under which a token is kept.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::server) struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Of a token as received.
    pub(in crate::server) fn of(token: &[u8]) -> Self {
        Self(Sha256::digest(token).into())
    }
}

/// A bounded store of verified tokens.
pub(in crate::server) struct VerifiedTokens<T>(Mutex<Inside<T>>);

struct Inside<T> {
    entries: HashMap<Fingerprint, Entry<T>>,
    by_age: VecDeque<Fingerprint>,
}

struct Entry<T> {
    token: Arc<T>,
    kept_from: Timestamp,
    kept_until: Timestamp,
}

impl<T> VerifiedTokens<T> {
    /// An empty store.
    pub(in crate::server) fn new() -> Self {
        Self(Mutex::new(Inside { entries: HashMap::new(), by_age: VecDeque::new() }))
    }

    /// What verification read from the token, from when it was kept to when it may no longer be. A
    /// clock that has stepped back is before that, and the token is verified again: else the step would
    /// add to the time for which a withdrawn key is believed.
    pub(in crate::server) fn find(&self, fingerprint: &Fingerprint, now: Timestamp) -> Option<Arc<T>> {
        let inside = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = inside.entries.get(fingerprint)?;
        (entry.kept_from <= now && now < entry.kept_until).then(|| Arc::clone(&entry.token))
    }

    /// Keeps a token that passed every rule, until `expires` or for five minutes.
    pub(in crate::server) fn keep(&self, fingerprint: Fingerprint, token: &Arc<T>, expires: Timestamp, now: Timestamp) {
        let kept_until = expires.min(now.plus_seconds(LONGEST_SECONDS));
        let mut inside = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let replaced = inside.entries.insert(fingerprint, Entry { token: Arc::clone(token), kept_from: now, kept_until });
        if replaced.is_none() {
            inside.by_age.push_back(fingerprint);
        }
        if inside.entries.len() > CAPACITY
            && let Some(oldest) = inside.by_age.pop_front()
        {
            inside.entries.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_until_expiry_and_not_longer_than_five_minutes() {
        let now = Timestamp::from_seconds(1_000);
        let store = VerifiedTokens::new();
        store.keep(Fingerprint::of(b"short"), &Arc::new(1), now.plus_seconds(10), now);
        store.keep(Fingerprint::of(b"long"), &Arc::new(2), now.plus_seconds(86_400), now);
        let find = |token: &[u8], seconds| store.find(&Fingerprint::of(token), now.plus_seconds(seconds)).map(|found| *found);
        assert_eq!([find(b"short", 0), find(b"short", 9), find(b"short", 10)], [Some(1), Some(1), None]);
        assert_eq!([find(b"long", 299), find(b"long", 300), find(b"longer", 0)], [Some(2), None, None]);
    }

    #[test]
    fn a_clock_that_steps_keeps_nothing_longer() {
        let now = Timestamp::from_seconds(1_000_000);
        let store = VerifiedTokens::new();
        let fingerprint = Fingerprint::of(b"token");
        store.keep(fingerprint, &Arc::new(1), now.plus_seconds(86_400), now);
        let find = |seconds| store.find(&fingerprint, now.plus_seconds(seconds)).map(|found| *found);
        assert_eq!([find(0), find(-1), find(-3_600), find(3_600)], [Some(1), None, None, None]);
        let earlier = now.plus_seconds(-3_600);
        store.keep(fingerprint, &Arc::new(2), now.plus_seconds(86_400), earlier);
        assert_eq!([find(-3_600), find(-3_301), find(-3_300), find(0)], [Some(2), Some(2), None, None]);
        for extreme in [i64::MIN, i64::MAX] {
            store.keep(fingerprint, &Arc::new(3), Timestamp::from_millis(extreme), Timestamp::from_millis(extreme));
            assert_eq!(find(0), None);
        }
    }

    #[test]
    fn stays_within_its_capacity() {
        let now = Timestamp::from_seconds(1_000);
        let store = VerifiedTokens::new();
        let fingerprint = |index: usize| Fingerprint::of(&index.to_le_bytes());
        for index in 0..=CAPACITY {
            store.keep(fingerprint(index), &Arc::new(index), now.plus_seconds(60), now);
            store.keep(fingerprint(index), &Arc::new(index), now.plus_seconds(60), now);
        }
        let inside = store.0.lock().unwrap();
        assert_eq!((inside.entries.len(), inside.by_age.len()), (CAPACITY, CAPACITY));
        drop(inside);
        assert!(store.find(&fingerprint(0), now).is_none());
        assert!(store.find(&fingerprint(CAPACITY), now).is_some());
    }
}
