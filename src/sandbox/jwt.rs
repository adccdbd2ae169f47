//! JSON Web Tokens in the compact form of RFC 7515, unpadded: what identity providers write.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize, PublicKeyComponents};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256};
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

    /// The claims, when the token is RS256 under this key.
    pub(super) fn verify(self, key: &PublicJwk) -> Option<Map<String, Value>> {
        // A critical extension that is not understood makes a token invalid (RFC 7515, 4.1.11).
        if self.unverified_header_text("alg") != Some("RS256") || self.unverified_header.contains_key("crit") {
            return None;
        }
        let n = URL_SAFE_NO_PAD.decode(&key.n).ok()?;
        let e = URL_SAFE_NO_PAD.decode(&key.e).ok()?;
        let key = PublicKeyComponents { n: &n, e: &e };
        key.verify(&RSA_PKCS1_2048_8192_SHA256, self.signed, &self.signature).ok()?;
        Some(self.unverified_claims)
    }
}

/// A public RSA key as a JWKS lists it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct PublicJwk {
    /// Key type, `RSA`.
    pub(super) kty: String,
    /// Key id.
    pub(super) kid: String,
    /// Algorithm, `RS256`.
    pub(super) alg: String,
    /// Use, `sig`.
    #[serde(rename = "use")]
    pub(super) usage: String,
    /// Modulus.
    pub(super) n: String,
    /// Exponent.
    pub(super) e: String,
}

/// An RS256 key pair.
pub(super) struct SigningKey {
    pair: KeyPair,
    public: PublicJwk,
}

impl SigningKey {
    /// Makes a 2,048-bit key under this id.
    ///
    /// # Panics
    /// When no key can be made, for want of memory or randomness.
    pub(super) fn generate(kid: String) -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).expect("an RSA key can be made");
        let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let public = PublicJwk {
            kty: "RSA".to_owned(),
            kid,
            alg: "RS256".to_owned(),
            usage: "sig".to_owned(),
            n: number(pair.public_key().modulus().big_endian_without_leading_zero()),
            e: number(pair.public_key().exponent().big_endian_without_leading_zero()),
        };
        Self { pair, public }
    }

    /// The public half.
    pub(super) fn public(&self) -> &PublicJwk {
        &self.public
    }

    /// Signs `claims` under a header with key id and algorithm.
    pub(super) fn sign(&self, claims: &Value) -> String {
        self.sign_parts(&json!({"kid": self.public.kid, "alg": "RS256"}), claims)
    }

    /// Signs header and claims, whatever they say.
    ///
    /// # Panics
    /// When signing fails, which a whole key does not.
    pub(super) fn sign_parts(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).expect("a whole RSA key signs");
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
