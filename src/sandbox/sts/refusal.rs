//! STS's errors: code, status and wording as AWS has them.

use crate::sandbox::signature::SignatureError;

/// An error answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// HTTP status.
    pub(super) status: u16,
    /// The code.
    pub(super) code: &'static str,
    /// The message.
    pub(super) message: String,
}

impl Refusal {
    /// An error.
    pub(super) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    /// A token that cannot be taken.
    pub(super) fn invalid_token(message: impl Into<String>) -> Self {
        Self::new(400, "InvalidIdentityToken", message)
    }

    /// No key for the token. The double space is AWS's.
    pub(super) fn no_verification_key() -> Self {
        Self::invalid_token(
            "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
        )
    }

    /// A token past its `exp`.
    pub(super) fn expired(now: i64, exp: i64) -> Self {
        let message = format!("Token expired: current date/time {now} must be before the expiration date/time {exp}");
        Self::new(400, "ExpiredTokenException", message)
    }

    /// A role that does not exist or does not trust the token. AWS does not say which.
    pub(super) fn not_authorized() -> Self {
        Self::new(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
    }

    /// A parameter outside its constraint.
    pub(super) fn constraint(parameter: &str, constraint: &str) -> Self {
        let message = format!("1 validation error detected: Value at '{parameter}' failed to satisfy constraint: Member must {constraint}");
        Self::new(400, "ValidationError", message)
    }

    /// Any other invalid parameter.
    pub(super) fn validation(message: &str) -> Self {
        Self::new(400, "ValidationError", message)
    }

    /// A session policy that is not one.
    pub(super) fn malformed_policy(detail: &str) -> Self {
        Self::new(400, "MalformedPolicyDocument", format!("Syntax errors in policy. {detail}"))
    }

    /// More policy and tags than there is space for.
    pub(super) fn packed_policy_too_large(percent: usize) -> Self {
        Self::new(400, "PackedPolicyTooLarge", format!("Packed policy consumes {percent}% of allotted space, please use smaller policy."))
    }

    /// Parameters that contradict each other or the rules.
    pub(super) fn invalid_parameter(message: &str) -> Self {
        Self::new(400, "InvalidParameterValue", message)
    }

    /// An action that this service does not have.
    pub(super) fn invalid_action(action: &str, version: &str) -> Self {
        Self::new(400, "InvalidAction", format!("Could not find operation {action} for version {version}"))
    }

    /// No action at all.
    pub(super) fn missing_action() -> Self {
        Self::new(400, "MissingAction", "The request must contain the parameter Action.")
    }

    /// A body that is not a query.
    pub(super) fn malformed(message: &str) -> Self {
        Self::new(400, "MalformedQueryString", message)
    }

    /// Whose fault it is, in the words of the Query API.
    pub(super) fn fault(&self) -> &'static str {
        if self.status < 500 { "Sender" } else { "Receiver" }
    }
}

impl From<SignatureError> for Refusal {
    fn from(error: SignatureError) -> Self {
        let (status, code) = match error {
            SignatureError::Missing => (403, "MissingAuthenticationToken"),
            SignatureError::Incomplete(_) => (400, "IncompleteSignature"),
            SignatureError::UnknownToken => (403, "InvalidClientTokenId"),
            SignatureError::ExpiredToken => (403, "ExpiredToken"),
            SignatureError::Scope(_) | SignatureError::Expired { .. } | SignatureError::NotYetCurrent { .. } | SignatureError::Mismatch => {
                (403, "SignatureDoesNotMatch")
            }
        };
        Self::new(status, code, error.to_string())
    }
}
