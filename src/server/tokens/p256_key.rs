//! Reading the one kind of public key that the load balancer signs with.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::DecodingKey;
use thiserror::Error;

/// Why a body is not such a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(super) enum KeyBodyError {
    /// Not a PEM public key at all: a page of HTML, a JWKS, a private key.
    #[error("answered with something that is not a PEM public key")]
    NotAPublicKey,
    /// A public key of another kind, or a point that is not on the curve.
    #[error("holds a key of another kind than EC P-256 under this id")]
    NotP256,
}

/// DER of a SubjectPublicKeyInfo up to the point: id-ecPublicKey, prime256v1, a bit string of 66
/// bytes, uncompressed (RFC 5480, section 2).
const SPKI_P256: &[u8] = b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00";

/// Reads a PEM document of one SubjectPublicKeyInfo with an uncompressed point of P-256.
pub(super) fn parse(body: &[u8]) -> Result<DecodingKey, KeyBodyError> {
    let text = std::str::from_utf8(body).map_err(|_| KeyBodyError::NotAPublicKey)?;
    let base64: String = text
        .trim_ascii()
        .strip_prefix("-----BEGIN PUBLIC KEY-----")
        .and_then(|rest| rest.strip_suffix("-----END PUBLIC KEY-----"))
        .ok_or(KeyBodyError::NotAPublicKey)?
        .split_ascii_whitespace()
        .collect();
    let der = STANDARD.decode(base64).map_err(|_| KeyBodyError::NotAPublicKey)?;
    let point = der.strip_prefix(SPKI_P256).filter(|point| point.len() == 65 && point[0] == 4).ok_or(KeyBodyError::NotP256)?;
    // Refuses points that are not on the curve now, not at the first signature.
    ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).map_err(|_| KeyBodyError::NotP256)?;
    Ok(DecodingKey::from_ec_der(point))
}
