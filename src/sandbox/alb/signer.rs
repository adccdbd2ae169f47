//! `x-amzn-oidc-data`: a JWT-like thing, ES256, each part base64url *with* padding, and the padding
//! is signed. Order and types of the fields are those of tokens seen in the wild.

use super::{KEYS, Settings};
use crate::model::clock::Timestamp;
use crate::sandbox::random;
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde::Serialize;
use serde_json::{Map, Value};

/// Life of a data token, in seconds.
const LIFE: i64 = 60;

/// Signs data tokens.
pub(super) struct DataSigner {
    key: EcdsaKeyPair,
    kid: String,
    pem: String,
    issuer: String,
    client: String,
    arn: String,
}

#[derive(Serialize)]
struct Header<'a> {
    typ: &'static str,
    kid: &'a str,
    alg: &'static str,
    iss: &'a str,
    client: &'a str,
    signer: &'a str,
    exp: i64,
}

#[derive(Serialize)]
struct Payload<'a> {
    sub: Option<&'a Value>,
    email_verified: Option<&'a Value>,
    name: Option<&'a Value>,
    email: Option<&'a Value>,
    username: Option<&'a Value>,
    exp: i64,
    iss: &'a str,
}

impl DataSigner {
    /// With a fresh key.
    ///
    /// # Panics
    /// When no key can be made, for want of memory or randomness.
    pub(super) fn new(settings: &Settings) -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a P-256 key can be made");
        let der: PublicKeyX509Der<'_> = key.public_key().as_der().expect("a P-256 key has a DER form");
        let base64 = STANDARD.encode(der.as_ref());
        let lines: String = base64.as_bytes().chunks(64).map(|line| format!("{}\n", String::from_utf8_lossy(line))).collect();
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{lines}-----END PUBLIC KEY-----\n");
        Self {
            key,
            kid: random::uuid(),
            pem,
            issuer: settings.issuer.clone(),
            client: settings.client_id.clone(),
            arn: settings.arn.clone(),
        }
    }

    /// The key in PEM, if this is its path.
    pub(super) fn published_at(&self, path: &str) -> Option<&str> {
        (path.strip_prefix(KEYS)?.strip_prefix('/')? == self.kid).then_some(self.pem.as_str())
    }

    /// A token over these claims of `userInfo`.
    ///
    /// # Panics
    /// When signing fails, which a whole key does not.
    pub(super) fn sign(&self, claims: &Map<String, Value>, now: Timestamp) -> String {
        let exp = now.plus_seconds(LIFE).seconds();
        let (iss, claim) = (self.issuer.as_str(), |name| claims.get(name));
        let header = Header { typ: "JWT", kid: &self.kid, alg: "ES256", iss, client: &self.client, signer: &self.arn, exp };
        let payload = Payload {
            sub: claim("sub"),
            email_verified: claim("email_verified"),
            name: claim("name"),
            email: claim("email"),
            username: claim("username"),
            exp,
            iss,
        };
        let signed = format!("{}.{}", part(&header), part(&payload));
        let signature = self.key.sign(&SystemRandom::new(), signed.as_bytes()).expect("a whole P-256 key signs");
        format!("{signed}.{}", URL_SAFE.encode(signature.as_ref()))
    }
}

fn part<T: Serialize>(value: &T) -> String {
    URL_SAFE.encode(serde_json::to_vec(value).expect("structs of strings and numbers serialise"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use p256::ecdsa::signature::Verifier;
    use p256::pkcs8::DecodePublicKey;
    use std::net::SocketAddr;

    #[test]
    fn another_implementation_verifies_the_padded_bytes() {
        let address = SocketAddr::from(([127, 0, 0, 1], 3000));
        let signer = DataSigner::new(&Settings {
            address,
            portal: address,
            arn: "arn:aws:elasticloadbalancing:eu-west-1:000000000000:loadbalancer/app/sandbox/1".to_owned(),
            issuer: "http://127.0.0.1:3005".to_owned(),
            client_id: "client".to_owned(),
            client_secret: crate::model::secret::Secret::new("s"),
            resource: "http://127.0.0.1:3000".to_owned(),
            cookie_name: "C".to_owned(),
            endpoints: String::new(),
        });
        let key_path = format!("{KEYS}/{}", signer.kid);
        let key = p256::ecdsa::VerifyingKey::from_public_key_pem(signer.published_at(&key_path).unwrap()).unwrap();
        let mut padded = 0;
        // Three lengths in a row, so that every remainder of the padding occurs.
        for name in ["A", "Am", "Ama"] {
            let claims = serde_json::json!({"sub": "s", "email_verified": "true", "name": name, "email": "e", "username": "u"});
            let token = signer.sign(claims.as_object().unwrap(), Timestamp::from_seconds(1_734_961_584));
            let [header, payload, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!("three parts") };
            padded += usize::from(payload.ends_with('='));
            assert_eq!(
                String::from_utf8(URL_SAFE.decode(header).unwrap()).unwrap(),
                format!(
                    r#"{{"typ":"JWT","kid":"{}","alg":"ES256","iss":"http://127.0.0.1:3005","client":"client","signer":"arn:aws:elasticloadbalancing:eu-west-1:000000000000:loadbalancer/app/sandbox/1","exp":1734961644}}"#,
                    signer.kid
                )
            );
            assert_eq!(
                String::from_utf8(URL_SAFE.decode(payload).unwrap()).unwrap(),
                format!(
                    r#"{{"sub":"s","email_verified":"true","name":"{name}","email":"e","username":"u","exp":1734961644,"iss":"http://127.0.0.1:3005"}}"#
                )
            );
            let signature = p256::ecdsa::Signature::from_slice(&URL_SAFE.decode(signature).unwrap()).unwrap();
            key.verify(format!("{header}.{payload}").as_bytes(), &signature).unwrap();
            let stripped = format!("{}.{}", header.trim_end_matches('='), payload.trim_end_matches('='));
            assert_eq!(key.verify(stripped.as_bytes(), &signature).is_ok(), stripped == format!("{header}.{payload}"));
        }
        assert_eq!(padded, 2);
        for path in ["/sandbox/keys/", "/sandbox/keys", "/sandbox/keys/../keys/x", &key_path.to_uppercase()] {
            assert!(signer.published_at(path).is_none(), "{path}");
        }
    }
}
