//! Work beside rendering.

use super::platform;
use std::future::Future;

/// Starts work that nobody waits for. On the server it is dropped: nothing in a page does
/// background work while it is rendered.
pub fn spawn(work: impl Future<Output = ()> + 'static) {
    platform::spawn(work);
}
