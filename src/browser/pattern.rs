//! Regular expressions, as the browser knows them.

use super::platform;

/// Whether `pattern`, of ECMA-262, is found in `text`. `None` where it is no pattern, and on the server.
#[must_use]
pub fn matches(pattern: &str, text: &str) -> Option<bool> {
    platform::matches(pattern, text)
}
