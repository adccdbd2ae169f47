//! Randomness for spreading things out, never for secrets.

use super::platform;

/// A number from 0 up to, but not including, 1.
#[must_use]
pub fn unit() -> f64 {
    f64::from(platform::random_u32()) / (f64::from(u32::MAX) + 1.0)
}
