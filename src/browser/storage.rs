//! What outlives the page on this device. Never a secret.

use super::platform;

/// What is kept under `key`.
#[must_use]
pub fn read(key: &str) -> Option<String> {
    platform::stored(key)
}

/// Keeps `value` under `key`, or nothing. A browser that keeps nothing is no failure: what is here must
/// be dispensable.
pub fn write(key: &str, value: Option<&str>) {
    platform::store(key, value);
}
