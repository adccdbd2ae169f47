//! Randomness: for spreading things out and, from the same source, for keys.

use super::platform;

/// A number from 0 up to, but not including, 1. Never for secrets: where there is no randomness it is 0.
#[must_use]
pub fn unit() -> f64 {
    f64::from(platform::random_u32()) / (f64::from(u32::MAX) + 1.0)
}

/// Random bytes that nobody can guess; `None` where the browser gives none, and on the server.
#[must_use]
pub fn secret<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    platform::random_bytes(&mut bytes).then_some(bytes)
}
