//! The identity provider's discovery document, as far as the portal reads it: where the key set is
//! (OpenID Connect Discovery 1.0, section 4).

use crate::server::config::is_loopback;
use crate::words::{Sentence, say};
use serde::Deserialize;
use thiserror::Error;
use url::Url;

/// Most bytes of a document.
pub(in crate::server) const LIMIT: usize = 64 * 1_024;

/// Why a document does not lead to a key set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(in crate::server) enum DiscoveryError {
    /// There is no address to ask.
    #[error("{}", self.sentence())]
    Address,
    /// Not a discovery document.
    #[error("{}", self.sentence())]
    Document,
    /// The document of somebody else.
    #[error("{}", self.sentence())]
    Issuer,
    /// Anybody on the way could put keys of their own in its place.
    #[error("{}", self.sentence())]
    Clear,
}

impl DiscoveryError {
    /// What stands behind the name of the document.
    pub(in crate::server) fn sentence(self) -> Sentence {
        match self {
            Self::Address => say!("has no address, because alb.issuer is not a URL"),
            Self::Document => say!("is not what OpenID Connect Discovery describes"),
            Self::Issuer => say!("names another issuer than alb.issuer"),
            Self::Clear => say!("names a key set that is not behind https"),
        }
    }
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

/// Where an issuer's document is.
pub(in crate::server) fn address(issuer: &str) -> Result<Url, DiscoveryError> {
    let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    Url::parse(&address).map_err(|_| DiscoveryError::Address)
}

/// The `jwks_uri` of this issuer's document.
pub(in crate::server) fn key_set_address(document: &[u8], issuer: &str) -> Result<Url, DiscoveryError> {
    let document: Discovery = serde_json::from_slice(document).map_err(|_| DiscoveryError::Document)?;
    if document.issuer != issuer {
        return Err(DiscoveryError::Issuer);
    }
    let own = address(issuer)?;
    let uri = Url::parse(&document.jwks_uri).map_err(|_| DiscoveryError::Clear)?;
    if uri.scheme() == "https" || is_loopback(&uri) && is_loopback(&own) { Ok(uri) } else { Err(DiscoveryError::Clear) }
}
