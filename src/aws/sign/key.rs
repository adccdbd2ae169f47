//! The signing key: secret key, date, region and service folded together by HMAC.

use crate::model::secret::Secret;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// A key that signs for one day, one region and one service. Overwritten when dropped.
pub(super) struct SigningKey(Zeroizing<[u8; 32]>);

impl SigningKey {
    /// Folds the secret key with the date (`20130524`), the region and the service.
    pub(super) fn derive(secret: &Secret, date: &str, region: &str, service: &str) -> Self {
        let secret = secret.expose();
        let mut start = Zeroizing::new(Vec::with_capacity(4 + secret.len()));
        start.extend_from_slice(b"AWS4");
        start.extend_from_slice(secret.as_bytes());
        let mut key = hmac(&start, date.as_bytes());
        for part in [region, service, "aws4_request"] {
            key = hmac(&*key, part.as_bytes());
        }
        Self(key)
    }

    /// The signature of `text` in hex.
    pub(super) fn sign(&self, text: &str) -> String {
        hex::encode(*hmac(&*self.0, text.as_bytes()))
    }
}

/// HMAC-SHA-256.
pub(crate) fn hmac(key: &[u8], text: &[u8]) -> Zeroizing<[u8; 32]> {
    // The key length is only refused by MACs with a fixed one; HMAC hashes what is too long.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { unreachable!("HMAC takes a key of any length") };
    mac.update(text);
    Zeroizing::new(mac.finalize().into_bytes().into())
}
