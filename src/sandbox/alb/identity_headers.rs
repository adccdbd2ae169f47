//! The three headers: removed from what a client sends, added from the session.

use super::own_answers::Failure;
use super::session::Session;
use super::signer::DataSigner;
use crate::model::clock::Timestamp;
use axum::http::{HeaderMap, HeaderName, HeaderValue};

const DATA: HeaderName = HeaderName::from_static("x-amzn-oidc-data");
const IDENTITY: HeaderName = HeaderName::from_static("x-amzn-oidc-identity");
const ACCESS_TOKEN: HeaderName = HeaderName::from_static("x-amzn-oidc-accesstoken");
/// Above this ALB answers 500 (claims and access token together).
const CLAIMS_LIMIT: usize = 11 * 1024;

/// Removes every header of the family, known or not, and with any mix of `-` and `_`: some servers
/// take the one for the other.
pub(super) fn strip(headers: &mut HeaderMap) {
    let forged: Vec<HeaderName> = headers.keys().filter(|name| is_of_the_family(name)).cloned().collect();
    for name in forged {
        headers.remove(name);
    }
}

fn is_of_the_family(name: &HeaderName) -> bool {
    // `HeaderName` is lower case already.
    name.as_str().replace('_', "-").starts_with("x-amzn-oidc-")
}

/// Adds the person's headers, the data header freshly signed.
pub(super) fn add(headers: &mut HeaderMap, session: &Session, signer: &DataSigner, now: Timestamp) -> Result<(), Failure> {
    let data = signer.sign(&session.claims, now);
    if data.len() + session.access_token.len() > CLAIMS_LIMIT {
        return Err(Failure::ClaimsTooLarge);
    }
    for (name, value) in [(DATA, data.as_str()), (IDENTITY, session.subject()), (ACCESS_TOKEN, &session.access_token)] {
        let mut value = HeaderValue::from_str(value).map_err(|_| Failure::InvalidTokenResponse)?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_spelling_gets_through() {
        let mut headers = HeaderMap::new();
        for name in [
            "x-amzn-oidc-data",
            "X-AMZN-OIDC-DATA",
            "X-Amzn-Oidc-Identity",
            "x-amzn-oidc-accesstoken",
            "x_amzn_oidc_data",
            "x-amzn_oidc-data",
            "X_Amzn-Oidc_AccessToken",
            "x-amzn-oidc-something-new",
        ] {
            headers.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_static("forged"));
            headers.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_static("forged twice"));
        }
        headers.append("x-amzn-trace-id", HeaderValue::from_static("Root=1"));
        headers.append("x-amzn-oidcdata", HeaderValue::from_static("another header"));
        strip(&mut headers);
        let mut left: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, ["x-amzn-oidcdata", "x-amzn-trace-id"]);
    }
}
