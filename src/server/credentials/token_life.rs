//! Credentials that end no later than the sign-in they came from: `roles[].cap_to_access_token`.
//!
//! The balancer forwards the same access token until it expires, and a fresh one afterwards. Towards
//! the end of a token's life there is less left than AWS gives at least; waiting is then the only
//! way.

use super::entitlement::SHORTEST_SECONDS;
use super::minting::LONGEST;
use crate::model::clock::Timestamp;
use crate::model::error::{ErrorCode, PortalError};
use crate::server::config;
use crate::server::identity::Viewer;
use crate::words::say;

/// Seconds that credentials minted from `now` on can live within the viewer's access token. STS
/// counts from when it answers, so the longest wait for that is taken off.
///
/// # Errors
/// `mint_unavailable` with `Retry-After` when less than 900 are left, `mint_misconfigured` when a
/// fresh token would not have as many either.
pub(super) fn left(role: &config::Role, viewer: &Viewer, now: Timestamp) -> Result<u32, PortalError> {
    let Some(token) = viewer.web_identity_token() else {
        return Err(PortalError::said(
            ErrorCode::MintMisconfigured,
            say!("The credentials of “{title}” end with your access token, which the configuration calls opaque.", title = role.title),
            say!("The people who run the portal set idp.access_token to \"verify\", or take cap_to_access_token out of this role."),
        ));
    };
    let margin = i64::try_from(LONGEST.as_secs()).unwrap_or(i64::MAX);
    let within = |from: Timestamp| (token.expires().millis_since(from) / 1_000).saturating_sub(margin);
    let seconds = u32::try_from(within(now)).unwrap_or(0);
    if seconds >= SHORTEST_SECONDS {
        return Ok(seconds);
    }
    let issued = viewer.access_token_claim("iat").and_then(serde_json::Value::as_i64);
    if issued.is_some_and(|issued| within(Timestamp::from_seconds(issued)) < i64::from(SHORTEST_SECONDS)) {
        return Err(PortalError::said(
            ErrorCode::MintMisconfigured,
            say!(
                "The credentials of “{title}” end with your access token, but access tokens live shorter than the {seconds} seconds that AWS gives at least.",
                title = role.title,
                seconds = SHORTEST_SECONDS
            ),
            say!(
                "The people who run the portal lengthen the life of access tokens at the identity provider's app client, or take cap_to_access_token out of this role."
            ),
        ));
    }
    // One second more than is left: the balancer refreshes a token once it has expired.
    let wait = u32::try_from(token.expires().millis_since(now).max(0) / 1_000).unwrap_or(SHORTEST_SECONDS).saturating_add(1);
    Err(PortalError::said(
        ErrorCode::MintUnavailable,
        say!("The credentials of “{title}” end with your access token, which has less life left than the {seconds} seconds that AWS gives at least.", title = role.title, seconds = SHORTEST_SECONDS),
        say!("Try again in {wait} seconds, when the balancer has got a fresh token for you, or sign out and in again. Credentials that you already hold keep working.", wait = wait),
    )
    .with_retry_after(wait))
}
