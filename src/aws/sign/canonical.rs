//! The canonical request: the text whose hash is signed.

use crate::aws::request::Method;
use crate::aws::uri::{self, EncodedPath, Origin};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// SHA-256 in lower-case hex.
pub(super) fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// A canonical request in the making. Everything in it is wiped when dropped, because query and
/// headers carry the session token.
pub(super) struct Canonical {
    method: Method,
    path: String,
    pairs: Vec<(String, Zeroizing<String>)>,
    headers: Vec<(String, Zeroizing<String>)>,
}

impl Canonical {
    pub(super) fn new(method: Method, path: &EncodedPath, encode_path_twice: bool, origin: &Origin) -> Self {
        let path = if encode_path_twice { uri::encode_path(path.as_str()) } else { path.as_str().to_owned() };
        Self { method, path, pairs: Vec::with_capacity(12), headers: vec![("host".into(), Zeroizing::new(origin.host().into()))] }
    }

    /// Adds a pair that is encoded already.
    pub(super) fn pair(&mut self, name: &str, value: &str) {
        self.pairs.push((name.to_owned(), Zeroizing::new(value.to_owned())));
    }

    /// Adds a pair whose value is still to be encoded, without leaving a copy behind.
    pub(super) fn secret_pair(&mut self, name: &str, value: &str) {
        let mut encoded = Zeroizing::new(String::with_capacity(value.len() * 3));
        encoded.extend(uri::encode(value));
        self.pairs.push((name.to_owned(), encoded));
    }

    /// Adds a header. Its value is trimmed and runs of blanks become one, as SigV4 asks.
    pub(super) fn header(&mut self, name: &str, value: &str) {
        let mut folded = Zeroizing::new(String::with_capacity(value.len()));
        for word in value.split([' ', '\t']).filter(|word| !word.is_empty()) {
            if !folded.is_empty() {
                folded.push(' ');
            }
            folded.push_str(word);
        }
        self.headers.push((name.to_owned(), folded));
    }

    /// Names of the headers in order, as `host;x-amz-date`.
    pub(super) fn signed_headers(&mut self) -> String {
        self.headers.sort_by(|(left, _), (right, _)| left.cmp(right));
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        names.join(";")
    }

    /// The query in order, which is also the query to send.
    pub(super) fn query(&mut self) -> Zeroizing<String> {
        self.pairs.sort_by(|left, right| (&left.0, left.1.as_str()).cmp(&(&right.0, right.1.as_str())));
        let length = self.pairs.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
        let mut query = Zeroizing::new(String::with_capacity(length));
        for (name, value) in &self.pairs {
            if !query.is_empty() {
                query.push('&');
            }
            query.push_str(name);
            query.push('=');
            query.push_str(value);
        }
        query
    }

    /// The whole text.
    pub(super) fn finish(mut self, query: &str, payload: &str) -> Zeroizing<String> {
        let signed_headers = self.signed_headers();
        let headers: usize = self.headers.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
        let length = self.path.len() + query.len() + headers + signed_headers.len() + payload.len() + 16;
        let mut text = Zeroizing::new(String::with_capacity(length));
        for part in [self.method.as_str(), "\n", &self.path, "\n", query, "\n"] {
            text.push_str(part);
        }
        for (name, value) in &self.headers {
            for part in [name, ":", value.as_str(), "\n"] {
                text.push_str(part);
            }
        }
        for part in ["\n", &signed_headers, "\n", payload] {
            text.push_str(part);
        }
        text
    }
}
