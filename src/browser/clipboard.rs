//! The clipboard.

use super::platform;

/// Puts `text` on the clipboard. `false` when the browser refuses: no permission, or a page that
/// came over plain `http`.
pub async fn copy(text: &str) -> bool {
    platform::copy(text).await
}
