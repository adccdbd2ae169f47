//! What every call to STS shares: a client's settings, attempts within a deadline, and its answers
//! read.
//!
//! A mint is bounded to [`DEADLINE`] with all attempts, and repeated only where STS's answer says
//! that the same request may succeed in a moment. The SDK's own retries are off: it would retry by
//! its own rules and repeat what only an operator can mend.

use super::refusal::{Refusal, StsError};
use super::{Grant, Minted};
use crate::model::clock::Timestamp;
use crate::model::credentials::Credentials;
use crate::model::error::{ErrorCode, PortalError};
use crate::model::secret::Secret;
use crate::server::config::{self, SessionPolicy};
use crate::server::own_identity;
use crate::words::{Sentence, say};
use aws_sdk_sts::config::Builder;
use aws_sdk_sts::config::http::HttpResponse;
use aws_sdk_sts::config::retry::RetryConfig;
use aws_sdk_sts::config::timeout::TimeoutConfig;
use aws_sdk_sts::error::SdkError;
use aws_sdk_sts::operation::RequestId;
use aws_sdk_sts::operation::assume_role::AssumeRoleOutput;
use aws_sdk_sts::operation::assume_role_with_web_identity::AssumeRoleWithWebIdentityOutput;
use aws_sdk_sts::types::{self, PolicyDescriptorType};
use aws_smithy_runtime_api::client::result::ConnectorError;
use std::time::Duration;

/// Longest wait for STS, retries and pauses included.
pub(super) const DEADLINE: Duration = own_identity::DEADLINE;
/// Pauses before the second and third attempt.
const PAUSES: [Duration; 2] = [Duration::from_millis(150), Duration::from_millis(450)];

/// `settings` for the STS that the configuration names: the region's, or another.
pub(super) fn client(mut settings: Builder, aws: &config::Aws) -> aws_sdk_sts::Client {
    settings = settings
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::builder().connect_timeout(own_identity::CONNECT).operation_timeout(DEADLINE).build());
    if let Some(endpoint) = &aws.sts_endpoint {
        settings = settings.endpoint_url(own_identity::endpoint(endpoint));
    }
    aws_sdk_sts::Client::from_conf(settings.build())
}

/// The managed policies that narrow a role, where there are some.
pub(super) fn policy_arns(role: &config::Role) -> Option<Vec<PolicyDescriptorType>> {
    let arns = managed(role);
    (!arns.is_empty()).then(|| arns.iter().map(|arn| PolicyDescriptorType::builder().arn(arn).build()).collect())
}

/// Their ARNs.
pub(super) fn managed(role: &config::Role) -> &[String] {
    match &role.session_policy {
        SessionPolicy::Managed { policy_arns } => policy_arns,
        SessionPolicy::Generate | SessionPolicy::None => &[],
    }
}

/// A duration as the SDK takes it.
pub(super) fn seconds(duration_seconds: u32) -> i32 {
    i32::try_from(duration_seconds).unwrap_or(i32::MAX)
}

/// Makes up to three attempts within [`DEADLINE`].
pub(super) async fn attempts<F>(role: &config::Role, attempt: impl Fn() -> F) -> Result<Minted, Refusal>
where
    F: Future<Output = Result<Minted, Refusal>>,
{
    let all = async {
        let mut pauses = PAUSES.iter();
        loop {
            match attempt().await {
                Ok(minted) => return Ok(minted),
                Err(refusal) => match pauses.next() {
                    Some(pause) if refusal.retry => tokio::time::sleep(*pause).await,
                    _ => return Err(refusal),
                },
            }
        }
    };
    match tokio::time::timeout(DEADLINE, all).await {
        Ok(outcome) => outcome,
        Err(_) => {
            tracing::warn!(role = %role.id, "STS did not answer in time");
            Err(no_answer(say!("AWS's token service did not answer within five seconds.")).into())
        }
    }
}

/// Bounds a mint of several calls to [`DEADLINE`] altogether.
pub(super) async fn bounded(role: &config::Role, mint: impl Future<Output = Result<Minted, Refusal>>) -> Result<Minted, Refusal> {
    match tokio::time::timeout(DEADLINE, mint).await {
        Ok(outcome) => outcome,
        Err(_) => {
            tracing::warn!(role = %role.id, "AWS did not answer in time");
            Err(no_answer(say!("AWS did not answer within five seconds.")).into())
        }
    }
}

