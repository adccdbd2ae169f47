//! What the balancer itself answers: the bare pages of an ALB, with its statuses.

use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use thiserror::Error;

/// Bytes of a request line, and of one header line.
const LINE_LIMIT: usize = 16 * 1024;
/// Bytes of all header lines together.
const HEAD_LIMIT: usize = 64 * 1024;

/// Why a sign-in or a renewal failed. The names are those of ALB's access log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(super) enum Failure {
    /// The callback has no state.
    #[error("AuthMissingStateParam")]
    MissingState,
    /// The state is not ours, or older than 15 minutes.
    #[error("AuthInvalidStateParam")]
    InvalidState,
    /// The callback has no code.
    #[error("AuthMissingCodeParam")]
    MissingCode,
    /// The browser is not the one that began: it has no nonce.
    #[error("AuthMissingAWSALBAuthNonce")]
    MissingNonce,
    /// The browser is not the one that began: it has another nonce.
    #[error("AuthInvalidAWSALBAuthNonce")]
    InvalidNonce,
    /// The provider says that the person may not, or would not.
    #[error("AuthAccessDenied")]
    Denied,
    /// The provider returned another error instead of a code.
    #[error("AuthProviderError")]
    ProviderError,
    /// The provider does not take the code.
    #[error("AuthInvalidGrantError")]
    InvalidGrant,
    /// No ID token, though the scope has `openid`.
    #[error("AuthInvalidIdToken")]
    InvalidIdToken,
    /// The token endpoint's answer makes no sense.
    #[error("AuthInvalidTokenResponse")]
    InvalidTokenResponse,
    /// The userInfo endpoint's answer makes no sense.
    #[error("AuthInvalidUserinfoResponse")]
    InvalidUserinfoResponse,
    /// The provider could not be reached in five seconds.
    #[error("AuthTokenEpRequestFailed")]
    ProviderUnreachable,
    /// Claims and access token are over 11 KB.
    #[error("AuthUserinfoResponseSizeExceeded")]
    ClaimsTooLarge,
}

impl Failure {
    /// The page that goes with it.
    pub(super) fn answer(self) -> Response {
        tracing::info!(error_reason = %self, "sandbox balancer refuses");
        match self {
            Self::ProviderError | Self::InvalidGrant => bare(561, "Unauthorized"),
            Self::InvalidTokenResponse | Self::InvalidUserinfoResponse | Self::ProviderUnreachable | Self::ClaimsTooLarge => {
                bare(500, "Internal Server Error")
            }
            Self::MissingState
            | Self::InvalidState
            | Self::MissingCode
            | Self::MissingNonce
            | Self::InvalidNonce
            | Self::Denied
            | Self::InvalidIdToken => unauthorized(),
        }
    }
}

/// 401, in HTML, as the rule `deny` answers.
pub(super) fn unauthorized() -> Response {
    bare(401, "Authorization Required")
}

/// The portal is not there.
pub(super) fn bad_gateway() -> Response {
    bare(502, "Bad Gateway")
}

/// The portal does not answer.
pub(super) fn gateway_timeout() -> Response {
    bare(504, "Gateway Time-out")
}

/// 400 for a head over ALB's limits: 16 KB a line, 64 KB in all.
pub(super) fn over_limits(request: &Request) -> Option<Response> {
    let request_line = request.uri().to_string().len();
    let lines: Vec<usize> = request.headers().iter().map(|(name, value)| name.as_str().len() + ": ".len() + value.len()).collect();
    let over = request_line > LINE_LIMIT || lines.iter().any(|&line| line > LINE_LIMIT) || lines.iter().sum::<usize>() > HEAD_LIMIT;
    over.then(|| bare(400, "Bad Request"))
}

fn bare(status: u16, title: &str) -> Response {
    let page = format!(
        "<html>\r\n<head><title>{status} {title}</title></head>\r\n<body>\r\n<center><h1>{status} {title}</h1></center>\r\n</body>\r\n</html>\r\n"
    );
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(header::SERVER, "awselb/2.0"), (header::CACHE_CONTROL, "no-store")], Html(page)).into_response()
}
