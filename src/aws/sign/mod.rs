//! Signature Version 4, in the query and in headers.
//!
//! Own code on `sha2` and `hmac`; AWS's published vectors and the `aws-sigv4` crate check it byte
//! for byte. The signing key is derived anew for each request: it is a secret, four HMACs cost a
//! few microseconds, and a cache would keep it in memory after the credentials were wiped.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>,
//! for the query <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>.

mod canonical;
pub(crate) mod key;
#[cfg(test)]
mod tests;

use super::request::{Draft, Request};
use super::uri;
use crate::model::clock::Timestamp;
use crate::model::credentials::Credentials;
use crate::model::secret::Secret;
use canonical::Canonical;
use zeroize::Zeroizing;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

/// Region and service that a signature is good for, with the rules of the service.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    region: &'a str,
    service: &'a str,
    rules: Rules,
}

/// Where services differ.
#[derive(Clone, Copy, Debug)]
struct Rules {
    /// The canonical request encodes the encoded path once more. Every service but S3.
    encode_path_twice: bool,
    /// Header signatures carry the hash of the body in a header of its own. S3.
    content_hash_header: bool,
    /// A query signature says nothing about the body. S3.
    query_payload_unsigned: bool,
}

impl<'a> Scope<'a> {
    /// S3 in `region`.
    #[must_use]
    pub const fn s3(region: &'a str) -> Self {
        Self { region, service: "s3", rules: Rules { encode_path_twice: false, content_hash_header: true, query_payload_unsigned: true } }
    }

    /// Lambda in `region`.
    #[must_use]
    pub const fn lambda(region: &'a str) -> Self {
        Self {
            region,
            service: "lambda",
            rules: Rules { encode_path_twice: true, content_hash_header: false, query_payload_unsigned: false },
        }
    }
}

/// What a header signature says about the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload {
    /// Its SHA-256.
    Hashed,
    /// Nothing, for a body that the sender adds and we never see. S3 only, over TLS only.
    Unsigned,
}

/// Signs in the query: a GET or HEAD without headers then needs no CORS preflight.
///
/// The URL works for `valid_seconds` from `now` (AWS allows up to seven days), but never longer
/// than the credentials.
#[must_use]
pub fn query(draft: Draft, credentials: &Credentials, scope: Scope<'_>, now: Timestamp, valid_seconds: u32) -> Request {
    query_watched(draft, credentials, scope, now, valid_seconds, &mut ())
}

/// Whoever is shown a request that is being signed. A type and no closure behind a pointer, so that signing is what it
/// was where nobody looks.
pub(super) trait Watch {
    /// The canonical request, which holds the session token, and the string to sign.
    fn see(&mut self, canonical_request: &str, string_to_sign: &str);
}

/// Nobody.
impl Watch for () {
    fn see(&mut self, _canonical_request: &str, _string_to_sign: &str) {}
}

/// As [`query`], before the eyes of `watch`.
pub(super) fn query_watched<W: Watch>(
    draft: Draft,
    credentials: &Credentials,
    scope: Scope<'_>,
    now: Timestamp,
    valid_seconds: u32,
    watch: &mut W,
) -> Request {
    let stamp = Stamp::new(now, scope);
    let Draft { method, origin, path, query, headers, body } = draft;
    let payload = if scope.rules.query_payload_unsigned { UNSIGNED_PAYLOAD.to_owned() } else { canonical::sha256_hex(&body) };
    let mut canonical = Canonical::new(method, &path, scope.rules.encode_path_twice, &origin);
    for (name, value) in &headers {
        canonical.header(name, value);
    }
    for (name, value) in query.pairs() {
        canonical.pair(name, value);
    }
    canonical.pair("X-Amz-Algorithm", ALGORITHM);
    let credential = Zeroizing::new(format!("{}/{}", credentials.access_key_id, stamp.scope));
    canonical.secret_pair("X-Amz-Credential", &credential);
    canonical.pair("X-Amz-Date", &stamp.time);
    canonical.pair("X-Amz-Expires", &valid_seconds.to_string());
    let signed_headers: String = uri::encode(&canonical.signed_headers()).collect();
    canonical.pair("X-Amz-SignedHeaders", &signed_headers);
    let token = credentials.session_token.expose();
    if !token.is_empty() {
        canonical.secret_pair("X-Amz-Security-Token", token);
    }
    let query = canonical.query();
    let signature = stamp.sign(credentials, &canonical.finish(&query, &payload), watch);
    let mut url = Zeroizing::new(String::with_capacity(origin.as_str().len() + path.as_str().len() + query.len() + 84));
    for part in [origin.as_str(), path.as_str(), "?", query.as_str(), "&X-Amz-Signature=", signature.as_str()] {
        url.push_str(part);
    }
    Request { method, url: Secret::new(std::mem::take(&mut *url)), headers: conceal(headers), body }
}

