//! The rules of `x-amzn-oidc-data`.
//!
//! One key server a region signs for every customer of AWS, so a genuine signature says only that
//! *some* load balancer made the header: `signer` is the security boundary, compared whole with the
//! configured ARNs. Everything that costs nothing is checked before a key is fetched.
//!
//! Sources: Elastic Load Balancing user guide, "Authenticate users using an Application Load
//! Balancer"; the order closes what AWS's own verifier leaves open, see the threat model.

use super::data_header::UnverifiedDataHeader;
use super::rejection::{HeaderRule, Rejection};
use crate::model::clock::{Clock, Timestamp};
use crate::model::error::{ErrorCode, PortalError};
use crate::model::names::Subject;
use crate::server::config::Config;
use crate::server::outside::Fetch;
use crate::server::tokens::json_object::JsonObject;
use crate::server::tokens::key_server::{KeyError, KeyServer, documented_base};
use crate::server::tokens::kid::Kid;
use crate::server::tokens::verified_tokens::{Fingerprint, VerifiedTokens};
use crate::words::say;
use jsonwebtoken::Algorithm;
use std::sync::Arc;

/// What a verified data header says.
pub(super) struct SignedIn {
    subject: Subject,
    email: Option<String>,
    name: Option<String>,
    groups: Vec<String>,
    client: String,
    expires: Timestamp,
}

impl SignedIn {
    pub(super) fn subject(&self) -> &Subject {
        &self.subject
    }

    pub(super) fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }

    pub(super) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The configured groups claim, where this header has it.
    pub(super) fn groups(&self) -> &[String] {
        &self.groups
    }

    /// The app client with which the balancer signed the person in.
    pub(super) fn client(&self) -> &str {
        &self.client
    }
}

/// A load balancer that may sign.
struct Signer {
    arn: String,
    /// `None` where neither AWS's documentation nor the configuration says where its keys are.
    keys: Option<Arc<KeyServer>>,
}

/// Verifies data headers by one configuration.
pub(super) struct DataHeaderRules {
    signers: Vec<Signer>,
    clients: Vec<String>,
    issuer: String,
    groups_claim: String,
    leeway_seconds: i64,
    clock: Arc<dyn Clock>,
    verified: VerifiedTokens<SignedIn>,
}

/// What the first part says once it has passed its rules; the signature has yet to hold.
struct UnverifiedClaims<'a> {
    signer: &'a Signer,
    kid: Kid,
    client: &'a str,
    issuer: &'a str,
    exp: i64,
}

impl DataHeaderRules {
    /// By the configuration's rules.
    pub(super) fn new(config: &Config, fetch: &Arc<dyn Fetch>, clock: &Arc<dyn Clock>) -> Self {
        let mut servers: Vec<Arc<KeyServer>> = Vec::new();
        let mut server_at = |base: url::Url| {
            if let Some(server) = servers.iter().find(|server| *server.base() == base) {
                return Arc::clone(server);
            }
            let server = Arc::new(KeyServer::new(base, Arc::clone(fetch), Arc::clone(clock)));
            servers.push(Arc::clone(&server));
            server
        };
        let signers = config.alb.signers.iter().map(|arn| {
            let base = config.alb.key_url.clone().or_else(|| documented_base(arn));
            Signer { arn: arn.clone(), keys: base.map(&mut server_at) }
        });
        Self {
            signers: signers.collect(),
            clients: config.alb.clients.clone(),
            issuer: config.alb.issuer.clone(),
            groups_claim: config.idp.groups_claim.clone(),
            leeway_seconds: i64::from(config.alb.leeway_seconds),
            clock: Arc::clone(clock),
            verified: VerifiedTokens::new(),
        }
    }

