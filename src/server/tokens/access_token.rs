//! The access token: the identity provider's JWT in `x-amzn-oidc-accesstoken`.
//!
//! The load balancer does not sign that header, so the token stands for itself: RS256 by a key of
//! the issuer's JWKS, the issuer itself, its time, its use, and that it was made for the client and
//! the person whom the balancer's own header names. `aud` is read but not compared: Cognito's access
//! tokens have none unless they are bound to a resource, and `client_id` says who they were made for.

use super::json_object::JsonObject;
use super::jwks::{Jwks, JwksError};
use super::unavailable::Unavailable;
use super::verified_tokens::{Fingerprint, VerifiedTokens};
use crate::model::clock::{Clock, Timestamp};
use crate::model::names::Subject;
use crate::server::config::Config;
use crate::server::outside::Fetch;
use crate::words::mark;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, Validation};
use std::sync::Arc;

/// The rules of the access token, in the order in which they are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenRule {
    /// The header `x-amzn-oidc-accesstoken` is there.
    Missing,
    /// It is a JWT that names RS256 and a key of the issuer's JWKS.
    Jwks,
    /// The key's signature is on it, and its claims can be read in one way only.
    Signature,
    /// `iss` is the configured issuer.
    Issuer,
    /// `exp` is not past and `nbf`, if any, not to come.
    Expired,
    /// `token_use` is `access`.
    Use,
    /// `client_id` is the client that the balancer's header names.
    Client,
    /// `sub` is the person whom the balancer's header names.
    Subject,
}

impl TokenRule {
    /// All of them, in order.
    pub const ALL: [Self; 8] =
        [Self::Missing, Self::Jwks, Self::Signature, Self::Issuer, Self::Expired, Self::Use, Self::Client, Self::Subject];

    /// The rule's name in errors.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Jwks => "jwks",
            Self::Signature => "signature",
            Self::Issuer => "issuer",
            Self::Expired => "expired",
            Self::Use => "use",
            Self::Client => "client",
            Self::Subject => "subject",
        }
    }

    /// What the rule asks for, in a sentence, to be translated where it is shown.
    #[must_use]
    pub const fn says(self) -> &'static str {
        match self {
            Self::Missing => mark!("The header x-amzn-oidc-accesstoken is there."),
            Self::Jwks => mark!("It is a JWT that names RS256 and a key of the issuer's JWKS."),
            Self::Signature => mark!("The key's signature is on it, and its claims can be read in one way only."),
            Self::Issuer => mark!("iss is the configured issuer."),
            Self::Expired => mark!("exp is not past and nbf, if any, not to come."),
            Self::Use => mark!("token_use is access."),
            Self::Client => mark!("client_id is the client that the balancer's header names."),
            Self::Subject => mark!("sub is the person whom the balancer's header names."),
        }
    }
}

/// Why an access token was not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::server) enum AccessTokenError {
    /// It breaks a rule.
    Broken(TokenRule),
    /// The keys to check it with cannot be had.
    Unavailable(Unavailable),
}

impl From<TokenRule> for AccessTokenError {
    fn from(rule: TokenRule) -> Self {
        Self::Broken(rule)
    }
}

/// What a verified access token says. The token itself is not in here.
pub(in crate::server) struct AccessTokenClaims {
    claims: JsonObject,
    groups: Vec<String>,
    audience: Vec<String>,
    expires: Timestamp,
}

impl AccessTokenClaims {
    /// Any claim.
    pub(in crate::server) fn claim(&self, name: &str) -> Option<&serde_json::Value> {
        self.claims.value(name)
    }

    /// The configured groups claim.
    pub(in crate::server) fn groups(&self) -> &[String] {
        &self.groups
    }

    /// `aud` as a list.
    pub(in crate::server) fn audience(&self) -> &[String] {
        &self.audience
    }

    /// `azp`.
    pub(in crate::server) fn authorized_party(&self) -> Option<&str> {
        self.claims.text("azp")
    }

    /// `exp`.
    pub(in crate::server) fn expires(&self) -> Timestamp {
        self.expires
    }
}

/// Verifies access tokens of one issuer.
pub(in crate::server) struct AccessTokens {
    issuer: String,
    groups_claim: String,
    leeway_seconds: i64,
    clock: Arc<dyn Clock>,
    keys: Jwks,
    verified: VerifiedTokens<AccessTokenClaims>,
}

