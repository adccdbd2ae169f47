//! Strategy `web-identity`: AssumeRoleWithWebIdentity with the person's own access token.
//!
//! The call is unsigned, so the server needs no AWS identity of its own. It is bounded to five
//! seconds with all retries, and retried only where STS's answer says that the same request may
//! succeed in a moment.

use super::deny::{DenyCondition, DenyTarget};
use super::refusal::{self, Refusal, StsError};
use super::{Grant, Minted, Minter};
use crate::model::clock::Timestamp;
use crate::model::credentials::Credentials;
use crate::model::error::{ErrorCode, PortalError};
use crate::model::names::RoleSessionName;
use crate::model::secret::Secret;
use crate::server::config::{self, SessionPolicy};
use crate::server::identity::{Viewer, WebIdentityToken};
use async_trait::async_trait;
use aws_sdk_sts::config::http::HttpResponse;
use aws_sdk_sts::config::retry::RetryConfig;
use aws_sdk_sts::config::timeout::TimeoutConfig;
use aws_sdk_sts::config::{BehaviorVersion, Region};
use aws_sdk_sts::error::SdkError;
use aws_sdk_sts::operation::RequestId;
use aws_sdk_sts::operation::assume_role_with_web_identity::{AssumeRoleWithWebIdentityError, AssumeRoleWithWebIdentityOutput};
use aws_sdk_sts::types::PolicyDescriptorType;
use std::time::Duration;

/// Longest wait for STS, retries and pauses included.
const DEADLINE: Duration = Duration::from_secs(5);
const CONNECT: Duration = Duration::from_millis(1_500);
/// Pauses before the second and third attempt.
const PAUSES: [Duration; 2] = [Duration::from_millis(150), Duration::from_millis(450)];

/// Mints with the access token that the balancer forwarded.
#[derive(Clone, Debug)]
pub struct WebIdentity {
    sts: aws_sdk_sts::Client,
}

impl WebIdentity {
    /// A client of the region's STS, or of the one that the configuration names. Nothing is sent.
    #[must_use]
    pub fn new(aws: &config::Aws) -> Self {
        let mut settings = aws_sdk_sts::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(aws.region.clone()))
            .allow_no_auth()
            // The SDK would retry by its own rules and repeat what only an operator can mend.
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::builder().connect_timeout(CONNECT).operation_timeout(DEADLINE).build());
        if let Some(endpoint) = &aws.sts_endpoint {
            settings = settings.endpoint_url(endpoint.as_str().trim_end_matches('/'));
        }
        Self { sts: aws_sdk_sts::Client::from_conf(settings.build()) }
    }

    async fn attempt(&self, token: &WebIdentityToken, grant: &Grant, session_name: &RoleSessionName) -> Result<Minted, Refusal> {
        let mut call = self
            .sts
            .assume_role_with_web_identity()
            .role_arn(grant.role.arn.as_str())
            .role_session_name(session_name.as_str())
            .web_identity_token(token.open().expose())
            .duration_seconds(i32::try_from(grant.duration_seconds).unwrap_or(i32::MAX))
            .set_policy(grant.session_policy.clone());
        if let SessionPolicy::Managed { policy_arns } = &grant.role.session_policy {
            for arn in policy_arns {
                call = call.policy_arns(PolicyDescriptorType::builder().arn(arn).build());
            }
        }
        match call.send().await {
            Ok(answer) => minted(answer),
            Err(error) => Err(refusal_of(&error, grant, token)),
        }
    }

    async fn attempts(&self, token: &WebIdentityToken, grant: &Grant, session_name: &RoleSessionName) -> Result<Minted, PortalError> {
        let mut pauses = PAUSES.iter();
        loop {
            match self.attempt(token, grant, session_name).await {
                Ok(minted) => return Ok(minted),
                Err(Refusal { error, retry }) => match pauses.next() {
                    Some(pause) if retry => tokio::time::sleep(*pause).await,
                    _ => return Err(error),
                },
            }
        }
    }
}

