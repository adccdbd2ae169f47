//! From headers to a viewer.

use super::balancer_headers::BalancerHeaders;
use super::data_header_rules::DataHeaderRules;
use super::rejection::{HeaderRule, Rejection};
use super::stages::Stages;
use super::viewer::{Viewer, WebIdentityToken};
use crate::model::clock::Clock;
use crate::model::error::PortalError;
use crate::model::secret::Secret;
use crate::server::clock::Stopwatch;
use crate::server::config::{AccessTokenKind, Config, GroupsFrom};
use crate::server::outside::Fetch;
use crate::server::tokens::TokenRule;
use crate::server::tokens::access_token::{AccessTokenError, AccessTokens};
use http::HeaderMap;
use std::fmt;
use std::sync::Arc;

/// Verifies the balancer's headers by one configuration. One for the whole process: it holds the
/// keys and the tokens that have already been found good.
pub struct Authenticator {
    data_headers: DataHeaderRules,
    /// `None` where access tokens are opaque.
    access_tokens: Option<AccessTokens>,
    groups_from: GroupsFrom,
}

impl Authenticator {
    /// By the rules of `[alb]` and `[idp]`. Fetches nothing yet.
    #[must_use]
    pub fn new(config: &Config, fetch: Arc<dyn Fetch>, clock: Arc<dyn Clock>) -> Self {
        Self {
            data_headers: DataHeaderRules::new(config, &fetch, &clock),
            access_tokens: match config.idp.access_token {
                AccessTokenKind::Verify => Some(AccessTokens::new(config, fetch, clock)),
                AccessTokenKind::Opaque => None,
            },
            groups_from: config.idp.groups_from,
        }
    }

    /// The person behind a request with these headers.
    ///
    /// # Errors
    /// - `not_signed_in` when none of the balancer's headers is there;
    /// - `header_rejected` or `token_rejected` with the first rule that is broken;
    /// - `mint_unavailable` when a key is needed and cannot be had: that says nothing about the
    ///   headers;
    /// - `internal` when the configuration does not say where the balancer's keys are.
    ///
    /// No error holds any part of a header.
    pub async fn authenticate(&self, headers: &HeaderMap) -> Result<Viewer, PortalError> {
        self.followed(headers, &mut Stages::default()).await
    }

    /// As [`authenticate`](Self::authenticate), and `stages` tells how far it came and how long that took.
    ///
    /// # Errors
    /// As there.
    pub async fn followed(&self, headers: &HeaderMap, stages: &mut Stages) -> Result<Viewer, PortalError> {
        let begun = Stopwatch::start();
        let read = BalancerHeaders::read(headers);
        stages.headers = Some(begun.elapsed());
        let headers = read?;
        let begun = Stopwatch::start();
        let verified = self.data_headers.verify(headers.unverified_data).await;
        stages.data_header = Some(begun.elapsed());
        let (signed_in, known) = verified?;
        (stages.data_header_verified, stages.data_header_known) = (true, known);
        // Not part of what is kept for repeats: the same data header with another identity header is
        // another request.
        if headers.unverified_identity != Some(signed_in.subject().as_str().as_bytes()) {
            return Err(Rejection::from(HeaderRule::Identity).into());
        }
        let web_identity_token = match &self.access_tokens {
            None => None,
            Some(access_tokens) => {
                let reject = |rule: TokenRule| PortalError::from(Rejection::from(rule));
                let unverified = headers.unverified_access_token.ok_or_else(|| reject(TokenRule::Missing))?;
                let begun = Stopwatch::start();
                let verified = access_tokens.verify(unverified, signed_in.client(), signed_in.subject()).await;
                stages.access_token = Some(begun.elapsed());
                let (claims, known) = verified.map_err(|error| match error {
                    AccessTokenError::Broken(rule) => reject(rule),
                    AccessTokenError::Unavailable(reason) => PortalError::from(reason).with_finding("jwks-unreachable"),
                })?;
                stages.access_token_known = known;
                // A verified JWT is base64url and dots.
                let token = std::str::from_utf8(unverified).map_err(|_| reject(TokenRule::Jwks))?;
                Some(WebIdentityToken::new(Secret::new(token), claims))
            }
        };
        Ok(Viewer::new(signed_in, self.groups_from, web_identity_token))
    }
}

impl fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticator").field("groups_from", &self.groups_from).finish_non_exhaustive()
    }
}
