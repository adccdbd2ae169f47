//! Verification of SigV4 in the `Authorization` header, written from the specification (IAM user
//! guide, "Signature Version 4 signing process") and not shared with the portal's own signer, so
//! that the one can find the other's mistakes.

use crate::model::clock::Timestamp;
use crate::model::secret::Secret;
use crate::sandbox::registry::{IssuedSession, REGION, Registry};
use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign, verify};
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, Method, Uri};
use percent_encoding::percent_decode_str;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::sync::Arc;
use thiserror::Error;
use url::form_urlencoded;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// Most services allow five minutes.
const MAX_SKEW_MILLIS: i64 = 5 * 60 * 1_000;

/// Why a request is not the caller's. The messages are those of AWS.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(in crate::sandbox) enum SignatureError {
    #[error("Missing Authentication Token")]
    Missing,
    #[error("Authorization header requires '{0}' parameter.")]
    Incomplete(&'static str),
    #[error("The security token included in the request is invalid.")]
    UnknownToken,
    #[error("The security token included in the request is expired")]
    ExpiredToken,
    #[error("Credential should be scoped to a valid region and to the service '{0}'.")]
    Scope(&'static str),
    #[error("Signature expired: {signed} is now earlier than {earliest}")]
    Expired { signed: String, earliest: String },
    #[error("Signature not yet current: {signed} is still later than {latest}")]
    NotYetCurrent { signed: String, latest: String },
    #[error(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
    )]
    Mismatch,
}

impl SignatureError {
    /// The value of `x-amzn-ErrorType`.
    pub(in crate::sandbox) const fn error_type(&self) -> &'static str {
        match self {
            Self::Missing => "MissingAuthenticationTokenException",
            Self::Incomplete(_) => "IncompleteSignatureException",
            Self::UnknownToken => "UnrecognizedClientException",
            Self::ExpiredToken => "ExpiredTokenException",
            Self::Scope(_) | Self::Expired { .. } | Self::NotYetCurrent { .. } | Self::Mismatch => "InvalidSignatureException",
        }
    }
}

/// What is signed.
#[derive(Clone, Copy)]
pub(in crate::sandbox) struct Signed<'a> {
    pub(in crate::sandbox) method: &'a Method,
    pub(in crate::sandbox) uri: &'a Uri,
    pub(in crate::sandbox) headers: &'a HeaderMap,
    pub(in crate::sandbox) body: &'a [u8],
}

/// Checks signature, token and expiry of a request with credentials that STS has issued.
pub(in crate::sandbox) fn verify_session(
    request: Signed<'_>,
    service: &'static str,
    registry: &Registry,
    now: Timestamp,
) -> Result<Arc<IssuedSession>, SignatureError> {
    let authorization = Authorization::of(request.headers)?;
    let session = registry.find(authorization.access_key_id).ok_or(SignatureError::UnknownToken)?;
    authorization.verify(request, service, &session.secret, now)?;
    let token = single(request.headers, "x-amz-security-token").ok_or(SignatureError::UnknownToken)?;
    if !session.token_matches(token) {
        return Err(SignatureError::UnknownToken);
    }
    if session.is_expired(now) {
        return Err(SignatureError::ExpiredToken);
    }
    Ok(session)
}

/// Checks the signature of a request with a key that does not expire.
pub(in crate::sandbox) fn verify_key(
    request: Signed<'_>,
    service: &'static str,
    (access_key_id, secret): (&str, &Secret),
    now: Timestamp,
) -> Result<(), SignatureError> {
    let authorization = Authorization::of(request.headers)?;
    if authorization.access_key_id != access_key_id {
        return Err(SignatureError::UnknownToken);
    }
    authorization.verify(request, service, secret, now)
}

/// The parts of the header.
struct Authorization<'a> {
    access_key_id: &'a str,
    scope: &'a str,
    signed_headers: Vec<&'a str>,
    signature: &'a str,
}

impl<'a> Authorization<'a> {
    fn of(headers: &'a HeaderMap) -> Result<Self, SignatureError> {
        let value = single(headers, AUTHORIZATION.as_str()).ok_or(SignatureError::Missing)?;
        let parameters = value.strip_prefix(ALGORITHM).and_then(|rest| rest.strip_prefix(' ')).ok_or(SignatureError::Missing)?;
        let (mut credential, mut signed_headers, mut signature) = (None, None, None);
        for parameter in parameters.split(',') {
            match parameter.trim().split_once('=') {
                Some(("Credential", value)) if credential.is_none() => credential = Some(value),
                Some(("SignedHeaders", value)) if signed_headers.is_none() => signed_headers = Some(value),
                Some(("Signature", value)) if signature.is_none() => signature = Some(value),
                _ => return Err(SignatureError::Incomplete("Credential")),
            }
        }
        let credential = credential.and_then(|value| value.split_once('/'));
        let (access_key_id, scope) = credential.ok_or(SignatureError::Incomplete("Credential"))?;
        let signed_headers: Vec<&str> = signed_headers.ok_or(SignatureError::Incomplete("SignedHeaders"))?.split(';').collect();
        let signature = signature.ok_or(SignatureError::Incomplete("Signature"))?;
        Ok(Self { access_key_id, scope, signed_headers, signature })
    }

