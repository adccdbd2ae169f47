//! What has come of an answer that is on its way.

/// As much of it is shown, in bytes: each piece that comes costs the writing of all that is shown.
const SHOWN: usize = 64 * 1024;

/// The end of what has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// The end of it as text; `None` where it is none.
    pub text: Option<String>,
    /// Bytes before that text.
    pub before: usize,
    /// Bytes in all.
    pub bytes: usize,
    /// Pieces in all.
    pub chunks: usize,
}

impl Received {
    /// Of these bytes in so many pieces.
    pub(super) fn of(payload: &[u8], chunks: usize) -> Self {
        let mut before = payload.len().saturating_sub(SHOWN);
        // Not from the middle of a character.
        while before > 0 && payload.get(before).is_some_and(|byte| byte & 0xc0 == 0x80) {
            before += 1;
        }
        let shown = &payload[before..];
        let text = match std::str::from_utf8(shown) {
            Ok(text) => Some(text),
            // The rest of the last character is still to come.
            Err(error) if error.error_len().is_none() => shown.get(..error.valid_up_to()).and_then(|whole| std::str::from_utf8(whole).ok()),
            Err(_) => None,
        };
        Self { text: text.map(str::to_owned), before, bytes: payload.len(), chunks }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_character_that_is_not_whole_waits() {
        let word = "grün".as_bytes();
        assert_eq!(Received::of(&word[..3], 1).text.as_deref(), Some("gr"));
        assert_eq!(Received::of(word, 2), Received { text: Some("grün".into()), before: 0, bytes: 5, chunks: 2 });
        assert_eq!(Received::of(&[0xff, 0xfe], 1).text, None);
        assert_eq!(Received::of(&[], 0).text.as_deref(), Some(""));
    }

    #[test]
    fn only_the_end_of_much_is_shown() {
        let much = "ü".repeat(SHOWN);
        for length in [much.len(), much.len() - 1] {
            let received = Received::of(&much.as_bytes()[..length], 7);
            let text = received.text.unwrap();
            assert!(text.chars().all(|character| character == 'ü') && text.len() <= SHOWN && text.len() >= SHOWN - 4);
            assert_eq!(received.bytes, length);
            assert!(received.before + text.len() + 1 >= length);
        }
    }

    proptest! {
        #[test]
        fn text_cut_anywhere_stays_text(text in "\\PC{0,40}", cut in any::<prop::sample::Index>()) {
            let bytes = &text.as_bytes()[..cut.index(text.len() + 1)];
            let shown = Received::of(bytes, 1).text.unwrap();
            prop_assert!(text.starts_with(&shown) && bytes.len() - shown.len() < 4);
        }
    }
}
