//! Strategy `self-issued`: AssumeRoleWithWebIdentity with a token that the portal signs itself.
//!
//! It needs nothing of the identity provider's token, and STS enforces nothing but what the portal
//! says: whoever can sign as this issuer is anybody. For that the session carries tags and a source
//! identity of the portal's choice, and can be ended by either.

use super::calls::{self, AwsCall};
use super::deny::{DenyCondition, DenyTarget};
use super::presented::Presented;
use super::refusal::Refusal;
use super::sts;
use super::web_identity::WebIdentity;
use super::{Grant, Minted, Minter, session_name};
use crate::model::error::PortalError;
use crate::model::names::RoleSessionName;
use crate::server::config;
use crate::server::identity::Viewer;
use crate::server::issuer::Issuer;
use crate::server::issuer::token::{self, Claims};
use async_trait::async_trait;
use std::sync::Arc;

/// What is told of the token that the portal signs: no call to STS, but what STS then reads.
pub const SIGN: &str = "Sign a token";

/// Mints with the portal's own tokens.
#[derive(Clone, Debug)]
pub struct SelfIssued {
    issuer: Arc<Issuer>,
    sts: WebIdentity,
}

impl SelfIssued {
    /// Signs with this issuer. Nothing is sent.
    #[must_use]
    pub fn new(issuer: Arc<Issuer>, aws: &config::Aws) -> Self {
        Self { issuer, sts: WebIdentity::new(aws) }
    }
}

#[async_trait]
impl Minter for SelfIssued {
    async fn mint(&self, viewer: &Viewer, grant: &Grant, session_name: &RoleSessionName) -> Result<Minted, Refusal> {
        sts::bounded(&grant.role, async {
            let subject = session_name::pseudonym(viewer.subject());
            let audience = token::audience(&grant.role.id);
            let told = || {
                let call = AwsCall::new(SIGN, false)
                    .with("iss", self.issuer.url())
                    .with("sub", &subject)
                    .with("aud", &audience)
                    .with("exp - iat", token::LIFE_SECONDS.to_string());
                let tags = grant.session_tags.iter();
                tags.fold(call, |call, tag| call.with(format!("https://aws.amazon.com/tags, {}", tag.key), &tag.value))
                    .with("https://aws.amazon.com/source_identity", &subject)
            };
            let claims = Claims { subject: &subject, audience: &audience, tags: &grant.session_tags };
            let signed = calls::sent(told, self.issuer.sign(&claims)).await.map_err(|error| {
                tracing::error!(role = %grant.role.id, %error, "no token could be signed");
                PortalError::from(error)
            })?;
            self.sts.assume(&Presented::self_issued(&signed, self.issuer.url(), audience), grant, session_name).await
        })
        .await
    }

    fn deny_condition(&self, target: &DenyTarget<'_>) -> Option<DenyCondition> {
        Some(match target {
            DenyTarget::Session { .. } => DenyCondition::by_session_name(target),
            DenyTarget::Person { subject, .. } => DenyCondition::SourceIdentity(session_name::pseudonym(subject)),
        })
    }
}
