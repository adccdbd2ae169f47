//! A limit on how often something may happen.

use crate::model::clock::Timestamp;

/// Holds up to `capacity` permits and gains one every `interval_millis`.
#[derive(Debug)]
pub(super) struct TokenBucket {
    capacity: u32,
    interval_millis: i64,
    permits: u32,
    counted: Timestamp,
}

impl TokenBucket {
    /// A full bucket.
    pub(super) fn new(capacity: u32, interval_millis: i64, now: Timestamp) -> Self {
        Self { capacity, interval_millis, permits: capacity, counted: now }
    }

    /// Takes a permit if there is one.
    pub(super) fn take(&mut self, now: Timestamp) -> bool {
        let passed = now.millis_since(self.counted);
        if passed < 0 {
            // The clock was set back: count from here, or nothing would be gained until it has
            // caught up.
            self.counted = now;
        } else {
            let gained = passed / self.interval_millis;
            self.permits = u32::try_from(gained).map_or(self.capacity, |gained| self.permits.saturating_add(gained).min(self.capacity));
            self.counted = self.counted.plus_millis(gained.saturating_mul(self.interval_millis));
        }
        let taken = self.permits > 0;
        self.permits -= u32::from(taken);
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::TokenBucket;
    use crate::model::clock::Timestamp;

    #[test]
    fn gains_a_permit_an_interval_up_to_its_capacity() {
        let start = Timestamp::from_seconds(1_000);
        let mut bucket = TokenBucket::new(2, 100, start);
        assert_eq!(
            [0, 0, 0, 99, 100, 150, 199, 200].map(|at| bucket.take(start.plus_millis(at))),
            [true, true, false, false, true, false, false, true]
        );
        assert_eq!([60_000, 60_000, 60_000].map(|at| bucket.take(start.plus_millis(at))), [true, true, false]);
    }

    #[test]
    fn survives_a_clock_that_is_set() {
        let start = Timestamp::from_seconds(1_000);
        let mut bucket = TokenBucket::new(1, 100, start);
        assert!(bucket.take(start));
        let earlier = start.plus_seconds(-500);
        assert!(!bucket.take(earlier));
        assert!(bucket.take(earlier.plus_millis(100)));
        assert!(bucket.take(Timestamp::from_millis(i64::MAX)));
        assert!(!bucket.take(Timestamp::from_millis(i64::MIN)));
    }
}
