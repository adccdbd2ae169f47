//! The portal as an OIDC issuer, for the strategy `self-issued`.
//!
//! An issuer signs tokens that say who somebody is; AWS believes them, because the account's IAM
//! OIDC provider names the issuer and its discovery document names the keys. So whoever can sign
//! here is anybody there. Everything that can sign stands in this folder: keys in AWS KMS
//! ([`kms`]) or in this process ([`key_file`]), which of them signs when ([`keys`]), what a token
//! says ([`token`]), and what is published (`documents`).
//!
//! Nobody is verified in here: the one caller is the strategy, which is given a verified viewer.

mod documents;
mod ecdsa_signature;
pub mod key_file;
pub mod keys;
pub mod kms;
mod public_key;
pub mod token;

pub use documents::{DISCOVERY, JWKS};
pub use public_key::PublicKey;

use crate::model::clock::{Clock, Timestamp};
use crate::model::secret::Secret;
use crate::server::config::{KeySource, SelfIssued};
use crate::server::own_identity::OwnIdentity;
use key_file::{KeyFileError, LocalKey};
use keys::{KeyError, KeyRing, ListedKey, SigningKey};
use kms::KmsKey;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use token::Claims;

/// How long the key set is not asked for again after it could not be had, in milliseconds. Anybody
/// may ask for it, and a key in KMS costs a call.
const PAUSE_MILLIS: i64 = 5_000;

/// The issuer.
pub struct Issuer {
    url: String,
    keys: KeyRing,
    clock: Arc<dyn Clock>,
    /// When the key set last could not be had, and why.
    failed: Mutex<Option<(Timestamp, KeyError)>>,
}

impl Issuer {
    /// The issuer of this configuration; `home` is the region of KMS keys that are named by id. Key
    /// files are read; nothing is sent.
    ///
    /// # Errors
    /// [`KeyFileError`] when a key file cannot be used.
    pub fn new(settings: &SelfIssued, home: &str, identity: &OwnIdentity, clock: Arc<dyn Clock>) -> Result<Self, KeyFileError> {
        let mut keys = Vec::with_capacity(settings.keys.len());
        for listed in &settings.keys {
            let key: Arc<dyn SigningKey> = match &listed.source {
                KeySource::File(path) => Arc::new(LocalKey::read(path)?),
                KeySource::Kms(id) => Arc::new(KmsKey::new(id, home, settings.kms_endpoint.as_ref(), identity)),
            };
            keys.push(ListedKey { key, published_at: listed.published_at });
        }
        Ok(Self::with_keys(settings.issuer.clone(), keys, clock))
    }

    /// An issuer with these keys.
    #[must_use]
    pub fn with_keys(url: String, keys: Vec<ListedKey>, clock: Arc<dyn Clock>) -> Self {
        Self { url, keys: KeyRing::new(keys), clock, failed: Mutex::default() }
    }

    /// The issuer's URL, as tokens name it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The URL's path, without a slash at the end: empty for an issuer that is a host alone.
    #[must_use]
    pub fn path(&self) -> &str {
        let after_scheme = self.url.split_once("://").map_or("", |(_, rest)| rest);
        after_scheme.find('/').map_or("", |at| &after_scheme[at..])
    }

    /// Signs a token that says this, with the key whose turn it is.
    ///
    /// # Errors
    /// [`KeyError`] when there is no signature to be had.
    pub async fn sign(&self, claims: &Claims<'_>) -> Result<Secret, KeyError> {
        let now = self.clock.now();
        let key = self.keys.signing(now).ok_or(KeyError::NoKey)?;
        token::sign(&self.url, claims, &**key, now).await
    }

    /// The discovery document.
    #[must_use]
    pub fn discovery(&self) -> String {
        documents::discovery(&self.url)
    }

    /// The key set: the key that signs, those that are about to, and the one before it until its
    /// last token is dead.
    ///
    /// # Errors
    /// [`KeyError`] when the key that signs cannot be had.
    pub async fn key_set(&self) -> Result<String, KeyError> {
        let now = self.clock.now();
        if let Some((at, error)) = &*self.failed.lock().unwrap_or_else(PoisonError::into_inner)
            && (0..PAUSE_MILLIS).contains(&now.millis_since(*at))
        {
            return Err(error.clone());
        }
        let published = self.published(now).await;
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        *failed = published.as_ref().err().map(|error| (now, error.clone()));
        published.map(|keys| documents::key_set(&keys))
    }

    async fn published(&self, now: Timestamp) -> Result<Vec<PublicKey>, KeyError> {
        let signing = self.keys.signing(now).ok_or(KeyError::NoKey)?;
        let mut published = Vec::new();
        for key in self.keys.published(now) {
            match key.public().await {
                Ok(public) => published.push(public),
                // Without the key that signs now the document is of no use. Without another one it
                // still is, today.
                Err(error) if Arc::ptr_eq(key, signing) => return Err(error),
                Err(error) => tracing::error!(%error, "a listed signing key cannot be published"),
            }
        }
        Ok(published)
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuer").field("url", &self.url).finish_non_exhaustive()
    }
}
