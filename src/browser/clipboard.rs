//! The clipboard.

use super::platform;
use sha2::{Digest, Sha256};

/// Puts `text` on the clipboard. `false` when the browser refuses: no permission, or a page that
/// came over plain `http`.
pub async fn copy(text: &str) -> bool {
    platform::copy(text).await
}

/// By what a text is known again without being kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Print([u8; 32]);

impl Print {
    /// Of this text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }
}

/// Takes a text off the clipboard again. Where the page may read the clipboard, which it never asks for, something else is
/// left alone; where it may not, the clipboard is emptied if the page is in front, as browsers allow. `false` where the
/// text may still be there.
pub async fn empty(print: Print) -> bool {
    match platform::readable_clipboard().await {
        Some(text) if Print::of(&text) != print => true,
        Some(_) => copy("").await,
        None => platform::has_focus() && copy("").await,
    }
}