    /// Checks the signature and its date.
    fn verify(&self, request: Signed<'_>, service: &'static str, secret: &Secret, now: Timestamp) -> Result<(), SignatureError> {
        let date = single(request.headers, "x-amz-date").ok_or(SignatureError::Incomplete("X-Amz-Date"))?;
        let signed_at = Timestamp::parse_amz_date(date).ok_or(SignatureError::Incomplete("X-Amz-Date"))?;
        let day = &date[..8];
        if self.scope != format!("{day}/{REGION}/{service}/aws4_request") {
            return Err(SignatureError::Scope(service));
        }
        if now.millis_since(signed_at) > MAX_SKEW_MILLIS {
            let earliest = now.plus_millis(-MAX_SKEW_MILLIS).amz_date();
            return Err(SignatureError::Expired { signed: date.to_owned(), earliest });
        }
        if signed_at.millis_since(now) > MAX_SKEW_MILLIS {
            let latest = now.plus_millis(MAX_SKEW_MILLIS).amz_date();
            return Err(SignatureError::NotYetCurrent { signed: date.to_owned(), latest });
        }

        let canonical = canonical_request(request, &self.signed_headers)?;
        let to_sign = format!("{ALGORITHM}\n{date}\n{}\n{}", self.scope, hex::encode(Sha256::digest(canonical.as_bytes())));
        let mut key = Key::new(HMAC_SHA256, format!("AWS4{}", secret.expose()).as_bytes());
        for part in [day, REGION, service, "aws4_request"] {
            key = Key::new(HMAC_SHA256, sign(&key, part.as_bytes()).as_ref());
        }
        let signature = hex::decode(self.signature).map_err(|_| SignatureError::Mismatch)?;
        // Compares in constant time.
        verify(&key, to_sign.as_bytes(), &signature).map_err(|_| SignatureError::Mismatch)
    }
}

/// Method, path, query, headers, their names and the hash of the body. The host and every header
/// of AWS's must be among the signed ones, or a signature could be played to another request.
fn canonical_request(request: Signed<'_>, signed_headers: &[&str]) -> Result<String, SignatureError> {
    let in_order = signed_headers.is_sorted_by(|before, after| before < after);
    // The hash is made from the body that arrived, so nothing depends on what the header claims.
    let must_be_signed = |name: &str| name.starts_with("x-amz-") && name != "x-amz-content-sha256";
    let unsigned = |name: &HeaderName| must_be_signed(name.as_str()) && !signed_headers.contains(&name.as_str());
    if !in_order || !signed_headers.contains(&"host") || request.headers.keys().any(unsigned) {
        return Err(SignatureError::Mismatch);
    }

    let mut canonical = format!("{}\n{}\n{}\n", request.method, canonical_path(request.uri.path())?, canonical_query(request.uri));
    for name in signed_headers {
        let value = single(request.headers, name).ok_or(SignatureError::Mismatch)?;
        let folded = value.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
        // Writing to a String does not fail.
        let _ = writeln!(canonical, "{name}:{folded}");
    }
    let hash = hex::encode(Sha256::digest(request.body));
    if single(request.headers, "x-amz-content-sha256").is_some_and(|claimed| claimed != hash) {
        return Err(SignatureError::Mismatch);
    }
    let _ = write!(canonical, "\n{}\n{hash}", signed_headers.join(";"));
    Ok(canonical)
}

/// Every service but S3 encodes the path as it stands in the request once more. A path that would
/// have to be normalised first is no path of ours.
fn canonical_path(path: &str) -> Result<String, SignatureError> {
    if path != "/" && path.split('/').skip(1).any(|segment| matches!(segment, "" | "." | "..")) {
        return Err(SignatureError::Mismatch);
    }
    Ok(path.split('/').map(encode).collect::<Vec<_>>().join("/"))
}

fn canonical_query(uri: &Uri) -> String {
    let query = uri.query().unwrap_or_default();
    let mut pairs: Vec<(String, String)> =
        form_urlencoded::parse(query.as_bytes()).map(|(name, value)| (encode(&name), encode(&value))).collect();
    pairs.sort();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            _ => {
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

/// The value of a header that stands there once and is text.
fn single<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// Decodes one segment of a path.
pub(in crate::sandbox) fn decode_segment(segment: &str) -> Option<String> {
    percent_decode_str(segment).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}
