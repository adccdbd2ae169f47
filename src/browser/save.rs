//! Files that the page itself makes.

use super::platform;

/// Has the browser save `content` as the file `name`. Nothing leaves the device.
pub fn save(name: &str, media_type: &str, content: &str) {
    platform::save(name, media_type, content);
}

/// The same with bytes that need not be text.
pub fn save_bytes(name: &str, media_type: &str, bytes: &[u8]) {
    platform::save_bytes(name, media_type, bytes);
}
