//! What an AWS service says when it does not do what it was asked, read in one place: Cognito Identity,
//! KMS, DynamoDB, IAM.
//!
//! AWS's words about a signature repeat the request that was signed, session token included, and what
//! answers in AWS's place may put anything anywhere: see [`ServiceError::withholding`].

use crate::model::secret::Secret;
use crate::server::credentials::refusal::{WITHHELD, repeats};
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_kms::config::http::HttpResponse;
use aws_sdk_kms::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_kms::operation::RequestId;
use std::error::Error;
use thiserror::Error;

/// Most characters of a service's message that are kept.
const LONGEST_MESSAGE: usize = 512;

/// A failed call, sorted. The message is for the log, after what holds a secret is withheld.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(in crate::server) enum ServiceError {
    /// No whole answer in time.
    #[error("did not answer in time")]
    TimedOut,
    /// No connection.
    #[error("could not be reached")]
    Unreachable,
    /// The server has no AWS credentials to sign with.
    #[error("the server has no AWS identity of its own")]
    NoIdentity,
    /// Answered, but not as this service does.
    #[error("what answers does not speak the service's language")]
    NotTheService,
    /// Refused.
    #[error("refused with status {status}: {code}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// The error's name; empty where the answer has none.
        code: String,
        /// The service's words.
        message: String,
        /// The service's id of the request.
        request_id: Option<String>,
    },
}

impl ServiceError {
    /// Sorts an error of a client.
    pub(in crate::server) fn of<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Self {
        match error {
            SdkError::TimeoutError(_) => Self::TimedOut,
            SdkError::DispatchFailure(failure) => match failure.as_connector_error() {
                Some(cause) if is_about_credentials(cause) => Self::NoIdentity,
                _ if failure.is_timeout() => Self::TimedOut,
                _ => Self::Unreachable,
            },
            SdkError::ServiceError(refusal) => {
                let meta = refusal.err().meta();
                let keep = |text: &str| text.chars().filter(|character| !character.is_control()).take(LONGEST_MESSAGE).collect();
                Self::Refused {
                    status: refusal.raw().status().as_u16(),
                    code: keep(meta.code().unwrap_or_default()),
                    message: keep(meta.message().unwrap_or_default()),
                    request_id: error.request_id().map(str::to_owned),
                }
            }
            _ => Self::NotTheService,
        }
    }

    /// Without what repeats one of these.
    #[must_use]
    pub(in crate::server) fn withholding(mut self, secrets: &[Secret]) -> Self {
        if let Self::Refused { code, message, request_id, .. } = &mut self {
            for text in [Some(code), Some(message), request_id.as_mut()].into_iter().flatten() {
                if secrets.iter().any(|secret| repeats(text, secret.expose())) {
                    WITHHELD.clone_into(text);
                }
            }
        }
        self
    }

    /// Whether the same call may succeed in a moment.
    pub(in crate::server) fn may_pass(&self) -> bool {
        match self {
            Self::TimedOut | Self::Unreachable => true,
            Self::NoIdentity | Self::NotTheService => false,
            Self::Refused { status, code, .. } => {
                *status >= 500
                    || *status == 429
                    || matches!(code.as_str(), "TooManyRequestsException" | "ThrottlingException" | "Throttling" | "LimitExceededException")
            }
        }
    }

    /// Whether the server's own identity is not let in: unknown, expired, wrongly signed, or without
    /// the permission.
    pub(in crate::server) fn is_about_own_identity(&self) -> bool {
        match self {
            Self::NoIdentity => true,
            Self::Refused { code, .. } => matches!(
                code.as_str(),
                "AccessDeniedException"
                    | "UnrecognizedClientException"
                    | "InvalidSignatureException"
                    | "SignatureDoesNotMatch"
                    | "MissingAuthenticationTokenException"
                    | "IncompleteSignatureException"
                    | "InvalidClientTokenId"
                    | "ExpiredTokenException"
            ),
            _ => false,
        }
    }

    /// The code, where there is one.
    pub(in crate::server) fn code(&self) -> &str {
        if let Self::Refused { code, .. } = self { code } else { "" }
    }
}

/// Whether a provider of credentials stands in the chain of causes.
fn is_about_credentials(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<CredentialsError>() {
            return true;
        }
        cause = error.source();
    }
    false
}
