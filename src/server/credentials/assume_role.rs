//! Strategy `assume-role`: AssumeRole, signed with the server's own identity.
//!
//! It works with any provider behind the balancer, since AWS never sees the person's token; in turn
//! AWS believes the server who the person is. The session carries the person three times: in its
//! name, as its source identity, which holds through further roles and names them in CloudTrail, and
//! in tags for policies to compare.
//!
//! The server's identity is a role itself, so AWS gives an hour at most (role chaining).

use super::calls::{self, AwsCall};
use super::deny::{DenyCondition, DenyTarget};
use super::refusal::{Cause, Refusal, StsError};
use super::session_name::pseudonym;
use super::session_tags::SessionTag;
use super::sts::{self, Failure};
use super::{Grant, Minted, Minter};
use crate::model::error::{ErrorCode, PortalError};
use crate::model::names::RoleSessionName;
use crate::server::config;
use crate::server::identity::Viewer;
use crate::server::own_identity::{OwnClient, OwnIdentity};
use crate::words::{Sentence, say};
use async_trait::async_trait;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::config::http::HttpResponse;
use aws_sdk_sts::error::SdkError;
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_sdk_sts::types::Tag;
use aws_smithy_runtime_api::client::result::ConnectorError;
use std::error::Error;

/// Longest life of what a role gets by taking another (IAM User Guide, "Roles terms and concepts",
/// role chaining).
pub const LONGEST_SECONDS: u32 = 3_600;
/// What the trust policy and the server's own policy have to allow.
const ACTIONS: [&str; 3] = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"];

/// Mints with the server's own identity.
#[derive(Debug)]
pub struct AssumeRole {
    identity: OwnIdentity,
    sts: OwnClient<aws_sdk_sts::Client>,
}

impl AssumeRole {
    /// A client of the region's STS, or of the one that the configuration names. It is made, and
    /// credentials of its own are looked for, with the first mint.
    #[must_use]
    pub fn new(aws: &config::Aws, identity: OwnIdentity) -> Self {
        let aws = aws.clone();
        Self { sts: OwnClient::of(&identity, move |settings| sts::client(settings.into(), &aws)), identity }
    }

    async fn attempt(&self, viewer: &Viewer, grant: &Grant, session_name: &RoleSessionName) -> Result<Minted, Refusal> {
        let call = self
            .sts
            .get()
            .await
            .assume_role()
            .role_arn(grant.role.arn.as_str())
            .role_session_name(session_name.as_str())
            .source_identity(pseudonym(viewer.subject()))
            .set_tags(Some(grant.session_tags.iter().filter_map(tag).collect()))
            .duration_seconds(sts::seconds(grant.duration_seconds.min(LONGEST_SECONDS)))
            .set_policy(grant.session_policy.clone())
            .set_policy_arns(sts::policy_arns(&grant.role));
        let told = || {
            let call = AwsCall::new("AssumeRole", true)
                .with("RoleArn", grant.role.arn.as_str())
                .with("RoleSessionName", session_name.as_str())
                .with("SourceIdentity", pseudonym(viewer.subject()))
                .with("DurationSeconds", grant.duration_seconds.min(LONGEST_SECONDS).to_string());
            let tags = grant.session_tags.iter().enumerate();
            tags.fold(call, |call, (at, tag)| {
                call.with(format!("Tags.member.{}.Key", at + 1), &tag.key).with(format!("Tags.member.{}.Value", at + 1), &tag.value)
            })
            .narrowed(grant.session_policy.as_ref(), sts::managed(&grant.role))
        };
        match calls::sent(told, call.send()).await {
            Ok(answer) => Ok(sts::minted(&answer)?),
            Err(error) => Err(self.refusal_of(&error, grant)),
        }
    }

    fn refusal_of(&self, error: &SdkError<AssumeRoleError, HttpResponse>, grant: &Grant) -> Refusal {
        let role = &grant.role;
        match sts::failure(error, role) {
            Failure::Refused(said) => {
                let sts = sts::refused(said, &self.identity.secrets(), grant, None);
                refusal(&sts, role).said(sts)
            }
            Failure::Unsent(unsent) => match without_credentials(unsent) {
                Some(cause) => self.no_credentials(cause, role),
                None => sts::unreachable(role, false),
            },
            Failure::Other(refusal) => refusal,
        }
    }

    /// The server has nothing to sign with. What a provider says is its own; none of it is a secret,
    /// but only its kind is told.
    fn no_credentials(&self, cause: &CredentialsError, role: &config::Role) -> Refusal {
        let held_before = !self.identity.secrets().is_empty();
        let (kind, may_pass) = match cause {
            CredentialsError::CredentialsNotLoaded(_) => (say!("none were found"), false),
            CredentialsError::ProviderTimedOut(_) => (say!("the search took too long"), held_before),
            CredentialsError::InvalidConfiguration(_) => (say!("what names them is not well-formed"), false),
            CredentialsError::ProviderError(_) => (say!("their provider failed"), true),
            _ => (say!("their provider gave something else"), false),
        };
        tracing::error!(role = %role.id, %kind, held_before, "the server has no AWS credentials of its own");
        if may_pass {
            let error = PortalError::said(
                ErrorCode::MintUnavailable,
                say!("The server cannot get its own AWS credentials at the moment: {kind}.", kind = kind),
                say!("Try again in a moment. If it stays, the people who run the portal check the server's task, instance or pod role."),
            );
            return Refusal { error: error.with_retry_after(5), retry: true, said: None };
        }
        misconfigured(
            say!(
                "The server has no AWS credentials of its own to take the role of “{title}” with: {kind}.",
                title = role.title,
                kind = kind
            ),
            say!(
                "The people who run the portal give the server's task, instance or pod a role of its own, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY for it; or they choose the strategy web-identity, which needs none."
            ),
        )
    }
}

