//! Headers as the load balancer and the identity provider make them, and in every way in which
//! somebody else might.

use super::world::World;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue};
use jsonwebtoken::{Algorithm, EncodingKey};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::DecodePrivateKey;
use serde::Deserialize;
use serde_json::{Value, json};

pub(crate) const SIGNER: &str = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/portal/50dc6c495c0c9188";
pub(crate) const CLIENT: &str = "1example23456789";
pub(crate) const ISSUER: &str = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE";
pub(crate) const SUBJECT: &str = "72f5c4a4-b0d1-70a1-6f3e-2a9d6c1e8f90";
pub(crate) const KID: &str = "0d9a4c3e-1f2b-4a5c-8d6e-7f8091a2b3c4";
pub(crate) const KEY_ADDRESS: &str = "https://public-keys.auth.elb.eu-west-1.amazonaws.com/0d9a4c3e-1f2b-4a5c-8d6e-7f8091a2b3c4";
pub(crate) const JWKS_ADDRESS: &str = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE/.well-known/jwks.json";
pub(crate) const POOL_KID: &str = "pool-access-key";
/// Seconds for which a data header is good.
pub(crate) const DATA_LIFE: i64 = 120;

pub(crate) const BALANCER_PUBLIC_KEY: &str = include_str!("../../../tests/cases/keys/balancer.public.pem");
const BALANCER_KEY: &str = include_str!("../../../tests/cases/keys/balancer.private.pem");
pub(crate) const STRANGER_PUBLIC_KEY: &str = include_str!("../../../tests/cases/keys/stranger.public.pem");
const STRANGER_KEY: &str = include_str!("../../../tests/cases/keys/stranger.private.pem");
pub(crate) const P384_PUBLIC_KEY: &str = include_str!("../../../tests/cases/keys/p384.public.pem");
pub(crate) const POOL_JWKS: &str = include_str!("../../../tests/cases/keys/pool.jwks.json");
pub(crate) const POOL_PUBLIC_KEY: &str = include_str!("../../../tests/cases/keys/pool.public.pem");
const POOL_KEY: &str = include_str!("../../../tests/cases/keys/pool.private.pem");
const STRANGER_POOL_KEY: &str = include_str!("../../../tests/cases/keys/stranger-pool.private.pem");

/// A JSON object that keeps its order, because the balancer's has one.
#[derive(Clone)]
pub(crate) struct Members(Vec<(String, Value)>);

impl Members {
    fn of<const N: usize>(members: [(&str, Value); N]) -> Self {
        Self(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    pub(crate) fn set(&mut self, name: &str, value: Value) {
        match self.0.iter_mut().find(|(present, _)| present == name) {
            Some((_, present)) => *present = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }

    pub(crate) fn remove(&mut self, name: &str) {
        let before = self.0.len();
        self.0.retain(|(present, _)| present != name);
        assert_eq!(self.0.len(), before - 1, "{name} was not there");
    }

    fn json(&self) -> String {
        let members: Vec<String> = self.0.iter().map(|(name, value)| format!("{}:{value}", json!(name))).collect();
        format!("{{{}}}", members.join(","))
    }
}

/// Who signs a data header.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SignedBy {
    #[default]
    Balancer,
    /// Another P-256 key.
    Stranger,
    /// The balancer's key, in DER.
    BalancerInDer,
    /// HMAC-SHA-256 with the balancer's public key as the secret.
    HmacOfPublicKey,
    /// The identity provider's RSA key.
    Pool,
    /// 64 bytes of zero.
    Zeros,
    /// 32 bytes.
    Half,
}

/// How a data header's parts are written.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Written {
    /// As the balancer does.
    #[default]
    Padded,
    /// Without padding, and signed so.
    Unpadded,
    /// Signed with padding, which is then taken away.
    Stripped,
    /// With one `=` too many behind the payload, and signed so.
    ExtraPadding,
    /// In base64 with `+` and `/`, and signed so.
    StandardAlphabet,
    /// With bits set behind the last byte of the signature.
    TrailingBits,
}

/// A data header to be.
#[derive(Clone)]
pub(crate) struct DataHeader {
    pub(crate) header: Members,
    pub(crate) payload: Members,
    pub(crate) header_text: Option<String>,
    pub(crate) payload_text: Option<String>,
    pub(crate) signed_by: SignedBy,
    pub(crate) written: Written,
}

impl DataHeader {
    /// What the balancer makes for Ana, with the members in its order.
    pub(crate) fn new(world: &World) -> Self {
        let exp = world.clock.time().seconds() + DATA_LIFE;
        Self {
            header: Members::of([
                ("typ", json!("JWT")),
                ("kid", json!(KID)),
                ("alg", json!("ES256")),
                ("iss", json!(ISSUER)),
                ("client", json!(CLIENT)),
                ("signer", json!(SIGNER)),
                ("exp", json!(exp)),
            ]),
            payload: Members::of([
                ("sub", json!(SUBJECT)),
                ("email_verified", json!("true")),
                ("name", json!("Ana Lyst")),
                ("email", json!("ana@example.com")),
                ("username", json!("salesforce_ana")),
                ("exp", json!(exp)),
                ("iss", json!(ISSUER)),
            ]),
            header_text: None,
            payload_text: None,
            signed_by: SignedBy::Balancer,
            written: Written::Padded,
        }
    }

