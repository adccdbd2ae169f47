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

/// Puts a pair where SigV4's order has it: by name, then by value. They are few and mostly come in
/// order, so that a sort would be more program than gain.
fn put(pairs: &mut Vec<(String, Zeroizing<String>)>, name: &str, value: Zeroizing<String>) {
    let at = pairs.partition_point(|(other, before)| (other.as_str(), before.as_str()) <= (name, value.as_str()));
    pairs.insert(at, (name.to_owned(), value));
}

impl Canonical {
    pub(super) fn new(method: Method, path: &EncodedPath, encode_path_twice: bool, origin: &Origin) -> Self {
        let path = if encode_path_twice { uri::encode_path(path.as_str()) } else { path.as_str().to_owned() };
        Self { method, path, pairs: Vec::with_capacity(12), headers: vec![("host".into(), Zeroizing::new(origin.host().into()))] }
    }

    /// Adds a pair that is encoded already.
    pub(super) fn pair(&mut self, name: &str, value: &str) {
        put(&mut self.pairs, name, Zeroizing::new(value.to_owned()));
    }

    /// Adds a pair whose value is still to be encoded, without leaving a copy behind.
    pub(super) fn secret_pair(&mut self, name: &str, value: &str) {
        let mut encoded = Zeroizing::new(String::with_capacity(value.len() * 3));
        encoded.extend(uri::encode(value));
        put(&mut self.pairs, name, encoded);
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
        put(&mut self.headers, name, folded);
    }

    /// Names of the headers in order, as `host;x-amz-date`.
    pub(super) fn signed_headers(&self) -> String {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        names.join(";")
    }

    /// The query in order, which is also the query to send.
    pub(super) fn query(&self) -> Zeroizing<String> {
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
    pub(super) fn finish(self, query: &str, payload: &str) -> Zeroizing<String> {
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
