//! Style sheets that come with a part of the program.

use super::platform;
use std::sync::atomic::{AtomicBool, Ordering};

/// A style sheet that is not among those that every page loads.
#[derive(Debug)]
pub struct StyleSheet {
    text: &'static str,
    adopted: AtomicBool,
}

impl StyleSheet {
    /// Of this text.
    #[must_use]
    pub const fn new(text: &'static str) -> Self {
        Self { text, adopted: AtomicBool::new(false) }
    }

    /// Has the page follow it from now on. Scripts may do that under the content security policy, which
    /// lets no style stand in the page itself.
    pub fn adopt(&self) {
        if !self.adopted.swap(true, Ordering::Relaxed) {
            platform::adopt_style(self.text);
        }
    }
}