    pub(crate) fn signed(&self) -> String {
        let header = self.header_text.clone().unwrap_or_else(|| self.header.json());
        let payload = self.payload_text.clone().unwrap_or_else(|| self.payload.json());
        let encode = |bytes: &[u8]| match self.written {
            Written::Unpadded => URL_SAFE_NO_PAD.encode(bytes),
            Written::StandardAlphabet => STANDARD.encode(bytes),
            _ => URL_SAFE.encode(bytes),
        };
        let extra = if matches!(self.written, Written::ExtraPadding) { "=" } else { "" };
        let message = format!("{}.{}{extra}", encode(header.as_bytes()), encode(payload.as_bytes()));
        let token = format!("{message}.{}", encode(&self.signature(&message)));
        match self.written {
            Written::Stripped => token.replace('=', ""),
            Written::StandardAlphabet => {
                assert!(token.contains(['+', '/']), "this token has neither + nor /");
                token
            }
            Written::TrailingBits => with_trailing_bit(&token),
            _ => token,
        }
    }

    fn signature(&self, message: &str) -> Vec<u8> {
        let ecdsa = |pem| -> Signature { SigningKey::from_pkcs8_pem(pem).unwrap().sign(message.as_bytes()) };
        match self.signed_by {
            SignedBy::Balancer => ecdsa(BALANCER_KEY).to_vec(),
            SignedBy::Stranger => ecdsa(STRANGER_KEY).to_vec(),
            SignedBy::BalancerInDer => ecdsa(BALANCER_KEY).to_der().as_bytes().to_vec(),
            SignedBy::HmacOfPublicKey => {
                library_signature(message, Algorithm::HS256, &EncodingKey::from_secret(BALANCER_PUBLIC_KEY.as_bytes()))
            }
            SignedBy::Pool => library_signature(message, Algorithm::RS256, &EncodingKey::from_rsa_pem(POOL_KEY.as_bytes()).unwrap()),
            SignedBy::Zeros => vec![0; 64],
            SignedBy::Half => ecdsa(BALANCER_KEY).to_vec()[..32].to_vec(),
        }
    }
}

/// Sets one of the four bits that the last character of a padded signature has to spare.
fn with_trailing_bit(token: &str) -> String {
    let unpadded = token.strip_suffix("==").unwrap();
    let (rest, last) = unpadded.split_at(unpadded.len() - 1);
    let next = char::from(last.as_bytes()[0] + 1);
    assert!(matches!(last, "A" | "Q" | "g" | "w"), "a byte behind {last} is not the next of the alphabet");
    format!("{rest}{next}==")
}

fn library_signature(message: &str, algorithm: Algorithm, key: &EncodingKey) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(jsonwebtoken::crypto::sign(message.as_bytes(), key, algorithm).unwrap()).unwrap()
}

/// Who signs an access token.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum TokenSignedBy {
    #[default]
    Pool,
    /// Another RSA key.
    Stranger,
    /// HMAC-SHA-256 with the pool's public key as the secret.
    HmacOfPublicKey,
    /// The pool's key, over other claims.
    PoolOverOtherClaims,
    Nobody,
}

/// An access token to be.
#[derive(Clone)]
pub(crate) struct AccessToken {
    pub(crate) header: Members,
    pub(crate) claims: Members,
    pub(crate) claims_text: Option<String>,
    pub(crate) signed_by: TokenSignedBy,
}

impl AccessToken {
    /// What a Cognito user pool makes for Ana.
    pub(crate) fn new(world: &World) -> Self {
        let now = world.clock.time().seconds();
        Self {
            header: Members::of([("kid", json!(POOL_KID)), ("alg", json!("RS256"))]),
            claims: Members::of([
                ("sub", json!(SUBJECT)),
                ("cognito:groups", json!(["analysts"])),
                ("iss", json!(ISSUER)),
                ("version", json!(2)),
                ("client_id", json!(CLIENT)),
                ("token_use", json!("access")),
                ("scope", json!("openid profile email")),
                ("auth_time", json!(now)),
                ("exp", json!(now + 3_600)),
                ("iat", json!(now)),
                ("jti", json!("2b7e1516-28ae-d2a6-abf7-158809cf4f3c")),
                ("username", json!("salesforce_ana")),
            ]),
            claims_text: None,
            signed_by: TokenSignedBy::Pool,
        }
    }

    pub(crate) fn signed(&self) -> String {
        let claims = self.claims_text.clone().unwrap_or_else(|| self.claims.json());
        let message = |claims: &str| format!("{}.{}", URL_SAFE_NO_PAD.encode(self.header.json()), URL_SAFE_NO_PAD.encode(claims));
        let rsa = |pem: &str, claims: &str| {
            library_signature(&message(claims), Algorithm::RS256, &EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap())
        };
        let signature = match self.signed_by {
            TokenSignedBy::Pool => rsa(POOL_KEY, &claims),
            TokenSignedBy::Stranger => rsa(STRANGER_POOL_KEY, &claims),
            TokenSignedBy::PoolOverOtherClaims => rsa(POOL_KEY, "{}"),
            TokenSignedBy::HmacOfPublicKey => {
                library_signature(&message(&claims), Algorithm::HS256, &EncodingKey::from_secret(POOL_PUBLIC_KEY.as_bytes()))
            }
            TokenSignedBy::Nobody => Vec::new(),
        };
        format!("{}.{}", message(&claims), URL_SAFE_NO_PAD.encode(signature))
    }
}

/// The three headers.
pub(crate) fn headers(data: &str, identity: &str, access_token: &str) -> HeaderMap {
    [("x-amzn-oidc-data", data), ("x-amzn-oidc-identity", identity), ("x-amzn-oidc-accesstoken", access_token)]
        .into_iter()
        .map(|(name, value)| (http::HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()))
        .collect()
}