#[async_trait]
impl Minter for AssumeRole {
    async fn mint(&self, viewer: &Viewer, grant: &Grant, session_name: &RoleSessionName) -> Result<Minted, Refusal> {
        sts::attempts(&grant.role, || self.attempt(viewer, grant, session_name)).await
    }

    fn deny_condition(&self, target: &DenyTarget<'_>) -> Option<DenyCondition> {
        Some(match target {
            DenyTarget::Session { assumed_role_id } => DenyCondition::UserId((*assumed_role_id).to_owned()),
            DenyTarget::Person { subject, .. } => DenyCondition::SourceIdentity(pseudonym(subject)),
        })
    }
}

/// `None` is for a tag without key or value, which there is none of.
fn tag(tag: &SessionTag) -> Option<Tag> {
    Tag::builder().key(&tag.key).value(&tag.value).build().ok()
}

/// The missing credentials among the causes of a request that was not sent.
fn without_credentials(unsent: &ConnectorError) -> Option<&CredentialsError> {
    let mut cause = unsent.source();
    while let Some(error) = cause {
        if let Some(credentials) = error.downcast_ref() {
            return Some(credentials);
        }
        cause = error.source();
    }
    None
}

/// What an error of STS means where the server signed the request.
fn refusal(sts: &StsError, role: &config::Role) -> Refusal {
    let says = |text: &str| sts.message.contains(text);
    match sts.code.as_str() {
        "AccessDenied" | "AccessDeniedException" => {
            let [first, second, third] = ACTIONS;
            let next_step = say!(
                "The people who run the portal check that {arn} exists, that its trust policy allows {first}, {second} and {third} to the server's own role, and that the server's own role may call all three on it.",
                arn = role.arn.as_str(),
                first = first,
                second = second,
                third = third
            );
            let named = ACTIONS.into_iter().find(|action| says(&format!("not authorized to perform: {action}")));
            misconfigured(
                say!("AWS does not let the server take the role of “{title}”.", title = role.title),
                match named {
                    Some(action) => say!("{next_step} AWS names {action} as what is not allowed.", next_step = next_step, action = action),
                    None => next_step,
                },
            )
        }
        "ExpiredToken" | "ExpiredTokenException" => misconfigured(
            say!("The server's own AWS credentials have expired."),
            say!(
                "The people who run the portal renew them, or give the server's task, instance or pod a role, whose credentials renew themselves; and they check the server's clock."
            ),
        ),
        "InvalidClientTokenId" | "UnrecognizedClientException" | "InvalidAccessKeyId" => misconfigured(
            say!("AWS does not know the server's own AWS credentials."),
            say!(
                "The people who run the portal check which access key the server finds, and that it is active in the account that it should be of."
            ),
        ),
        "SignatureDoesNotMatch" | "InvalidSignatureException" | "RequestExpired" | "IncompleteSignature" | "MissingAuthenticationToken" => {
            misconfigured(
                say!("AWS does not accept the signature of the server's own AWS credentials."),
                say!(
                    "The people who run the portal check the server's clock and its secret access key, and that aws.region is the region of the STS that it asks."
                ),
            )
        }
        _ if sts.cause() == Cause::RoleChaining => misconfigured(
            say!("AWS does not allow credentials of this length for the role of “{title}”.", title = role.title),
            say!(
                "The people who run the portal lower duration_seconds (now {seconds}) to {longest} or less: the server's own identity is a role, and AWS caps what it gets by taking another.",
                seconds = role.duration_seconds,
                longest = LONGEST_SECONDS
            ),
        ),
        _ => sts.common_refusal(role),
    }
}

fn misconfigured(message: Sentence, next_step: Sentence) -> Refusal {
    PortalError::said(ErrorCode::MintMisconfigured, message, next_step).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::names::Subject;

    fn strategy() -> AssumeRole {
        let aws = config::samples::aws();
        AssumeRole::new(&aws, OwnIdentity::found(&aws))
    }

    #[test]
    fn a_session_is_named_by_its_user_id_and_a_person_by_the_source_identity() {
        let strategy = strategy();
        let session = DenyTarget::Session { assumed_role_id: "AROAEXAMPLE:ada.0123" };
        assert_eq!(strategy.deny_condition(&session), Some(DenyCondition::UserId("AROAEXAMPLE:ada.0123".into())));
        for subject in ["ada", "https://login.example/00D/005"] {
            let subject = Subject::parse(subject).unwrap();
            let person = DenyTarget::Person { subject: &subject, role_unique_id: "AROAEXAMPLE" };
            assert_eq!(strategy.deny_condition(&person), Some(DenyCondition::SourceIdentity(pseudonym(&subject))));
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let credentials = aws_credential_types::Credentials::new("AKIAEXAMPLE", "the-secret-access-key", None, None, "test");
        let aws = config::samples::aws();
        let identity = OwnIdentity::given(&aws, aws_credential_types::provider::SharedCredentialsProvider::new(credentials));
        assert!(!format!("{:?}", AssumeRole::new(&aws, identity)).contains("the-secret"));
    }
}
