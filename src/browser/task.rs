//! Work beside rendering.

use super::platform;
use std::future::Future;

/// Starts work that nobody waits for. On the server it is dropped: nothing in a page does
/// background work while it is rendered.
pub fn spawn(work: impl Future<Output = ()> + 'static) {
    platform::spawn(Box::pin(work));
}

/// Calls `work` once the browser has nothing else to do, or after two seconds. Never on the server.
pub fn when_idle(work: impl FnOnce() + 'static) {
    platform::when_idle(Box::new(work));
}
