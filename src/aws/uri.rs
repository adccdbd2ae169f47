//! The parts of a URL, written so that the browser sends exactly what was signed.
//!
//! `fetch` and navigation parse every URL by the WHATWG URL standard, which rewrites some of them:
//! it collapses `.` and `..` segments (percent-encoded too), lowers the host, drops a default port
//! and turns `127.1` into `127.0.0.1`. A signature over the text before that rewriting is wrong, or
//! right for another object. So the types here hold only text that the parser leaves as it is.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::fmt;
use thiserror::Error;

/// Everything but RFC 3986's unreserved characters: SigV4's `UriEncode`
/// (<https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// [`RESERVED`] without the slash, which S3 keeps in keys.
const RESERVED_IN_PATH: &AsciiSet = &RESERVED.remove(b'/');

/// Percent-encodes `text` with SigV4's alphabet, slashes included.
pub(crate) fn encode(text: &str) -> impl fmt::Display + Iterator<Item = &str> {
    utf8_percent_encode(text, RESERVED)
}

/// Percent-encodes `text` with SigV4's alphabet, slashes kept.
pub(crate) fn encode_path(text: &str) -> String {
    utf8_percent_encode(text, RESERVED_IN_PATH).collect()
}

/// Why a key cannot be named in a URL that a browser sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum UnsendableKey {
    /// The URL would name the bucket.
    #[error("an object without a name cannot be reached by URL")]
    Empty,
    /// The browser would ask for another object.
    #[error("the name has a `.` or `..` segment, which browsers take out of every URL")]
    DotSegment,
}

/// The path of a URL, percent-encoded once, as the browser will send it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EncodedPath(String);

impl EncodedPath {
    /// `/`.
    #[must_use]
    pub fn root() -> Self {
        Self("/".to_owned())
    }

    /// `/segment/segment…`: a slash within a segment is encoded.
    ///
    /// # Errors
    /// When a segment is `.` or `..`.
    pub fn of_segments(segments: &[&str]) -> Result<Self, UnsendableKey> {
        let mut path = String::with_capacity(segments.iter().map(|segment| segment.len() + 4).sum());
        for segment in segments {
            path.push('/');
            path.extend(encode(segment));
        }
        Self::checked(path)
    }

    /// This path with `/key` behind it, or `/key` alone behind the root.
    ///
    /// # Errors
    /// As [`browser_path`].
    pub fn join_key(&self, key: &str) -> Result<Self, UnsendableKey> {
        if key.is_empty() {
            return Err(UnsendableKey::Empty);
        }
        let base = if self.0 == "/" { "" } else { &self.0 };
        let mut path = String::with_capacity(base.len() + 1 + key.len() + key.len() / 4);
        path.push_str(base);
        path.push('/');
        path.extend(utf8_percent_encode(key, RESERVED_IN_PATH));
        Self::checked(path)
    }

    /// The path as text; begins with a slash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn checked(path: String) -> Result<Self, UnsendableKey> {
        if path.split('/').any(is_dot_segment) { Err(UnsendableKey::DotSegment) } else { Ok(Self(path)) }
    }
}

/// The path that a browser sends for `key` on the bucket's own host name.
///
/// A literal `%2e` in a key is sent as `%252e` and a backslash as `%5C`, neither of which the URL
/// parser touches; empty segments (`//`, a leading slash) stay too. Only segments that are `.` or
/// `..` are lost.
///
/// # Errors
/// [`UnsendableKey`] when the browser would send another path.
pub fn browser_path(key: &str) -> Result<EncodedPath, UnsendableKey> {
    EncodedPath::root().join_key(key)
}

/// Whether the URL parser takes this encoded segment away: a single-dot or double-dot URL path
/// segment of <https://url.spec.whatwg.org/#single-dot-path-segment>.
fn is_dot_segment(segment: &str) -> bool {
    let mut rest = segment;
    let mut dots = 0;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            rest = after;
        } else if rest.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("%2e")) {
            rest = &rest[3..];
        } else {
            return false;
        }
        dots += 1;
    }
    dots == 1 || dots == 2
}

/// Why an endpoint was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("an endpoint is http:// or https://, a host name or IPv4 address, and maybe a port")]
pub struct EndpointError;

/// Scheme, host and port of an endpoint, in the form in which a browser writes its `Host` header.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    text: String,
    host_at: usize,
}

impl Origin {
    /// Takes `https://host`, `https://host:port` or the same with `http`; lowers the host and drops
    /// the scheme's own port. A slash at the end is forgiven.
    ///
    /// IPv6 literals are refused: a Content-Security-Policy cannot name one, so the page could not
    /// reach it anyway. So are hosts that end in a number without being a plain IPv4 address, which
    /// browsers rewrite.
    ///
    /// # Errors
    /// [`EndpointError`] for anything else: paths, queries, user names, other schemes.
    pub fn parse(endpoint: &str) -> Result<Self, EndpointError> {
        let (scheme, own_port, rest) = if let Some(rest) = endpoint.strip_prefix("https://") {
            ("https://", "443", rest)
        } else {
            ("http://", "80", endpoint.strip_prefix("http://").ok_or(EndpointError)?)
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = rest.split_once(':').map_or((rest, None), |(host, port)| (host, Some(port)));
        if !is_host(host) {
            return Err(EndpointError);
        }
        let mut text = String::with_capacity(endpoint.len());
        text.push_str(scheme);
        text.push_str(&host.to_ascii_lowercase());
        if let Some(port) = port {
            let plain = !port.starts_with('0') && port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok();
            if !plain {
                return Err(EndpointError);
            }
            if port != own_port {
                text.push(':');
                text.push_str(port);
            }
        }
        Ok(Self { text, host_at: scheme.len() })
    }

    /// `https://host` or `https://host:port`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Host and port as the `Host` header has them.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.text[self.host_at..]
    }
}

/// Whether the URL parser keeps `host` but for its case.
fn is_host(host: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len()) && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let last = host.rsplit('.').next().unwrap_or(host);
    let ends_in_number = last.bytes().all(|byte| byte.is_ascii_digit())
        || last.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("0x")) && last[2..].bytes().all(|byte| byte.is_ascii_hexdigit());
    host.len() <= 253 && host.split('.').all(is_label) && (!ends_in_number || is_plain_ipv4(host))
}

fn is_plain_ipv4(host: &str) -> bool {
    let is_octet = |octet: &str| octet.parse::<u8>().is_ok() && (octet == "0" || !octet.starts_with(['0', '+']));
    host.split('.').count() == 4 && host.split('.').all(is_octet)
}

/// The query of a URL: pairs that are encoded when it is written, in SigV4's order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// With one more pair.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.push(name, value);
        self
    }

    /// Adds a pair.
    pub fn push(&mut self, name: &str, value: &str) {
        self.0.push((encode(name).collect(), encode(value).collect()));
    }

    /// The encoded pairs, in the order in which they were added.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

#[cfg(test)]
mod tests;
