//! A balancer and an identity provider: headers as the real ones make them.

use base64::Engine;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderName, HeaderValue};
use jsonwebtoken::{Algorithm, EncodingKey};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::DecodePrivateKey;
use serde_json::{Value, json};
use vestibule::model::clock::Timestamp;

pub(crate) const SIGNER: &str = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/portal/50dc6c495c0c9188";
pub(crate) const CLIENT: &str = "1example23456789";
pub(crate) const ISSUER: &str = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE";
pub(crate) const AUDIENCE: &str = "https://portal.example.com";
pub(crate) const KEY_URL: &str = "https://public-keys.auth.elb.eu-west-1.amazonaws.com/0d9a4c3e-1f2b-4a5c-8d6e-7f8091a2b3c4";
pub(crate) const JWKS_URL: &str = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE/.well-known/jwks.json";
pub(crate) const PUBLIC_KEY: &str = include_str!("cases/keys/balancer.public.pem");
pub(crate) const JWKS: &str = include_str!("cases/keys/pool.jwks.json");

/// A person as the identity provider knows them.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) subject: String,
    pub(crate) groups: Vec<&'static str>,
    pub(crate) audience: Option<&'static str>,
    pub(crate) claims: Value,
}

impl Person {
    pub(crate) fn new(subject: &str, groups: &[&'static str]) -> Self {
        Self { subject: subject.to_owned(), groups: groups.to_vec(), audience: Some(AUDIENCE), claims: json!({}) }
    }

    /// Ana, who may have the role `analyst`.
    pub(crate) fn analyst() -> Self {
        Self::new("72f5c4a4-b0d1-70a1-6f3e-2a9d6c1e8f90", &["analysts"])
    }

    /// The three headers of a request of theirs.
    pub(crate) fn headers(&self, now: Timestamp) -> HeaderMap {
        [("x-amzn-oidc-data", self.data(now)), ("x-amzn-oidc-identity", self.subject.clone()), ("x-amzn-oidc-accesstoken", self.token(now))]
            .into_iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(&value).unwrap()))
            .collect()
    }

    /// `x-amzn-oidc-data`: padded, the padding signed.
    pub(crate) fn data(&self, now: Timestamp) -> String {
        let exp = now.seconds() + 120;
        let kid = KEY_URL.rsplit('/').next();
        let header = json!({"typ": "JWT", "kid": kid, "alg": "ES256", "iss": ISSUER, "client": CLIENT, "signer": SIGNER, "exp": exp});
        let payload = json!({"sub": self.subject, "email": "ana@example.com", "name": "Ana Lyst", "exp": exp, "iss": ISSUER});
        let message = format!("{}.{}", URL_SAFE.encode(header.to_string()), URL_SAFE.encode(payload.to_string()));
        let key = SigningKey::from_pkcs8_pem(include_str!("cases/keys/balancer.private.pem")).unwrap();
        let signature: Signature = key.sign(message.as_bytes());
        format!("{message}.{}", URL_SAFE.encode(signature.to_bytes()))
    }

    /// `x-amzn-oidc-accesstoken`.
    pub(crate) fn token(&self, now: Timestamp) -> String {
        let mut claims = json!({
            "sub": self.subject, "cognito:groups": self.groups, "iss": ISSUER, "client_id": CLIENT, "token_use": "access",
            "exp": now.seconds() + 3_600, "iat": now.seconds(), "jti": "2b7e1516-28ae-d2a6-abf7-158809cf4f3c",
        });
        let members = claims.as_object_mut().unwrap();
        members.extend(self.audience.map(|audience| ("aud".to_owned(), json!(audience))));
        members.extend(self.claims.as_object().unwrap().clone());
        let header = json!({"kid": "pool-access-key", "alg": "RS256"});
        let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
        let key = EncodingKey::from_rsa_pem(include_bytes!("cases/keys/pool.private.pem")).unwrap();
        format!("{message}.{}", jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::RS256).unwrap())
    }
}
