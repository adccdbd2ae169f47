//! How fast it goes, from what S3 has confirmed.

use std::collections::VecDeque;

/// Milliseconds over which the speed is averaged: a part takes seconds, and only whole parts count.
const WINDOW: i64 = 15_000;

/// Confirmed bytes over time.
#[derive(Debug, Default)]
pub(super) struct Speed {
    /// When, and how many in all by then.
    samples: VecDeque<(i64, u64)>,
}

impl Speed {
    /// Begins anew: after a rest, nothing of before tells how fast it goes.
    pub(super) fn restart(&mut self) {
        self.samples.clear();
    }

    /// So many bytes are confirmed in all.
    pub(super) fn note(&mut self, now: i64, confirmed: u64) {
        while self.samples.len() > 1 && self.samples.get(1).is_some_and(|(then, _)| now - then > WINDOW) {
            self.samples.pop_front();
        }
        self.samples.push_back((now, confirmed));
    }

    /// Bytes a second; `None` as long as nobody can tell.
    pub(super) fn rate(&self, now: i64) -> Option<u64> {
        let (begun, first) = self.samples.front()?;
        let (_, last) = self.samples.back()?;
        let milliseconds = u64::try_from(now - begun).ok().filter(|milliseconds| *milliseconds >= 500)?;
        Some(last.checked_sub(*first)?.saturating_mul(1_000) / milliseconds).filter(|rate| *rate > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::Speed;

    #[test]
    fn the_last_quarter_of_a_minute_counts() {
        let mut speed = Speed::default();
        assert_eq!(speed.rate(0), None);
        speed.note(0, 0);
        assert_eq!(speed.rate(400), None, "too early to tell");
        assert_eq!(speed.rate(1_000), None, "nothing confirmed");
        for second in 1..=10 {
            speed.note(second * 1_000, second.unsigned_abs() * 1_000_000);
        }
        assert_eq!(speed.rate(10_000), Some(1_000_000));
        for second in 11..=40 {
            speed.note(second * 1_000, 10_000_000 + (second - 10).unsigned_abs() * 3_000_000);
        }
        assert_eq!(speed.rate(40_000), Some(3_000_000));
        assert_eq!(speed.rate(55_000), Some(48_000_000 / 31), "it sinks while nothing comes");
        speed.restart();
        assert_eq!(speed.rate(55_000), None);
    }
}
