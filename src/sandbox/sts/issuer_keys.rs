//! The issuer's public keys, by way of its discovery document.

use crate::model::clock::{Clock, Timestamp};
use crate::sandbox::jwt::PublicJwk;
use crate::sandbox::outbound::Outbound;
use serde::Deserialize;
use std::sync::Arc;
use tokio::sync::Mutex;

/// How long fetched keys serve, in seconds.
const LIFE: i64 = 300;
/// How long a key id that was not among them stays unknown, in seconds.
const COOLDOWN: i64 = 10;

/// Fetches and keeps the keys.
pub(super) struct IssuerKeys {
    issuer: String,
    outbound: Outbound,
    clock: Arc<dyn Clock>,
    /// In place of a fetch.
    known: Option<PublicJwk>,
    /// Held over the fetch, so that there is one at a time.
    kept: Mutex<Option<Kept>>,
}

struct Kept {
    fetched: Timestamp,
    keys: Vec<PublicJwk>,
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<PublicJwk>,
}

impl IssuerKeys {
    /// Of this issuer.
    pub(super) fn new(issuer: String, outbound: Outbound, clock: Arc<dyn Clock>) -> Self {
        Self { issuer, outbound, clock, known: None, kept: Mutex::new(None) }
    }

    /// Of an issuer that STS knows without asking: another service of the same cloud.
    pub(super) fn known(self, key: PublicJwk) -> Self {
        Self { known: Some(key), ..self }
    }

    /// The signing key with this id, if the issuer publishes one.
    pub(super) async fn find(&self, kid: &str) -> Option<PublicJwk> {
        if let Some(known) = &self.known {
            return pick(std::slice::from_ref(known), kid);
        }
        let mut kept = self.kept.lock().await;
        let now = self.clock.now();
        let age = kept.as_ref().map(|kept| now.millis_since(kept.fetched) / 1_000);
        let known = kept.as_ref().and_then(|kept| pick(&kept.keys, kid));
        let serves = match (age, &known) {
            (Some(age), Some(_)) => age < LIFE,
            (Some(age), None) => age < COOLDOWN,
            (None, _) => false,
        };
        if serves {
            return known;
        }
        let keys = self.fetch().await?;
        let found = pick(&keys, kid);
        *kept = Some(Kept { fetched: now, keys });
        found
    }

    async fn fetch(&self) -> Option<Vec<PublicJwk>> {
        let discovery: Discovery = self.document(&format!("{}/.well-known/openid-configuration", self.issuer)).await?;
        if discovery.issuer != self.issuer {
            return None;
        }
        Some(self.document::<KeySet>(&discovery.jwks_uri).await?.keys)
    }

    async fn document<T: serde::de::DeserializeOwned>(&self, url: &str) -> Option<T> {
        let answer = self.outbound.get(url, None).await.ok()?;
        if answer.status == axum::http::StatusCode::OK { serde_json::from_slice(&answer.body).ok() } else { None }
    }
}

fn pick(keys: &[PublicJwk], kid: &str) -> Option<PublicJwk> {
    keys.iter().find(|key| key.kid == kid && key.usage == "sig").cloned()
}
