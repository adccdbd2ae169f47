//! Addresses of bytes that the page holds, for pictures and players.

use super::platform;

/// An address that works until it is dropped. What it names has the media type that it was made with, whatever the bytes
/// look like.
#[derive(Debug)]
pub struct ObjectUrl(String);

impl ObjectUrl {
    /// Of these bytes. `None` where the browser has no room for them.
    #[must_use]
    pub fn of(bytes: &[u8], media_type: &'static str) -> Option<Self> {
        platform::object_url(bytes, media_type).map(Self)
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Drop for ObjectUrl {
    fn drop(&mut self) {
        platform::revoke_object_url(&self.0);
    }
}
