//! How fast a bucket takes bodies, all connections together.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// What may come at once after a pause: timers are no finer than a millisecond.
const SLACK: Duration = Duration::from_millis(20);

/// A limit on bytes a second.
#[derive(Debug)]
pub(super) struct Pace {
    bytes_per_second: u32,
    /// When the next byte may come.
    free: Mutex<Option<Instant>>,
}

impl Pace {
    pub(super) const fn new(bytes_per_second: u32) -> Self {
        Self { bytes_per_second, free: Mutex::new(None) }
    }

    /// Waits until so many more bytes may have come.
    pub(super) async fn pass(&self, bytes: usize) {
        let now = Instant::now();
        let end = self.reserve(now, bytes);
        if end > now {
            sleep_until(end).await;
        }
    }

    /// When so many more bytes may have come.
    fn reserve(&self, now: Instant, bytes: usize) -> Instant {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let earliest = now.checked_sub(SLACK).unwrap_or(now);
        let start = free.map_or(now, |free| free.max(earliest));
        let nanoseconds = bytes as u64 * 1_000_000_000 / u64::from(self.bytes_per_second);
        *free.insert(start + Duration::from_nanos(nanoseconds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_share_it() {
        let (pace, now) = (Pace::new(1_000_000), Instant::now());
        let last = (0..100).map(|_| pace.reserve(now, 10_000)).last().unwrap();
        assert_eq!(last - now, Duration::from_secs(1));
        // A second of silence is worth no more than the slack.
        let later = last + Duration::from_secs(1);
        assert_eq!(pace.reserve(later, 1_000_000) - later, Duration::from_millis(980));
    }
}