/// Why there was no success: STS's own words, or what stands in their place.
pub(super) enum Failure<'a> {
    /// STS refused.
    Refused(StsError),
    /// The request did not leave: the cause is in the chain of this error.
    Unsent(&'a ConnectorError),
    /// Understood already.
    Other(Refusal),
}

/// Sorts a failed call. What STS says is not yet in the log: it may repeat what must not be seen.
pub(super) fn failure<'a, E>(error: &'a SdkError<E, HttpResponse>, role: &config::Role) -> Failure<'a> {
    match error {
        SdkError::TimeoutError(_) => {
            tracing::warn!(role = %role.id, "STS did not answer in time");
            Failure::Other(again(no_answer(say!("AWS's token service did not answer within five seconds."))))
        }
        SdkError::DispatchFailure(failure) => match failure.as_connector_error() {
            Some(connection) if connection.is_other() => Failure::Unsent(connection),
            connection => Failure::Other(unreachable(role, connection.is_some_and(ConnectorError::is_timeout))),
        },
        _ => match error.raw_response() {
            Some(response) if !response.status().is_success() => {
                Failure::Refused(StsError::parse(response.status().as_u16(), response.body().bytes().unwrap_or_default()))
            }
            answered => {
                tracing::error!(role = %role.id, answered = answered.is_some(), "STS could not be asked, or answered something else");
                Failure::Other(not_sts().into())
            }
        },
    }
}

/// Writes into the log what STS refused, and gives it back without what must not be seen: STS may repeat
/// what it was sent.
pub(super) fn refused(said: StsError, secrets: &[Secret], grant: &Grant, audience: Option<&str>) -> StsError {
    let sts = secrets.iter().fold(said, StsError::withholding);
    tracing::warn!(
        role = %grant.role.id,
        role_arn = %grant.role.arn,
        status = sts.status,
        code = sts.code,
        message = sts.message,
        sts_request_id = sts.request_id,
        audience,
        tags = grant.session_tags.len(),
        "STS refused to mint"
    );
    sts
}

/// There is no way to STS.
pub(super) fn unreachable(role: &config::Role, timed_out: bool) -> Refusal {
    let kind = if timed_out { "connection timed out" } else { "no connection" };
    tracing::warn!(role = %role.id, kind, "STS could not be reached");
    again(no_answer(say!("AWS's token service could not be reached.")))
}

/// What STS gave, whichever call it was.
pub(super) trait Answer: RequestId {
    /// `Credentials`
    fn given(&self) -> Option<&types::Credentials>;
    /// `AssumedRoleUser`
    fn user(&self) -> Option<&types::AssumedRoleUser>;
    /// `PackedPolicySize`, which is what PackedPolicyTooLarge speaks of and what other
    /// implementations send; in its absence `SessionTokenUtilization`, which AWS replaces it with.
    fn percent(&self) -> Option<i32>;
}

macro_rules! answer {
    ($output:ty) => {
        impl Answer for $output {
            fn given(&self) -> Option<&types::Credentials> {
                self.credentials()
            }

            fn user(&self) -> Option<&types::AssumedRoleUser> {
                self.assumed_role_user()
            }

            #[expect(deprecated, reason = "PackedPolicySize is what PackedPolicyTooLarge speaks of, and what other implementations send")]
            fn percent(&self) -> Option<i32> {
                self.packed_policy_size().or(self.session_token_utilization())
            }
        }
    };
}

answer!(AssumeRoleOutput);
answer!(AssumeRoleWithWebIdentityOutput);

/// Reads a success.
pub(super) fn minted(answer: &impl Answer) -> Result<Minted, PortalError> {
    let Some(credentials) = answer.given() else {
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
        assumed_role_id: answer.user().map(|user| user.assumed_role_id().to_owned()),
        request_id: answer.request_id().map(str::to_owned),
        packed_policy_percent: answer.percent().and_then(|percent| u32::try_from(percent).ok()),
    })
}

fn no_answer(message: Sentence) -> PortalError {
    PortalError::said(
        ErrorCode::MintUnavailable,
        message,
        say!("Try again in a moment. If it stays, the people who run the portal check the way from the server to STS."),
    )
    .with_retry_after(5)
    .with_finding("sts-unreachable")
}

/// The same request may succeed in a moment.
fn again(error: PortalError) -> Refusal {
    Refusal { error, retry: true, said: None }
}

fn not_sts() -> PortalError {
    PortalError::said(
        ErrorCode::MintMisconfigured,
        say!("What answers as AWS's token service does not speak its language."),
        say!("The people who run the portal check aws.sts_endpoint."),
    )
}