    /// Rules `shape` to `subject`. Tells beside whether these bytes had been verified before.
    pub(super) async fn verify(&self, unverified: &[u8]) -> Result<(Arc<SignedIn>, bool), PortalError> {
        let now = self.clock.now();
        let fingerprint = Fingerprint::of(unverified);
        if let Some(signed_in) = self.verified.find(&fingerprint, now) {
            return Ok((signed_in, true));
        }
        let reject = |rule: HeaderRule| PortalError::from(Rejection::from(rule));
        let parts = UnverifiedDataHeader::parse(unverified).map_err(reject)?;
        let header = JsonObject::parse(&parts.unverified_header).ok_or_else(|| reject(HeaderRule::HeaderJson))?;
        let claims = self.check_header(&header, now).map_err(reject)?;
        let keys = claims.signer.keys.as_ref().ok_or_else(|| no_key_server(&claims.signer.arn))?;
        let key = keys.key(claims.kid).await.map_err(|error| match error {
            KeyError::Unknown => reject(HeaderRule::UnknownKey),
            KeyError::Unavailable(reason) => PortalError::from(reason).with_finding("key-server-unreachable"),
        })?;
        // Over the bytes as received, padding included; `r` and `s` of 32 bytes each, no DER.
        match jsonwebtoken::crypto::verify(parts.unverified_signature, parts.unverified_signed, &key, Algorithm::ES256) {
            Ok(true) => {}
            Ok(false) | Err(_) => return Err(reject(HeaderRule::Signature)),
        }
        let payload = JsonObject::parse(&parts.unverified_payload).ok_or_else(|| reject(HeaderRule::PayloadJson))?;
        let signed_in = Arc::new(self.check_payload(&payload, &claims).map_err(reject)?);
        self.verified.keep(fingerprint, &signed_in, signed_in.expires.plus_seconds(self.leeway_seconds), now);
        Ok((signed_in, false))
    }

    /// Rules `header_json` (as far as `crit` goes) to `expired`.
    fn check_header<'a>(&'a self, header: &'a JsonObject, now: Timestamp) -> Result<UnverifiedClaims<'a>, HeaderRule> {
        // An extension that must be understood (RFC 7515, section 4.1.11); none is.
        if header.value("crit").is_some() {
            return Err(HeaderRule::HeaderJson);
        }
        if header.text("alg") != Some("ES256") {
            return Err(HeaderRule::Alg);
        }
        let kid = header.text("kid").and_then(Kid::parse).ok_or(HeaderRule::Kid)?;
        let signer = header.text("signer").ok_or(HeaderRule::Signer)?;
        let signer = self.signers.iter().find(|trusted| trusted.arn == signer).ok_or(HeaderRule::Signer)?;
        let client = header.text("client").ok_or(HeaderRule::Client)?;
        if !self.clients.iter().any(|trusted| trusted == client) {
            return Err(HeaderRule::Client);
        }
        let issuer = header.text("iss").filter(|issuer| *issuer == self.issuer).ok_or(HeaderRule::Issuer)?;
        let exp = header.integer("exp").ok_or(HeaderRule::Expired)?;
        if Timestamp::from_seconds(exp) <= now.plus_seconds(-self.leeway_seconds) {
            return Err(HeaderRule::Expired);
        }
        Ok(UnverifiedClaims { signer, kid, client, issuer, exp })
    }

    /// Rules `payload_mismatch` and `subject`; the signature holds.
    fn check_payload(&self, payload: &JsonObject, header: &UnverifiedClaims<'_>) -> Result<SignedIn, HeaderRule> {
        if payload.integer("exp") != Some(header.exp) || payload.text("iss") != Some(header.issuer) {
            return Err(HeaderRule::PayloadMismatch);
        }
        let subject = payload.text("sub").and_then(|text| Subject::parse(text).ok()).ok_or(HeaderRule::Subject)?;
        Ok(SignedIn {
            subject,
            email: payload.text("email").map(str::to_owned),
            name: payload.text("name").map(str::to_owned),
            groups: payload.names(&self.groups_claim),
            client: header.client.to_owned(),
            expires: Timestamp::from_seconds(header.exp),
        })
    }
}

/// Configuration sees to it that this does not happen.
fn no_key_server(arn: &str) -> PortalError {
    PortalError::said(
        ErrorCode::Internal,
        say!("Where the keys of the load balancer {arn} stand is not known.", arn = arn),
        say!("The people who run the portal set alb.key_url: AWS documents no address for this partition."),
    )
}
