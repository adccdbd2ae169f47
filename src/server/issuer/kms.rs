//! Keys in AWS KMS: the private half never leaves it, and every signature stands in CloudTrail.
//!
//! The server's own identity needs `kms:Sign` and `kms:GetPublicKey` on the key. Nothing is sent
//! before the first signature, or the first look at the key set.

use super::PublicKey;
use super::ecdsa_signature;
use super::keys::{KeyError, SigningKey};
use crate::server::own_identity::{self, OwnClient, OwnIdentity};
use crate::server::service_error::ServiceError;
use async_trait::async_trait;
use aws_config::Region;
use aws_sdk_kms::Client;
use aws_sdk_kms::config::Builder;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{KeyUsageType, MessageType, SigningAlgorithmSpec};
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;
use url::Url;

/// A key in AWS KMS.
#[derive(Debug)]
pub struct KmsKey {
    id: String,
    client: OwnClient<Client>,
    /// A KMS key's material never changes, so it is fetched once.
    public: OnceCell<PublicKey>,
}

impl KmsKey {
    /// The key with this id or ARN, asked as the server's own identity; `home` is the region of an
    /// id. Nothing is sent.
    #[must_use]
    pub fn new(id: &str, home: &str, endpoint: Option<&Url>, identity: &OwnIdentity) -> Self {
        let region = id.split(':').nth(3).unwrap_or(home).to_owned();
        let endpoint = endpoint.cloned();
        let make = move |settings: &_| {
            let mut settings = Builder::from(settings).region(Region::new(region.clone()));
            if let Some(endpoint) = &endpoint {
                settings = settings.endpoint_url(own_identity::endpoint(endpoint));
            }
            Client::from_conf(settings.build())
        };
        Self { id: id.to_owned(), client: OwnClient::of(identity, make), public: OnceCell::new() }
    }

    async fn fetch(&self) -> Result<PublicKey, KeyError> {
        let answer = self.client.get().await.get_public_key().key_id(&self.id).send().await;
        let answer = answer.map_err(|error| self.failed("GetPublicKey", &ServiceError::of(&error)))?;
        let kind = || KeyError::Kind(self.id.clone());
        if answer.key_usage() != Some(&KeyUsageType::SignVerify) {
            return Err(kind());
        }
        PublicKey::from_spki(answer.public_key().ok_or(KeyError::NotKms)?.as_ref()).ok_or_else(kind)
    }

    fn failed(&self, call: &'static str, error: &ServiceError) -> KeyError {
        let shown = error.clone().withholding(&self.client.secrets());
        if let ServiceError::Refused { status, code, message, request_id } = &shown {
            tracing::warn!(call, key = self.id, status, code, message, request_id, "KMS refused");
        } else {
            tracing::warn!(call, key = self.id, %error, "KMS gave no answer");
        }
        if error.may_pass() {
            return KeyError::Unavailable;
        }
        match error {
            ServiceError::NotTheService => KeyError::NotKms,
            _ if error.is_about_own_identity() => KeyError::NotLetIn(self.id.clone()),
            ServiceError::Refused { code, .. } if code.is_empty() => KeyError::NotKms,
            _ if error.code() == "InvalidKeyUsageException" => KeyError::Kind(self.id.clone()),
            _ => KeyError::Unusable(self.id.clone()),
        }
    }
}

#[async_trait]
impl SigningKey for KmsKey {
    async fn public(&self) -> Result<PublicKey, KeyError> {
        self.public.get_or_try_init(|| self.fetch()).await.cloned()
    }

    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let public = self.public().await?;
        let algorithm = match public {
            PublicKey::P256 { .. } => SigningAlgorithmSpec::EcdsaSha256,
            PublicKey::Rsa { .. } => SigningAlgorithmSpec::RsassaPkcs1V15Sha256,
        };
        let digest = Sha256::digest(message);
        let answer = self
            .client
            .get()
            .await
            .sign()
            .key_id(&self.id)
            .message_type(MessageType::Digest)
            .message(Blob::new(digest.as_slice()))
            .signing_algorithm(algorithm)
            .send()
            .await
            .map_err(|error| self.failed("Sign", &ServiceError::of(&error)))?;
        let signature = answer.signature().ok_or(KeyError::NotKms)?.as_ref();
        match public {
            PublicKey::P256 { .. } => ecdsa_signature::fixed(signature).map(Vec::from).ok_or(KeyError::NotKms),
            PublicKey::Rsa { length, .. } if signature.len() == length => Ok(signature.to_vec()),
            PublicKey::Rsa { .. } => Err(KeyError::NotKms),
        }
    }
}

#[cfg(test)]
mod tests;
