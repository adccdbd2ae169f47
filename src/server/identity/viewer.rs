//! The verified person.

use super::data_header_rules::SignedIn;
use crate::model::clock::Timestamp;
use crate::model::names::Subject;
use crate::model::secret::Secret;
use crate::server::config::GroupsFrom;
use crate::server::tokens::access_token::AccessTokenClaims;
use std::fmt;
use std::sync::Arc;

/// The verified person behind a request. The fields are private and there is no constructor outside
/// of `server::identity`. Cloning is cheap; `Debug` prints the subject and the groups.
#[derive(Clone)]
pub struct Viewer {
    signed_in: Arc<SignedIn>,
    groups_from: GroupsFrom,
    web_identity_token: Option<WebIdentityToken>,
}

impl Viewer {
    /// Both headers have passed every rule.
    pub(super) fn new(signed_in: Arc<SignedIn>, groups_from: GroupsFrom, web_identity_token: Option<WebIdentityToken>) -> Self {
        Self { signed_in, groups_from, web_identity_token }
    }

    /// The identity provider's stable id.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        self.signed_in.subject()
    }

    /// Address, for display only.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.signed_in.email()
    }

    /// Name, for display only.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.signed_in.name()
    }

    /// Groups from the configured claim of the configured token. A claim that is neither a string
    /// nor an array of strings gives no groups.
    #[must_use]
    pub fn groups(&self) -> &[String] {
        match self.groups_from {
            GroupsFrom::Data => self.signed_in.groups(),
            GroupsFrom::AccessToken => self.web_identity_token.as_ref().map_or(&[], |token| token.claims.groups()),
        }
    }

    /// A claim of the verified access token; the data header's claims are not in here.
    #[must_use]
    pub fn access_token_claim(&self, name: &str) -> Option<&serde_json::Value> {
        self.web_identity_token.as_ref()?.claims.claim(name)
    }

    /// What STS takes for the audience of the access token: `azp` where it has one.
    #[must_use]
    pub fn web_identity_audience(&self) -> Option<&str> {
        let token = self.web_identity_token()?;
        token.authorized_party().or_else(|| token.audience().first().map(String::as_str))
    }

    /// The access token in the form in which only minting can open it; `None` when the
    /// configuration calls access tokens opaque.
    #[must_use]
    pub fn web_identity_token(&self) -> Option<&WebIdentityToken> {
        self.web_identity_token.as_ref()
    }
}

impl fmt::Debug for Viewer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Viewer").field("subject", self.subject()).field("groups", &self.groups()).finish_non_exhaustive()
    }
}

/// A verified access token, sealed: only the strategies of `server::credentials` open it.
#[derive(Clone)]
pub struct WebIdentityToken {
    token: Secret,
    claims: Arc<AccessTokenClaims>,
}

impl WebIdentityToken {
    /// A token that has passed every rule, with what it says.
    pub(super) fn new(token: Secret, claims: Arc<AccessTokenClaims>) -> Self {
        Self { token, claims }
    }

    /// The token's `aud`, as a list; empty when it has none.
    #[must_use]
    pub fn audience(&self) -> &[String] {
        self.claims.audience()
    }

    /// The token's `azp`, which STS takes for the audience where it is set.
    #[must_use]
    pub fn authorized_party(&self) -> Option<&str> {
        self.claims.authorized_party()
    }

    /// The token's `exp`.
    #[must_use]
    pub fn expires(&self) -> Timestamp {
        self.claims.expires()
    }

    /// The token itself, on its way to STS.
    pub(in crate::server) fn open(&self) -> &Secret {
        &self.token
    }
}

impl fmt::Debug for WebIdentityToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebIdentityToken").field("expires", &self.expires()).finish_non_exhaustive()
    }
}