impl AccessTokens {
    /// By the configuration's rules.
    pub(in crate::server) fn new(config: &Config, fetch: Arc<dyn Fetch>, clock: Arc<dyn Clock>) -> Self {
        Self {
            issuer: config.alb.issuer.clone(),
            groups_claim: config.idp.groups_claim.clone(),
            leeway_seconds: i64::from(config.alb.leeway_seconds),
            keys: Jwks::new(&config.alb.issuer, config.idp.jwks_url.clone(), fetch, Arc::clone(&clock)),
            verified: VerifiedTokens::new(),
            clock,
        }
    }

    /// Checks every rule. `client` and `subject` come from the balancer's verified header. Tells beside whether
    /// these bytes had been verified before.
    pub(in crate::server) async fn verify(
        &self,
        unverified_token: &[u8],
        client: &str,
        subject: &Subject,
    ) -> Result<(Arc<AccessTokenClaims>, bool), AccessTokenError> {
        let now = self.clock.now();
        let fingerprint = Fingerprint::of(unverified_token);
        let (token, is_new) = match self.verified.find(&fingerprint, now) {
            Some(token) => (token, false),
            None => (Arc::new(self.verify_by_itself(unverified_token, now).await?), true),
        };
        if token.claims.text("client_id") != Some(client) {
            return Err(TokenRule::Client.into());
        }
        if token.claims.text("sub") != Some(subject.as_str()) {
            return Err(TokenRule::Subject.into());
        }
        if is_new {
            self.verified.keep(fingerprint, &token, token.expires.plus_seconds(self.leeway_seconds), now);
        }
        Ok((token, !is_new))
    }

    /// The rules that need nothing but the token.
    async fn verify_by_itself(&self, unverified_token: &[u8], now: Timestamp) -> Result<AccessTokenClaims, AccessTokenError> {
        let unverified_kid = unverified_kid(unverified_token).ok_or(TokenRule::Jwks)?;
        let key = self.keys.key(&unverified_kid).await.map_err(|error| match error {
            JwksError::Unknown => AccessTokenError::Broken(TokenRule::Jwks),
            JwksError::Unavailable(reason) => AccessTokenError::Unavailable(reason),
        })?;
        // The library checks the signature. It reads the system's clock for `exp`, takes fractions
        // there and lists in `iss`, and decides about `aud` by whether the token has one: all three
        // are settled here instead.
        let mut signature_only = Validation::new(Algorithm::RS256);
        signature_only.required_spec_claims.clear();
        signature_only.validate_exp = false;
        signature_only.validate_aud = false;
        let claims = jsonwebtoken::decode::<JsonObject>(unverified_token, &key, &signature_only).map_err(|_| TokenRule::Signature)?.claims;
        if claims.text("iss") != Some(self.issuer.as_str()) {
            return Err(TokenRule::Issuer.into());
        }
        let expires = claims.integer("exp").map(Timestamp::from_seconds).ok_or(TokenRule::Expired)?;
        let is_early = claims.value("nbf").is_some_and(|not_before| {
            not_before.as_i64().is_none_or(|seconds| Timestamp::from_seconds(seconds) > now.plus_seconds(self.leeway_seconds))
        });
        if expires <= now.plus_seconds(-self.leeway_seconds) || is_early {
            return Err(TokenRule::Expired.into());
        }
        if claims.text("token_use") != Some("access") {
            return Err(TokenRule::Use.into());
        }
        Ok(AccessTokenClaims { groups: claims.names(&self.groups_claim), audience: claims.names("aud"), expires, claims })
    }
}

/// The `kid` of a JWT header that names RS256 and no extension that would have to be understood
/// (`crit`, RFC 7515, section 4.1.11).
fn unverified_kid(unverified_token: &[u8]) -> Option<String> {
    let unverified_header = unverified_token.split(|byte| *byte == b'.').next()?;
    let unverified_header = JsonObject::parse(&URL_SAFE_NO_PAD.decode(unverified_header).ok()?)?;
    if unverified_header.text("alg") != Some("RS256") || unverified_header.value("crit").is_some() {
        return None;
    }
    unverified_header.text("kid").map(str::to_owned)
}
