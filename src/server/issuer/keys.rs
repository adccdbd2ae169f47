//! Which key signs when, and which are published.
//!
//! AWS fetches the key set when it likes and keeps it for as long as it likes. So a further key is
//! published from the moment at which it stands in the configuration, and signs a day after that.
//! The key before it stays published until the last token that it signed is dead. Both follow from
//! the configured times and the clock alone, so that all instances of the portal agree.

use super::PublicKey;
use super::token::LIFE_SECONDS;
use crate::model::clock::Timestamp;
use crate::model::error::{ErrorCode, PortalError};
use crate::words::say;
use async_trait::async_trait;
use std::sync::Arc;
use thiserror::Error;

/// A further key is published for so long before it signs.
pub const PUBLISHED_BEFORE_USE_SECONDS: i64 = 86_400;
/// A key is published for so long after it last signed: a token's life, and fifteen minutes for
/// clocks that are apart.
pub const PUBLISHED_AFTER_USE_SECONDS: i64 = LIFE_SECONDS + 900;

/// A key that signs tokens.
#[async_trait]
pub trait SigningKey: Send + Sync {
    /// Its public half.
    ///
    /// # Errors
    /// [`KeyError`] when it cannot be had.
    async fn public(&self) -> Result<PublicKey, KeyError>;

    /// The signature over `message` in the form of JWS (RFC 7518, section 3): `r‖s` or PKCS #1.
    ///
    /// # Errors
    /// [`KeyError`] when there is none to be had.
    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError>;
}

/// Why a key does not sign. The texts name keys, never what is in them.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    /// No key is listed.
    #[error("the issuer has no key")]
    NoKey,
    /// The system has no randomness to give.
    #[error("there is no randomness to be had")]
    Random,
    /// Signing in this process failed.
    #[error("the key did not sign")]
    Signing,
    /// KMS does not let the server in.
    #[error("AWS KMS does not let the server use the key {0}")]
    NotLetIn(String),
    /// KMS has no such key, or not in a state to sign.
    #[error("the key {0} cannot be used in AWS KMS")]
    Unusable(String),
    /// Another kind of key than tokens are signed with.
    #[error("the key {0} is of another kind than P-256 or RSA of 2,048 to 4,096 bits, for signing")]
    Kind(String),
    /// KMS answers something that is none of its answers.
    #[error("what answers as AWS KMS does not speak its language")]
    NotKms,
    /// KMS is busy, failing or out of reach.
    #[error("AWS KMS cannot be asked for a signature at the moment")]
    Unavailable,
}

impl From<KeyError> for PortalError {
    fn from(error: KeyError) -> Self {
        let misconfigured = |message, next_step| Self::said(ErrorCode::MintMisconfigured, message, next_step);
        match error {
            KeyError::NoKey | KeyError::Random | KeyError::Signing => Self::defect(),
            KeyError::Unavailable => Self::said(
                ErrorCode::MintUnavailable,
                say!("Your token for AWS cannot be signed: AWS KMS cannot be asked for a signature at the moment."),
                say!("Try again in a moment. If it stays, the people who run the portal check the way from the server to KMS."),
            )
            .with_retry_after(5),
            KeyError::NotLetIn(key) => misconfigured(
                say!("Your token for AWS cannot be signed: AWS KMS does not let the server use the key {key}.", key = key),
                say!(
                    "The people who run the portal give its own role kms:Sign and kms:GetPublicKey on this key, in its policy or the key's."
                ),
            ),
            KeyError::Unusable(key) => misconfigured(
                say!("Your token for AWS cannot be signed: the key {key} cannot be used in AWS KMS.", key = key),
                say!("The people who run the portal check in AWS KMS that the key exists in that region, is enabled and is for signing."),
            ),
            KeyError::Kind(key) => misconfigured(
                say!(
                    "Your token for AWS cannot be signed: the key {key} is of another kind than P-256 or RSA of 2,048 to 4,096 bits, for signing.",
                    key = key
                ),
                say!(
                    "The people who run the portal make a key with the spec ECC_NIST_P256 or RSA_2048 and the usage SIGN_VERIFY, and list that."
                ),
            ),
            KeyError::NotKms => misconfigured(
                say!("Your token for AWS cannot be signed: what answers as AWS KMS does not speak its language."),
                say!("The people who run the portal check self_issued.kms_endpoint."),
            ),
        }
    }
}

