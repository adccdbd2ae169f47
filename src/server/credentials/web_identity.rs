//! Strategy `web-identity`: AssumeRoleWithWebIdentity with the person's own access token.
//!
//! The call is unsigned, so the server needs no AWS identity of its own.

use super::calls::{self, AwsCall};
use super::deny::{DenyCondition, DenyTarget};
use super::presented::Presented;
use super::refusal::{self, Refusal};
use super::sts::{self, Failure};
use super::{Grant, Minted, Minter};
use crate::model::error::{ErrorCode, PortalError};
use crate::model::names::RoleSessionName;
use crate::server::config;
use crate::server::identity::Viewer;
use crate::words::say;
use async_trait::async_trait;
use aws_sdk_sts::config::http::HttpResponse;
use aws_sdk_sts::config::{BehaviorVersion, Region};
use aws_sdk_sts::error::SdkError;
use aws_sdk_sts::operation::assume_role_with_web_identity::AssumeRoleWithWebIdentityError;

/// Mints with the access token that the balancer forwarded.
#[derive(Clone, Debug)]
pub struct WebIdentity {
    sts: aws_sdk_sts::Client,
}

impl WebIdentity {
    /// A client of the region's STS, or of the one that the configuration names. Nothing is sent.
    #[must_use]
    pub fn new(aws: &config::Aws) -> Self {
        let settings = aws_sdk_sts::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(aws.region.clone()))
            .allow_no_auth();
        Self { sts: sts::client(settings, aws) }
    }

    /// Calls AssumeRoleWithWebIdentity with this token, whoever made it.
    ///
    /// # Errors
    /// `mint_misconfigured`, `mint_unavailable` or `token_rejected`, with the next step.
    pub(super) async fn assume(&self, token: &Presented<'_>, grant: &Grant, session_name: &RoleSessionName) -> Result<Minted, Refusal> {
        sts::attempts(&grant.role, || self.attempt(token, grant, session_name)).await
    }

    async fn attempt(&self, token: &Presented<'_>, grant: &Grant, session_name: &RoleSessionName) -> Result<Minted, Refusal> {
        let call = self
            .sts
            .assume_role_with_web_identity()
            .role_arn(grant.role.arn.as_str())
            .role_session_name(session_name.as_str())
            .web_identity_token(token.token().expose())
            .duration_seconds(sts::seconds(grant.duration_seconds))
            .set_policy(grant.session_policy.clone())
            .set_policy_arns(sts::policy_arns(&grant.role));
        let told = || {
            AwsCall::new("AssumeRoleWithWebIdentity", false)
                .with("RoleArn", grant.role.arn.as_str())
                .with("RoleSessionName", session_name.as_str())
                .with_token("WebIdentityToken", token.token())
                .with("DurationSeconds", grant.duration_seconds.to_string())
                .narrowed(grant.session_policy.as_ref(), sts::managed(&grant.role))
        };
        match calls::sent(told, call.send()).await {
            Ok(answer) => Ok(sts::minted(&answer)?),
            Err(error) => Err(refusal_of(&error, grant, token)),
        }
    }
}

#[async_trait]
impl Minter for WebIdentity {
    async fn mint(&self, viewer: &Viewer, grant: &Grant, session_name: &RoleSessionName) -> Result<Minted, Refusal> {
        let Some(token) = viewer.web_identity_token() else {
            return Err(PortalError::said(
                ErrorCode::MintMisconfigured,
                say!("This role is minted with your access token, which the configuration calls opaque."),
                say!("The people who run the portal set idp.access_token to \"verify\", or choose another strategy for this role."),
            )
            .into());
        };
        if token.audience().is_empty() && token.authorized_party().is_none() {
            return Err(refusal::without_audience().into());
        }
        self.assume(&Presented::access_token(token), grant, session_name).await
    }

    fn deny_condition(&self, target: &DenyTarget<'_>) -> Option<DenyCondition> {
        Some(DenyCondition::by_session_name(target))
    }
}

fn refusal_of(error: &SdkError<AssumeRoleWithWebIdentityError, HttpResponse>, grant: &Grant, token: &Presented<'_>) -> Refusal {
    let role = &grant.role;
    match sts::failure(error, role) {
        Failure::Refused(said) => {
            let sts = sts::refused(said, std::slice::from_ref(token.token()), grant, Some(token.audience()));
            sts.refusal(role, token).said(sts)
        }
        Failure::Unsent(_) => sts::unreachable(role, false),
        Failure::Other(refusal) => refusal,
    }
}
