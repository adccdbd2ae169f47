//! Locks with a name, each held by one tab of this browser at a time (Web Locks API). The browser itself lets go of those
//! of a page that is gone, however it went. A browser without locks gives every lock to everybody.

use super::platform;
use std::fmt;

/// A lock, held until it is dropped.
#[must_use = "a dropped lock is anybody's"]
pub struct Lock {
    _until_dropped: platform::Lock,
}

impl fmt::Debug for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lock")
    }
}

/// Takes a lock that nobody else can have asked for yet.
pub fn hold(name: &str) -> Lock {
    Lock { _until_dropped: platform::Lock::hold(name) }
}

/// Takes a lock, unless another tab has it.
pub async fn take(name: &str) -> Option<Lock> {
    platform::Lock::take(name).await.map(|lock| Lock { _until_dropped: lock })
}

/// Waits until no tab has a lock.
pub async fn released(name: &str) {
    platform::released(name).await;
}

/// The names of all locks that are held. `None` where nobody knows.
pub async fn held() -> Option<Vec<String>> {
    platform::held_locks().await
}
