//! Messages to the person's other tabs of this portal. Never anything secret: every script of the
//! origin can listen.

use super::platform;

/// A named channel that stays open for the life of the page.
pub struct Channel(platform::Channel);

impl Channel {
    /// Opens the channel and calls `receive` with every message of another tab.
    #[must_use]
    pub fn open(name: &str, receive: impl Fn(&str) + 'static) -> Self {
        Self(platform::Channel::open(name, Box::new(receive)))
    }

    /// Sends to all other tabs.
    pub fn post(&self, message: &str) {
        self.0.post(message);
    }
}

impl std::fmt::Debug for Channel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Channel")
    }
}