/// Signs in headers: what the body is, and every header of the draft, is covered.
#[must_use]
pub fn headers(draft: Draft, credentials: &Credentials, scope: Scope<'_>, now: Timestamp, payload: Payload) -> Request {
    headers_watched(draft, credentials, scope, now, payload, &mut ())
}

/// As [`headers`], before the eyes of `watch`.
pub(super) fn headers_watched<W: Watch>(
    draft: Draft,
    credentials: &Credentials,
    scope: Scope<'_>,
    now: Timestamp,
    payload: Payload,
    watch: &mut W,
) -> Request {
    let stamp = Stamp::new(now, scope);
    let Draft { method, origin, path, query, headers, body } = draft;
    let hash = match payload {
        Payload::Hashed => canonical::sha256_hex(&body),
        Payload::Unsigned => UNSIGNED_PAYLOAD.to_owned(),
    };
    let mut canonical = Canonical::new(method, &path, scope.rules.encode_path_twice, &origin);
    for (name, value) in query.pairs() {
        canonical.pair(name, value);
    }
    let mut headers = conceal(headers);
    headers.push(("x-amz-date", Secret::new(stamp.time.as_str())));
    if scope.rules.content_hash_header {
        headers.push(("x-amz-content-sha256", Secret::new(hash.as_str())));
    }
    if !credentials.session_token.expose().is_empty() {
        headers.push(("x-amz-security-token", credentials.session_token.clone()));
    }
    for (name, value) in &headers {
        canonical.header(name, value.expose());
    }
    let query = canonical.query();
    let signed_headers = canonical.signed_headers();
    let signature = stamp.sign(credentials, &canonical.finish(&query, &hash), watch);
    let authorization = format!(
        "{ALGORITHM} Credential={}/{}, SignedHeaders={signed_headers}, Signature={}",
        credentials.access_key_id,
        stamp.scope,
        signature.as_str()
    );
    headers.push(("authorization", Secret::new(authorization)));
    let separator = if query.is_empty() { "" } else { "?" };
    let url = [origin.as_str(), path.as_str(), separator, query.as_str()].concat();
    Request { method, url: Secret::new(url), headers, body }
}

fn conceal(headers: Vec<(&'static str, String)>) -> Vec<(&'static str, Secret)> {
    headers.into_iter().map(|(name, value)| (name, Secret::new(value))).collect()
}

/// The time of a signature and what it is good for.
struct Stamp<'a> {
    time: String,
    scope: String,
    parts: Scope<'a>,
}

impl<'a> Stamp<'a> {
    fn new(now: Timestamp, parts: Scope<'a>) -> Self {
        let time = now.amz_date();
        let scope = format!("{}/{}/{}/aws4_request", date(&time), parts.region, parts.service);
        Self { time, scope, parts }
    }

    /// The signature in hex over the canonical request.
    fn sign<W: Watch>(&self, credentials: &Credentials, canonical_request: &str, watch: &mut W) -> Zeroizing<String> {
        let hash = canonical::sha256_hex(canonical_request.as_bytes());
        let string_to_sign = format!("{ALGORITHM}\n{}\n{}\n{hash}", self.time, self.scope);
        watch.see(canonical_request, &string_to_sign);
        let key = key::SigningKey::derive(&credentials.secret_access_key, date(&self.time), self.parts.region, self.parts.service);
        Zeroizing::new(key.sign(&string_to_sign))
    }
}

/// The date of `20130524T000000Z`.
fn date(time: &str) -> &str {
    time.split_once('T').map_or(time, |(date, _)| date)
}
