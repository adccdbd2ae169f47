//! A signed request taken apart, for the page that explains it. Signature and session token are in here as length and
//! fingerprint only.

use super::request::{Draft, Request};
use super::sign::Watch;
use super::{s3, uri};
use crate::model::clock::Timestamp;
use crate::model::credentials::Credentials;
use crate::model::location::Location;
use crate::model::secret::print_of;
use zeroize::Zeroizing;

/// How a request was signed, without what makes it valid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explained {
    /// Method and URL up to the query.
    pub target: String,
    /// Name and value of each pair of the query, as sent.
    pub query: Vec<(String, String)>,
    /// Name and value of each header that was set.
    pub headers: Vec<(String, String)>,
    /// The text whose hash is signed.
    pub canonical_request: String,
    /// The text that is signed.
    pub string_to_sign: String,
}

/// Signs a request to S3 as [`s3::sign`] does, and explains that very request.
#[must_use]
pub fn sign(draft: Draft, location: &Location, credentials: &Credentials, now: Timestamp) -> (Request, Explained) {
    let mut seen = Seen::default();
    let request = s3::sign_watched(draft, location, credentials, now, &mut seen);
    let hidden = Hidden::of(credentials);
    let (target, query) = request.url().split_once('?').unwrap_or((request.url(), ""));
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (name.to_owned(), if name == "X-Amz-Signature" { shown(value) } else { hidden.from(value) })
    };
    let header = |(name, value): (&str, &str)| {
        let value = match value.split_once("Signature=") {
            Some((before, signature)) => [before, "Signature=", &shown(signature)].concat(),
            None => hidden.from(value),
        };
        (name.to_owned(), value)
    };
    let explained = Explained {
        target: [request.method().as_str(), " ", target].concat(),
        query: query.split('&').filter(|pair| !pair.is_empty()).map(pair).collect(),
        headers: request.headers().map(header).collect(),
        canonical_request: hidden.from(&seen.canonical_request),
        string_to_sign: seen.string_to_sign,
    };
    (request, explained)
}

/// What was signed; of two attempts the one that was sent.
#[derive(Default)]
struct Seen {
    canonical_request: Zeroizing<String>,
    string_to_sign: String,
}

impl Watch for Seen {
    fn see(&mut self, canonical_request: &str, string_to_sign: &str) {
        self.canonical_request = Zeroizing::new(canonical_request.to_owned());
        string_to_sign.clone_into(&mut self.string_to_sign);
    }
}

/// The session token, as it is and as it stands in a query.
struct Hidden {
    token: Zeroizing<String>,
    encoded: Zeroizing<String>,
    print: String,
}

impl Hidden {
    fn of(credentials: &Credentials) -> Self {
        let token = credentials.session_token.expose();
        let mut encoded = Zeroizing::new(String::with_capacity(token.len() * 3));
        encoded.extend(uri::encode(token));
        Self { token: Zeroizing::new(token.to_owned()), encoded, print: shown(token) }
    }

    fn from(&self, text: &str) -> String {
        if self.token.is_empty() {
            return text.to_owned();
        }
        // Between the two it may still hold the token.
        let half = Zeroizing::new(text.replace(self.encoded.as_str(), &self.print));
        half.replace(self.token.as_str(), &self.print)
    }
}

fn shown(secret: &str) -> String {
    ["‹", &print_of(secret.as_bytes()), "›"].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::s3::list::ListRequest;
    use crate::model::location::{AddressingStyle, Permission, Signing};
    use crate::model::secret::Secret;
    use sha2::{Digest, Sha256};

    const TOKEN: &str = "IQoJb3JpZ2luX2VjEJr//////////wEaCXVzLWVhc3QtMSJHMEUCIQDexample+token/with=signs";

    fn explained(sign_in: Signing) -> (Request, Explained) {
        let location = Location {
            name: "reports".into(),
            region: "eu-west-1".into(),
            endpoint: "https://reports.s3.eu-west-1.amazonaws.com".into(),
            style: AddressingStyle::Virtual,
            prefix: "team/".into(),
            permissions: vec![Permission::List],
            sign: sign_in,
        };
        let credentials = Credentials {
            access_key_id: "ASIAEXAMPLE".into(),
            secret_access_key: Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            session_token: Secret::new(TOKEN),
            expiration: Timestamp::from_seconds(1_795_415_575),
        };
        let draft = ListRequest { prefix: "team/", ..ListRequest::default() }.draft(&location).unwrap();
        sign(draft, &location, &credentials, Timestamp::from_seconds(1_795_411_975))
    }

    #[test]
    fn what_is_explained_is_what_is_sent_without_what_makes_it_valid() {
        for sign_in in [Signing::Query, Signing::Header] {
            let (request, explained) = explained(sign_in);
            let told = format!("{explained:?}");
            let encoded: String = uri::encode(TOKEN).collect();
            let signature = match sign_in {
                Signing::Query => request.url().rsplit_once("X-Amz-Signature=").unwrap().1.to_owned(),
                Signing::Header => {
                    request.headers().find(|(name, _)| *name == "authorization").unwrap().1.rsplit_once("Signature=").unwrap().1.to_owned()
                }
            };
            assert_eq!(signature.len(), 64);
            for secret in [TOKEN, &encoded, &signature, "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"] {
                for part in secret.as_bytes().windows(16) {
                    assert!(!told.contains(std::str::from_utf8(part).unwrap()), "{told}");
                }
            }
            assert!(told.contains(&print_of(TOKEN.as_bytes())) && told.contains(&print_of(signature.as_bytes())), "{told}");
            // The hash in the string to sign is that of the canonical request as it really was.
            let print = ["‹", &print_of(TOKEN.as_bytes()), "›"].concat();
            let token = if sign_in == Signing::Query { encoded.as_str() } else { TOKEN };
            let canonical = explained.canonical_request.replace(&print, token);
            let hash = hex::encode(Sha256::digest(canonical.as_bytes()));
            assert_eq!(explained.string_to_sign.lines().last(), Some(hash.as_str()));
            assert_eq!(explained.string_to_sign.lines().next(), Some("AWS4-HMAC-SHA256"));
            assert_eq!(explained.target, "GET https://reports.s3.eu-west-1.amazonaws.com/");
            assert!(explained.query.iter().any(|(name, value)| (name.as_str(), value.as_str()) == ("prefix", "team%2F")));
            assert_eq!(explained.headers.is_empty(), sign_in == Signing::Query);
        }
    }
}
