//! What headers say of themselves, to show beside a rule that they break. None of it is verified and
//! none of it decides anything; signatures and claims about the person are left out, but for the
//! subject, which is compared and never shown.

use super::data_header::UnverifiedDataHeader;
use super::{ACCESS_TOKEN_HEADER, DATA_HEADER};
use crate::model::clock::Timestamp;
use crate::model::secret::print_of;
use crate::server::tokens::json_object::JsonObject;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderValue};

/// A token's first two parts, as they can be read.
pub(in crate::server) struct Decoded {
    /// The members of its header.
    pub(in crate::server) header: Option<JsonObject>,
    /// Its claims.
    pub(in crate::server) claims: Option<JsonObject>,
    /// Bytes of each part, as it came.
    pub(in crate::server) lengths: Vec<usize>,
    /// What may be told of the signature; it is over what was encoded.
    pub(in crate::server) signature: Option<String>,
}

/// Takes a token apart, with padding or without, whatever else is wrong with it.
pub(in crate::server) fn decoded(token: &[u8]) -> Decoded {
    let parts: Vec<&[u8]> = token.split(|byte| *byte == b'.').collect();
    let bytes = |at: usize| {
        let part = std::str::from_utf8(parts.get(at)?).ok()?;
        URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok()
    };
    Decoded {
        header: bytes(0).and_then(|part| JsonObject::parse(&part)),
        claims: bytes(1).and_then(|part| JsonObject::parse(&part)),
        lengths: parts.iter().map(|part| part.len()).collect(),
        signature: bytes(2).map(|signature| print_of(&signature)),
    }
}

/// `x-amzn-oidc-data`, as far as its parts can be read.
#[derive(Default)]
pub(in crate::server) struct UnverifiedData {
    /// `alg`
    pub(in crate::server) alg: Option<String>,
    /// `kid`
    pub(in crate::server) kid: Option<String>,
    /// `signer`
    pub(in crate::server) signer: Option<String>,
    /// `client`
    pub(in crate::server) client: Option<String>,
    /// `iss` of the first part.
    pub(in crate::server) issuer: Option<String>,
    /// `exp` of the first part.
    pub(in crate::server) expires: Option<Timestamp>,
    /// `iss` of the second part.
    pub(in crate::server) payload_issuer: Option<String>,
    /// `exp` of the second part.
    pub(in crate::server) payload_expires: Option<Timestamp>,
    /// `sub`
    pub(in crate::server) subject: Option<String>,
}

impl UnverifiedData {
    /// Reads what can be read. `None` when it cannot be taken apart.
    pub(in crate::server) fn read(headers: &HeaderMap) -> Option<Self> {
        let parts = UnverifiedDataHeader::parse(headers.get(DATA_HEADER)?.as_bytes()).ok()?;
        let (header, payload) = (JsonObject::parse(&parts.unverified_header), JsonObject::parse(&parts.unverified_payload));
        let text = |part: &Option<JsonObject>, name: &str| part.as_ref()?.text(name).map(str::to_owned);
        let time = |part: &Option<JsonObject>| part.as_ref()?.integer("exp").map(Timestamp::from_seconds);
        Some(Self {
            alg: text(&header, "alg"),
            kid: text(&header, "kid"),
            signer: text(&header, "signer"),
            client: text(&header, "client"),
            issuer: text(&header, "iss"),
            expires: time(&header),
            payload_issuer: text(&payload, "iss"),
            payload_expires: time(&payload),
            subject: text(&payload, "sub"),
        })
    }
}

/// The headers with the padding put back that a data header without any would have had. `None` where
/// padding is not what is missing.
pub(in crate::server) fn padded(headers: &HeaderMap) -> Option<HeaderMap> {
    let text = headers.get(DATA_HEADER)?.to_str().ok()?;
    let parts: Vec<&str> = text.split('.').collect();
    if parts.len() != 3 || text.contains('=') || parts.iter().all(|part| part.len() % 4 == 0) {
        return None;
    }
    let padded: Vec<String> = parts.iter().map(|part| format!("{part:=<width$}", width = part.len().next_multiple_of(4))).collect();
    let mut headers = headers.clone();
    let mut value = HeaderValue::from_str(&padded.join(".")).ok()?;
    value.set_sensitive(true);
    headers.insert(DATA_HEADER, value);
    UnverifiedData::read(&headers).map(|_| headers)
}

/// `x-amzn-oidc-accesstoken`, as far as it can be read.
#[derive(Default)]
pub(in crate::server) struct UnverifiedToken {
    /// Parts between dots: three in a JWT.
    pub(in crate::server) parts: usize,
    /// `alg`
    pub(in crate::server) alg: Option<String>,
    /// `kid`
    pub(in crate::server) kid: Option<String>,
    /// `iss`
    pub(in crate::server) issuer: Option<String>,
    /// `client_id`
    pub(in crate::server) client: Option<String>,
    /// `aud`, where it is one
    pub(in crate::server) audience: Option<String>,
    /// `token_use`
    pub(in crate::server) token_use: Option<String>,
    /// `exp`
    pub(in crate::server) expires: Option<Timestamp>,
}

impl UnverifiedToken {
    /// Reads what can be read; `None` without the header.
    pub(in crate::server) fn read(headers: &HeaderMap) -> Option<Self> {
        let token = headers.get(ACCESS_TOKEN_HEADER)?.as_bytes();
        let parts: Vec<&[u8]> = token.split(|byte| *byte == b'.').collect();
        let part = |at: usize| JsonObject::parse(&URL_SAFE_NO_PAD.decode(parts.get(at)?).ok()?);
        let (header, claims) = (part(0), part(1));
        let text = |part: &Option<JsonObject>, name: &str| part.as_ref()?.text(name).map(str::to_owned);
        Some(Self {
            parts: parts.len(),
            alg: text(&header, "alg"),
            kid: text(&header, "kid"),
            issuer: text(&claims, "iss"),
            client: text(&claims, "client_id"),
            audience: text(&claims, "aud"),
            token_use: text(&claims, "token_use"),
            expires: claims.as_ref().and_then(|claims| claims.integer("exp")).map(Timestamp::from_seconds),
        })
    }

    /// Whether it could be a JWT at all.
    pub(in crate::server) fn is_jwt(&self) -> bool {
        self.parts == 3 && self.alg.is_some()
    }
}
