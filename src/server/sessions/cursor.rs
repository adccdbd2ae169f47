//! Cursors of session lists: where the last page ended, in a form that clients do not read.

use super::StoreError;
use crate::model::clock::Timestamp;
use crate::model::names::SessionId;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The last session of a page; the next page begins behind it, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// When it was issued.
    pub issued_at: Timestamp,
    /// Its id, for sessions of the same millisecond.
    pub id: SessionId,
}

impl Cursor {
    /// The cursor as text.
    #[must_use]
    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}.{}", self.issued_at.millis(), self.id))
    }

    /// Reads a cursor.
    ///
    /// # Errors
    /// [`StoreError::Cursor`] for anything that [`encode`](Self::encode) did not write.
    pub fn decode(text: &str) -> Result<Self, StoreError> {
        let read = || {
            let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
            let (millis, id) = std::str::from_utf8(&bytes).ok()?.split_once('.')?;
            let cursor = Self { issued_at: Timestamp::from_millis(millis.parse().ok()?), id: SessionId::parse(id).ok()? };
            (cursor.encode() == text).then_some(cursor)
        };
        read().ok_or(StoreError::Cursor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_cursor_comes_back(millis in any::<i64>(), id in "[a-z0-9]{26}") {
            let cursor = Cursor { issued_at: Timestamp::from_millis(millis), id: SessionId::parse(id).unwrap() };
            prop_assert_eq!(Cursor::decode(&cursor.encode()).unwrap(), cursor);
        }

        #[test]
        fn anything_else_is_refused(text in "\\PC{0,60}") {
            if let Ok(cursor) = Cursor::decode(&text) {
                prop_assert_eq!(cursor.encode(), text);
            }
        }
    }
}
