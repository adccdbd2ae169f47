//! JSON Web Tokens in the compact form of RFC 7515, unpadded: what identity providers write.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize, PublicKeyComponents};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA512, RSA_PKCS1_SHA256, RSA_PKCS1_SHA512,
    RsaEncoding, RsaParameters, UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// A token whose signature has not been checked.
pub(super) struct UnverifiedToken<'a> {
    /// The header.
    pub(super) unverified_header: Map<String, Value>,
    /// The claims.
    pub(super) unverified_claims: Map<String, Value>,
    signed: &'a [u8],
    signature: Vec<u8>,
}

impl<'a> UnverifiedToken<'a> {
    /// Takes three parts of strict unpadded base64url apart, the first two JSON objects.
    pub(super) fn parse(token: &'a str) -> Option<Self> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let object = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
        Some(Self {
            unverified_header: object(header)?,
            unverified_claims: object(claims)?,
            signed: signed.as_bytes(),
            signature: URL_SAFE_NO_PAD.decode(signature).ok()?,
        })
    }

    /// A header field that is a string.
    pub(super) fn unverified_header_text(&self, name: &str) -> Option<&str> {
        self.unverified_header.get(name)?.as_str()
    }

    /// The claims, when the token is signed with this key and in its way.
    pub(super) fn verify(self, key: &PublicJwk) -> Option<Map<String, Value>> {
        // A critical extension that is not understood makes a token invalid (RFC 7515, 4.1.11).
        if self.unverified_header_text("alg") != Some(key.alg.as_str()) || self.unverified_header.contains_key("crit") {
            return None;
        }
        let number = |text: &str| URL_SAFE_NO_PAD.decode(text).ok();
        let rsa = |parameters: &RsaParameters| {
            let (n, e) = (number(&key.n)?, number(&key.e)?);
            PublicKeyComponents { n: &n, e: &e }.verify(parameters, self.signed, &self.signature).ok()
        };
        match (key.kty.as_str(), key.alg.as_str()) {
            ("RSA", "RS256") => rsa(&RSA_PKCS1_2048_8192_SHA256)?,
            ("RSA", "RS512") => rsa(&RSA_PKCS1_2048_8192_SHA512)?,
            ("EC", "ES256") if key.crv == "P-256" => {
                let point = [vec![4], number(&key.x)?, number(&key.y)?].concat();
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(self.signed, &self.signature).ok()?;
            }
            _ => return None,
        }
        Some(self.unverified_claims)
    }
}

/// A public key as a JWKS lists it: RSA or P-256.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct PublicJwk {
    /// Key type, `RSA` or `EC`.
    pub(super) kty: String,
    /// Key id.
    pub(super) kid: String,
    /// Algorithm: `RS256`, `RS512` or `ES256`.
    pub(super) alg: String,
    /// Use, `sig`.
    #[serde(rename = "use")]
    pub(super) usage: String,
    /// Modulus of an RSA key.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) n: String,
    /// Exponent of an RSA key.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) e: String,
    /// Curve, `P-256`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) crv: String,
    /// First coordinate of a point.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) x: String,
    /// Second coordinate.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) y: String,
}

/// An RSA key pair.
pub(super) struct SigningKey {
    pair: KeyPair,
    encoding: &'static dyn RsaEncoding,
    public: PublicJwk,
}

impl SigningKey {
    /// Makes a 2,048-bit key for RS256 under this id.
    ///
    /// # Panics
    /// When no key can be made, for want of memory or randomness.
    pub(super) fn generate(kid: String) -> Self {
        Self::generate_for(kid, "RS256", &RSA_PKCS1_SHA256)
    }

    /// As [`generate`](Self::generate), for RS512.
    pub(super) fn generate_rs512(kid: String) -> Self {
        Self::generate_for(kid, "RS512", &RSA_PKCS1_SHA512)
    }

    fn generate_for(kid: String, alg: &str, encoding: &'static dyn RsaEncoding) -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).expect("an RSA key can be made");
        let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let public = PublicJwk {
            kty: "RSA".to_owned(),
            kid,
            alg: alg.to_owned(),
            usage: "sig".to_owned(),
            n: number(pair.public_key().modulus().big_endian_without_leading_zero()),
            e: number(pair.public_key().exponent().big_endian_without_leading_zero()),
            crv: String::new(),
            x: String::new(),
            y: String::new(),
        };
        Self { pair, encoding, public }
    }

    /// The public half.
    pub(super) fn public(&self) -> &PublicJwk {
        &self.public
    }

    /// Signs `claims` under a header with key id and algorithm.
    pub(super) fn sign(&self, claims: &Value) -> String {
        self.sign_parts(&json!({"kid": self.public.kid, "alg": self.public.alg}), claims)
    }

    /// Signs header and claims, whatever they say.
    ///
    /// # Panics
    /// When signing fails, which a whole key does not.
    pub(super) fn sign_parts(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair.sign(self.encoding, &SystemRandom::new(), signed.as_bytes(), &mut signature).expect("a whole RSA key signs");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn verifies_what_it_signed_and_nothing_else() {
        let (key, other) = (SigningKey::generate("a".to_owned()), SigningKey::generate("a".to_owned()));
        let token = key.sign(&json!({"sub": "s"}));
        assert_eq!(UnverifiedToken::parse(&token).unwrap().verify(key.public()).unwrap()["sub"], "s");
        assert!(UnverifiedToken::parse(&token).unwrap().verify(other.public()).is_none());
        for at in (0..token.len()).step_by(7) {
            let mut changed = token.clone();
            changed.replace_range(at..=at, if token.as_bytes()[at] == b'A' { "B" } else { "A" });
            assert!(UnverifiedToken::parse(&changed).and_then(|token| token.verify(key.public())).is_none(), "{at}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(token in "[A-Za-z0-9_=.-]{0,80}") {
            let _ = UnverifiedToken::parse(&token);
        }
    }
}
