//! The public half of a signing key: what it is, its id, and how a key set lists it.

use aws_lc_rs::rsa;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// DER of a SubjectPublicKeyInfo up to the point: id-ecPublicKey, prime256v1, a bit string of 66
/// bytes, uncompressed (RFC 5480, section 2).
const SPKI_P256: &[u8] = b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00";
/// Bytes of an RSA modulus that AWS KMS makes and every reader takes: 2,048 to 4,096 bits.
const RSA_MODULUS: std::ops::RangeInclusive<usize> = 256..=512;

/// A public key of one of the two kinds that tokens are signed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicKey {
    /// P-256, for ES256.
    P256 {
        /// The point's first coordinate, 32 bytes in base64url.
        x: String,
        /// The second.
        y: String,
    },
    /// RSA, for RS256.
    Rsa {
        /// The modulus in base64url.
        n: String,
        /// The exponent.
        e: String,
        /// Bytes of the modulus, and so of a signature.
        length: usize,
    },
}

impl PublicKey {
    /// Reads a DER SubjectPublicKeyInfo; `None` when it is of another kind.
    #[must_use]
    pub fn from_spki(der: &[u8]) -> Option<Self> {
        let base64 = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        if let Some(point) = der.strip_prefix(SPKI_P256) {
            let [4, coordinates @ ..] = point else { return None };
            let (x, y) = coordinates.split_at_checked(32).filter(|(_, y)| y.len() == 32)?;
            // Refuses points that are not on the curve.
            ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).ok()?;
            return Some(Self::P256 { x: base64(x), y: base64(y) });
        }
        let key = rsa::PublicKey::from_der(der).ok().filter(|key| RSA_MODULUS.contains(&key.modulus_len()))?;
        Some(Self::Rsa {
            n: base64(key.modulus().big_endian_without_leading_zero()),
            e: base64(key.exponent().big_endian_without_leading_zero()),
            length: key.modulus_len(),
        })
    }

    /// The algorithm of its signatures (RFC 7518, section 3.1).
    #[must_use]
    pub const fn algorithm(&self) -> &'static str {
        match self {
            Self::P256 { .. } => "ES256",
            Self::Rsa { .. } => "RS256",
        }
    }

    /// Its id: the thumbprint (RFC 7638), so that it is the same wherever the key is read.
    #[must_use]
    pub fn id(&self) -> String {
        // The members and their order are those of RFC 7638, section 3.2.
        let members = match self {
            Self::P256 { x, y } => format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#),
            Self::Rsa { n, e, .. } => format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#),
        };
        URL_SAFE_NO_PAD.encode(Sha256::digest(members.as_bytes()))
    }

    /// As a key set lists it (RFC 7517).
    #[must_use]
    pub fn to_jwk(&self) -> Value {
        let (id, algorithm) = (self.id(), self.algorithm());
        match self {
            Self::P256 { x, y } => json!({"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": id, "alg": algorithm, "use": "sig"}),
            Self::Rsa { n, e, .. } => json!({"kty": "RSA", "n": n, "e": e, "kid": id, "alg": algorithm, "use": "sig"}),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The example of RFC 7638, section 3.1.
    #[test]
    fn the_thumbprint_is_that_of_the_specification() {
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let key = PublicKey::Rsa { n: n.to_owned(), e: "AQAB".to_owned(), length: 256 };
        assert_eq!(key.id(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn other_keys_are_none() {
        assert_eq!(PublicKey::from_spki(&[]), None);
        let off_the_curve = [SPKI_P256, &[4], &[1; 64]].concat();
        assert_eq!(PublicKey::from_spki(&off_the_curve), None);
        let infinity = [SPKI_P256, &[0]].concat();
        assert_eq!(PublicKey::from_spki(&infinity), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(der in prop::collection::vec(any::<u8>(), 0..120), point in prop::collection::vec(any::<u8>(), 0..70)) {
            let _ = PublicKey::from_spki(&der);
            let _ = PublicKey::from_spki(&[SPKI_P256, &point[..]].concat());
        }
    }
}
