//! Who is behind a request: verification of the balancer's headers.
//!
//! [`Authenticator`] is the only thing that makes a [`Viewer`], and it makes one from verified
//! headers only. Everything untrusted is called `unverified_…` until its signature holds.

use crate::model::clock::Timestamp;
use crate::model::names::Subject;
use crate::model::secret::Secret;
use std::collections::BTreeMap;

/// The verified person behind a request. The fields are private and there is no constructor
/// outside this module.
#[derive(Clone, Debug)]
pub struct Viewer {
    subject: Subject,
    email: Option<String>,
    name: Option<String>,
    groups: Vec<String>,
    claims: BTreeMap<String, serde_json::Value>,
    web_identity_token: Option<WebIdentityToken>,
}

impl Viewer {
    /// The identity provider's stable id.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// Address, for display only.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }

    /// Name, for display only.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Groups from the configured claim.
    #[must_use]
    pub fn groups(&self) -> &[String] {
        &self.groups
    }

    /// A claim of the verified access token; the data header's claims are not in here.
    #[must_use]
    pub fn access_token_claim(&self, name: &str) -> Option<&serde_json::Value> {
        self.claims.get(name)
    }

    /// The access token in the form in which only minting can open it; `None` when the
    /// configuration calls access tokens opaque.
    #[must_use]
    pub fn web_identity_token(&self) -> Option<&WebIdentityToken> {
        self.web_identity_token.as_ref()
    }
}

/// A verified access token, sealed: only the strategies of `server::credentials` open it.
#[derive(Clone, Debug)]
pub struct WebIdentityToken {
    token: Secret,
    audience: Vec<String>,
    authorized_party: Option<String>,
    expires: Timestamp,
}

impl WebIdentityToken {
    /// The token's `aud`, as a list; empty when it has none.
    #[must_use]
    pub fn audience(&self) -> &[String] {
        &self.audience
    }

    /// The token's `azp`, which STS takes for the audience where it is set.
    #[must_use]
    pub fn authorized_party(&self) -> Option<&str> {
        self.authorized_party.as_deref()
    }

    /// The token's `exp`.
    #[must_use]
    pub fn expires(&self) -> Timestamp {
        self.expires
    }

    /// The token itself, on its way to STS.
    pub(in crate::server) fn open(&self) -> &Secret {
        &self.token
    }
}