/// A key and since when it stands in the configuration.
pub struct ListedKey {
    /// The key.
    pub key: Arc<dyn SigningKey>,
    /// Since when; the first needs none.
    pub published_at: Option<Timestamp>,
}

/// The keys in the order in which they come into use.
pub(super) struct KeyRing(Vec<ListedKey>);

impl KeyRing {
    pub(super) fn new(keys: Vec<ListedKey>) -> Self {
        Self(keys)
    }

    /// The key whose turn it is: the last that has been published for a day, or else the first.
    pub(super) fn signing(&self, now: Timestamp) -> Option<&Arc<dyn SigningKey>> {
        self.0.get(self.turn(now)).map(|listed| &listed.key)
    }

    /// All keys but those whose last token is dead.
    pub(super) fn published(&self, now: Timestamp) -> impl Iterator<Item = &Arc<dyn SigningKey>> {
        self.0.iter().skip(self.turn(now.plus_seconds(-PUBLISHED_AFTER_USE_SECONDS))).map(|listed| &listed.key)
    }

    fn turn(&self, now: Timestamp) -> usize {
        let due = |listed: &ListedKey| listed.published_at.is_none_or(|at| at.plus_seconds(PUBLISHED_BEFORE_USE_SECONDS) <= now);
        self.0.iter().rposition(due).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::key_file::LocalKey;
    use super::*;

    const ADDED: i64 = 1_795_000_000;

    /// The places of the key that signs and of those that are published, at a time.
    fn at(ring: &KeyRing, seconds: i64) -> (usize, Vec<usize>) {
        let now = Timestamp::from_seconds(seconds);
        let place = |key: &Arc<dyn SigningKey>| ring.0.iter().position(|listed| Arc::ptr_eq(&listed.key, key)).unwrap();
        (place(ring.signing(now).unwrap()), ring.published(now).map(place).collect())
    }

    fn ring(times: &[Option<i64>]) -> KeyRing {
        let listed =
            |at: &Option<i64>| ListedKey { key: Arc::new(LocalKey::generate().unwrap()), published_at: at.map(Timestamp::from_seconds) };
        KeyRing::new(times.iter().map(listed).collect())
    }

    #[test]
    fn a_new_key_is_published_for_a_day_before_it_signs_and_the_old_one_until_its_last_token_is_dead() {
        let ring = ring(&[None, Some(ADDED)]);
        let first_use = ADDED + 86_400;
        assert_eq!(at(&ring, ADDED - 1_000_000), (0, vec![0, 1]), "published from the moment at which it is listed");
        assert_eq!(at(&ring, first_use - 1), (0, vec![0, 1]));
        assert_eq!(at(&ring, first_use), (1, vec![0, 1]));
        let last_token_dead = first_use + LIFE_SECONDS;
        assert_eq!(at(&ring, last_token_dead), (1, vec![0, 1]), "clocks may be apart");
        assert_eq!(at(&ring, first_use + PUBLISHED_AFTER_USE_SECONDS - 1), (1, vec![0, 1]));
        assert_eq!(at(&ring, first_use + PUBLISHED_AFTER_USE_SECONDS), (1, vec![1]));
    }

    #[test]
    fn a_single_key_signs_at_once() {
        assert_eq!(at(&ring(&[None]), 0), (0, vec![0]));
        assert_eq!(at(&ring(&[Some(ADDED)]), ADDED), (0, vec![0]), "also where it has a time: there is no other");
    }

    #[test]
    fn three_keys_take_turns() {
        let ring = ring(&[Some(ADDED - 1_000_000), Some(ADDED), Some(ADDED + 1_000)]);
        assert_eq!(at(&ring, ADDED + 86_400), (1, vec![0, 1, 2]));
        assert_eq!(at(&ring, ADDED + 87_400), (2, vec![0, 1, 2]));
        assert_eq!(at(&ring, ADDED + 86_400 + PUBLISHED_AFTER_USE_SECONDS), (2, vec![1, 2]));
    }

    #[test]
    fn without_keys_nothing_signs() {
        assert!(KeyRing::new(Vec::new()).signing(Timestamp::from_seconds(0)).is_none());
    }
}
