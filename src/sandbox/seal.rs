//! Text that only this process can write and read: AES-256-GCM under a key that lives as long as
//! the process. Session cookies, sign-in states and refresh tokens are made of it.

use super::random;
use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The key. What is sealed for one purpose does not open for another.
pub(super) struct Sealer {
    key: RandomizedNonceKey,
}

impl Sealer {
    /// With a fresh key.
    pub(super) fn new() -> Self {
        let key = RandomizedNonceKey::new(&AES_256_GCM, &random::bytes::<32>()).expect("the key has the length that the algorithm wants");
        Self { key }
    }

    /// Seals `content`: nonce, ciphertext and tag in unpadded base64url.
    ///
    /// # Panics
    /// When `content` does not serialise: all that is sealed here are structs of strings and numbers.
    pub(super) fn seal<T: Serialize>(&self, purpose: &str, content: &T) -> String {
        let mut sealed = serde_json::to_vec(content).expect("structs of strings and numbers serialise");
        let nonce = self
            .key
            .seal_in_place_append_tag(Aad::from(purpose.as_bytes()), &mut sealed)
            .expect("the content is far below the algorithm's limit");
        let mut whole = nonce.as_ref().to_vec();
        whole.append(&mut sealed);
        URL_SAFE_NO_PAD.encode(whole)
    }

    /// Opens what [`seal`](Self::seal) made for the same purpose; `None` for anything else.
    pub(super) fn open<T: DeserializeOwned>(&self, purpose: &str, sealed: &str) -> Option<T> {
        let whole = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (nonce, ciphertext) = whole.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut ciphertext = ciphertext.to_vec();
        let content = self.key.open_in_place(nonce, Aad::from(purpose.as_bytes()), &mut ciphertext).ok()?;
        serde_json::from_slice(content).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::Sealer;
    use proptest::prelude::*;

    #[test]
    fn opens_only_what_it_sealed_for_that_purpose() {
        let sealer = Sealer::new();
        let sealed = sealer.seal("state", &"/browse");
        assert_eq!(sealer.open::<String>("state", &sealed).as_deref(), Some("/browse"));
        assert_eq!(sealer.open::<String>("session", &sealed), None);
        assert_eq!(Sealer::new().open::<String>("state", &sealed), None);
        assert_ne!(sealed, sealer.seal("state", &"/browse"), "a nonce is never used twice");
    }

    #[test]
    fn any_other_character_anywhere_breaks_the_seal() {
        let sealer = Sealer::new();
        let sealed = sealer.seal("session", &"somebody");
        for at in 0..sealed.len() {
            for other in ["A", "B", "_", "=", "+", "é"] {
                let mut changed = sealed.clone();
                changed.replace_range(at..=at, other);
                assert!(changed == sealed || sealer.open::<String>("session", &changed).is_none(), "{at} {other}");
            }
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC*") {
            prop_assert_eq!(Sealer::new().open::<String>("session", &text), None);
        }
    }
}
