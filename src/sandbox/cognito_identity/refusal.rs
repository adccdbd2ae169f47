//! Errors in the form of JSON 1.1.

use crate::sandbox::signature::SignatureError;
use axum::http::StatusCode;
use serde_json::{Value, json};

/// An error answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    status: u16,
    /// Its name.
    pub(super) code: &'static str,
    /// Its words.
    pub(super) message: String,
}

impl Refusal {
    /// An error.
    pub(super) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    /// A parameter outside its constraint.
    pub(super) fn parameter(message: impl Into<String>) -> Self {
        Self::new(400, "InvalidParameterException", message)
    }

    /// A token or a login that is not let in.
    pub(super) fn not_authorized(message: impl Into<String>) -> Self {
        Self::new(400, "NotAuthorizedException", message)
    }

    /// The HTTP status.
    pub(super) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The body.
    pub(super) fn body(&self) -> Value {
        json!({"__type": self.code, "message": self.message})
    }
}

impl From<SignatureError> for Refusal {
    fn from(error: SignatureError) -> Self {
        let code = match error {
            SignatureError::Missing => "MissingAuthenticationTokenException",
            SignatureError::Incomplete(_) => "IncompleteSignatureException",
            SignatureError::UnknownToken => "UnrecognizedClientException",
            SignatureError::ExpiredToken => "ExpiredTokenException",
            _ => "InvalidSignatureException",
        };
        Self::new(400, code, error.to_string())
    }
}
