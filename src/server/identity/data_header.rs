//! `x-amzn-oidc-data` taken apart, without trusting any of it.
//!
//! It is a JWT in all but one point: its three parts are base64url *with* padding, and the padding
//! is part of what is signed. JWT libraries refuse it or remove the padding, which breaks the
//! signature; so the bytes are kept exactly as received.

use super::rejection::HeaderRule;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;

/// The parts, decoded.
pub(super) struct UnverifiedDataHeader<'a> {
    /// What the signature is over: the first two parts and the dot between them.
    pub(super) unverified_signed: &'a [u8],
    /// The first part's content.
    pub(super) unverified_header: Vec<u8>,
    /// The second part's content.
    pub(super) unverified_payload: Vec<u8>,
    /// The third part without its padding.
    pub(super) unverified_signature: &'a str,
}

impl<'a> UnverifiedDataHeader<'a> {
    /// Rules `shape`, `alphabet` and `padding`.
    pub(super) fn parse(unverified: &'a [u8]) -> Result<Self, HeaderRule> {
        let mut parts = unverified.split(|byte| *byte == b'.');
        let (Some(header), Some(payload), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
            return Err(HeaderRule::Shape);
        };
        let parts = [header, payload, signature];
        if parts.iter().any(|part| part.is_empty()) {
            return Err(HeaderRule::Shape);
        }
        if parts.iter().any(|part| !part.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'='))) {
            return Err(HeaderRule::Alphabet);
        }
        // Strict: as many `=` as make the length a multiple of four, none elsewhere, and no bits set
        // behind the last byte. So no two headers decode to the same parts.
        let decode = |part: &[u8]| URL_SAFE.decode(part).map_err(|_| HeaderRule::Padding);
        let (unverified_header, unverified_payload) = (decode(header)?, decode(payload)?);
        decode(signature)?;
        let unverified_signature = std::str::from_utf8(signature).map_err(|_| HeaderRule::Alphabet)?.trim_end_matches('=');
        let unverified_signed = &unverified[..header.len() + 1 + payload.len()];
        Ok(Self { unverified_signed, unverified_header, unverified_payload, unverified_signature })
    }
}

#[cfg(test)]
mod tests {
    use super::{HeaderRule, UnverifiedDataHeader};

    #[test]
    fn takes_only_three_parts_in_canonical_base64url() {
        let parse = |text: &str| {
            UnverifiedDataHeader::parse(text.as_bytes()).map(|parts| (parts.unverified_header, parts.unverified_payload)).err()
        };
        assert_eq!(parse("YQ==.YWI=.YWJj"), None);
        for (text, rule) in [
            ("", HeaderRule::Shape),
            ("YQ==.YWI=", HeaderRule::Shape),
            ("YQ==.YWI=.", HeaderRule::Shape),
            (".YWI=.YWJj", HeaderRule::Shape),
            ("YQ==.YWI=.YWJj.YWJj", HeaderRule::Shape),
            ("YQ==.YW+/.YWJj", HeaderRule::Alphabet),
            ("YQ==.YWI=.YWJj ", HeaderRule::Alphabet),
            ("YQ==.YWI=.YWJé", HeaderRule::Alphabet),
            ("YQ.YWI=.YWJj", HeaderRule::Padding),
            ("YQ=.YWI=.YWJj", HeaderRule::Padding),
            ("YQ===.YWI=.YWJj", HeaderRule::Padding),
            ("YQ==.YWI==.YWJj", HeaderRule::Padding),
            ("YQ==.YWI=.YWJj====", HeaderRule::Padding),
            ("YQ==.YWI=.YW=j", HeaderRule::Padding),
            ("YR==.YWI=.YWJj", HeaderRule::Padding),
            ("YQ==.YWJ=.YWJj", HeaderRule::Padding),
            ("=.=.=", HeaderRule::Padding),
            ("====.====.====", HeaderRule::Padding),
        ] {
            assert_eq!(parse(text), Some(rule), "{text}");
        }
    }
}
