//! Timers that stop when they are dropped.

use super::platform;
use std::future::Future;

/// Within so many milliseconds a browser paints what was changed, also where it is slow.
pub const A_PAINT: u32 = 50;

/// A running timer. Dropping it stops it, from within its own callback too.
#[must_use = "a dropped timer never fires"]
pub struct Timer {
    _running: platform::Timer,
}

impl Timer {
    /// Calls `work` once, after at least this many milliseconds (at most 24 days).
    pub fn after(milliseconds: u32, work: impl FnOnce() + 'static) -> Self {
        Self { _running: platform::Timer::after(milliseconds.min(i32::MAX as u32), Box::new(work)) }
    }
}

impl std::fmt::Debug for Timer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Timer")
    }
}

/// Waits at least this many milliseconds; on the server for ever.
pub fn sleep(milliseconds: u32) -> impl Future<Output = ()> + Send {
    platform::sleep(milliseconds)
}

/// Waits until the browser has painted what was changed, or would have: a page that nobody sees is not painted. On the
/// server for ever.
pub fn painted() -> impl Future<Output = ()> + Send {
    platform::painted(A_PAINT)
}
