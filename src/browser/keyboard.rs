//! What keys are called on this device.

use super::platform;

/// The key that stands for "do it" together with another: ⌘ on Apple's devices, Ctrl elsewhere.
#[must_use]
pub fn command_key() -> &'static str {
    if platform::is_apple() { "⌘" } else { "Ctrl" }
}
