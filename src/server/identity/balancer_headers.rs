//! The three headers of the load balancer, as they arrive.

use super::rejection::{HeaderRule, Rejection};
use crate::model::error::{ErrorCode, PortalError};
use crate::words::say;
use http::{HeaderMap, HeaderName};

/// The user's claims, signed by the balancer.
pub const DATA_HEADER: HeaderName = HeaderName::from_static("x-amzn-oidc-data");
/// The subject in plain text, not signed.
pub const IDENTITY_HEADER: HeaderName = HeaderName::from_static("x-amzn-oidc-identity");
/// The identity provider's access token, not signed by the balancer.
pub const ACCESS_TOKEN_HEADER: HeaderName = HeaderName::from_static("x-amzn-oidc-accesstoken");

/// The balancer refuses header lines beyond 16 KB itself.
const SIZE_LIMIT: usize = 16 * 1_024;

/// The headers of one request: one line each at most, none too long.
pub(super) struct BalancerHeaders<'a> {
    pub(super) unverified_data: &'a [u8],
    pub(super) unverified_identity: Option<&'a [u8]>,
    pub(super) unverified_access_token: Option<&'a [u8]>,
}

impl<'a> BalancerHeaders<'a> {
    /// Takes the headers out of a request. None at all is what a request looks like that did not
    /// pass the balancer's sign-in: a health check, or a path that the balancer leaves open.
    pub(super) fn read(headers: &'a HeaderMap) -> Result<Self, PortalError> {
        let all = [DATA_HEADER, IDENTITY_HEADER, ACCESS_TOKEN_HEADER].map(|name| headers.get_all(name));
        let [data, identity, access_token] = all.each_ref().map(|lines| lines.iter().next().map(http::HeaderValue::as_bytes));
        let Some(unverified_data) = data else {
            return Err(match (identity, access_token) {
                (None, None) => not_signed_in(),
                _ => Rejection::from(HeaderRule::Missing).into(),
            });
        };
        if all.iter().any(|lines| lines.iter().nth(1).is_some()) {
            return Err(Rejection::from(HeaderRule::Duplicate).into());
        }
        if [data, identity, access_token].into_iter().flatten().any(|value| value.len() > SIZE_LIMIT) {
            return Err(Rejection::from(HeaderRule::Size).into());
        }
        Ok(Self { unverified_data, unverified_identity: identity, unverified_access_token: access_token })
    }
}

fn not_signed_in() -> PortalError {
    PortalError::said(
        ErrorCode::NotSignedIn,
        say!("The request did not pass the load balancer's sign-in."),
        say!("Open the portal at its public address and sign in."),
    )
}