#[async_trait]
impl Minter for WebIdentity {
    async fn mint(&self, viewer: &Viewer, grant: &Grant, session_name: &RoleSessionName) -> Result<Minted, PortalError> {
        let Some(token) = viewer.web_identity_token() else {
            return Err(PortalError::new(
                ErrorCode::MintMisconfigured,
                "This role is minted with your access token, which the configuration calls opaque.",
                "The people who run the portal set idp.access_token to \"verify\", or choose another strategy for this role.",
            ));
        };
        if token.audience().is_empty() && token.authorized_party().is_none() {
            return Err(refusal::without_audience());
        }
        tokio::time::timeout(DEADLINE, self.attempts(token, grant, session_name)).await.unwrap_or_else(|_| {
            tracing::warn!(role = %grant.role.id, "STS did not answer in time");
            Err(no_answer("AWS's token service did not answer within five seconds."))
        })
    }

    fn deny_condition(&self, target: &DenyTarget<'_>) -> Option<DenyCondition> {
        Some(DenyCondition::by_session_name(target))
    }
}

fn refusal_of(error: &SdkError<AssumeRoleWithWebIdentityError, HttpResponse>, grant: &Grant, token: &WebIdentityToken) -> Refusal {
    let role = &grant.role;
    match error {
        SdkError::TimeoutError(_) => {
            tracing::warn!(role = %role.id, "STS did not answer in time");
            Refusal { error: no_answer("AWS's token service did not answer within five seconds."), retry: true }
        }
        SdkError::DispatchFailure(failure) => {
            let kind = if failure.is_timeout() { "connection timed out" } else { "no connection" };
            tracing::warn!(role = %role.id, kind, "STS could not be reached");
            Refusal { error: no_answer("AWS's token service could not be reached."), retry: true }
        }
        _ => match error.raw_response() {
            Some(response) if !response.status().is_success() => {
                let body = response.body().bytes().unwrap_or_default();
                let sts = StsError::parse(response.status().as_u16(), body).withholding(token);
                tracing::warn!(
                    role = %role.id,
                    role_arn = %role.arn,
                    status = sts.status,
                    code = sts.code,
                    message = sts.message,
                    sts_request_id = sts.request_id,
                    audience = ?token.audience(),
                    authorized_party = token.authorized_party(),
                    "STS refused to mint"
                );
                sts.refusal(role, token)
            }
            answered => {
                tracing::error!(role = %role.id, answered = answered.is_some(), "STS could not be asked, or answered something else");
                not_sts()
            }
        },
    }
}

#[expect(deprecated, reason = "PackedPolicySize is what PackedPolicyTooLarge speaks of, and what other implementations send")]
fn minted(answer: AssumeRoleWithWebIdentityOutput) -> Result<Minted, Refusal> {
    let Some(credentials) = answer.credentials() else {
        tracing::error!("STS answered without credentials");
        return Err(not_sts());
    };
    Ok(Minted {
        credentials: Credentials {
            access_key_id: credentials.access_key_id().to_owned(),
            secret_access_key: Secret::new(credentials.secret_access_key()),
            session_token: Secret::new(credentials.session_token()),
            expiration: Timestamp::from_seconds(credentials.expiration().secs()),
        },
        assumed_role_id: answer.assumed_role_user().map(|user| user.assumed_role_id().to_owned()),
        request_id: answer.request_id().map(str::to_owned),
        packed_policy_percent: answer.packed_policy_size().and_then(|percent| u32::try_from(percent).ok()),
    })
}

fn no_answer(message: &str) -> PortalError {
    PortalError::new(
        ErrorCode::MintUnavailable,
        message,
        "Try again in a moment. If it stays, the people who run the portal check the way from the server to STS.",
    )
    .with_retry_after(5)
}

fn not_sts() -> Refusal {
    Refusal {
        error: PortalError::new(
            ErrorCode::MintMisconfigured,
            "What answers as AWS's token service does not speak its language.",
            "The people who run the portal check aws.sts_endpoint.",
        ),
        retry: false,
    }
}
