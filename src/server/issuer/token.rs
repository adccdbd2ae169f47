//! What a token says, and how it is written: JWS in the compact form (RFC 7515).
//!
//! It is made for one call of AssumeRoleWithWebIdentity and lives two minutes. It names one
//! audience, that of one role, so that it is of no use for another.

use super::keys::{KeyError, SigningKey};
use crate::model::clock::Timestamp;
use crate::model::names::RoleId;
use crate::model::secret::Secret;
use crate::server::credentials::session_name::random_text;
use crate::server::credentials::session_tags::SessionTag;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// Life of a token.
pub const LIFE_SECONDS: i64 = 120;

/// What a token says of somebody.
#[derive(Clone, Copy, Debug)]
pub struct Claims<'a> {
    /// The person, as AWS is told: subject and source identity.
    pub subject: &'a str,
    /// Whom the token is for.
    pub audience: &'a str,
    /// The session's tags.
    pub tags: &'a [SessionTag],
}

/// The audience of the tokens for one role.
#[must_use]
pub fn audience(role: &RoleId) -> String {
    format!("urn:vestibule:{role}")
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    kid: &'a str,
    typ: &'static str,
}

#[derive(Serialize)]
struct Payload<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    iat: i64,
    exp: i64,
    jti: &'a str,
    /// IAM User Guide, "Passing session tags in AWS STS": a list of one value for each key.
    #[serde(rename = "https://aws.amazon.com/tags")]
    tags: Tags<'a>,
    /// IAM User Guide, "Monitor and control actions taken with assumed roles".
    #[serde(rename = "https://aws.amazon.com/source_identity")]
    source_identity: &'a str,
}

#[derive(Serialize)]
struct Tags<'a> {
    principal_tags: BTreeMap<&'a str, [&'a str; 1]>,
}

/// Writes and signs a token.
pub(super) async fn sign(issuer: &str, claims: &Claims<'_>, key: &dyn SigningKey, now: Timestamp) -> Result<Secret, KeyError> {
    let public = key.public().await?;
    let jti = random_text::<26>().ok_or(KeyError::Random)?;
    let iat = now.seconds();
    let payload = Payload {
        iss: issuer,
        sub: claims.subject,
        aud: claims.audience,
        iat,
        exp: iat + LIFE_SECONDS,
        jti: &jti,
        tags: Tags { principal_tags: claims.tags.iter().map(|tag| (tag.key.as_str(), [tag.value.as_str()])).collect() },
        source_identity: claims.subject,
    };
    let id = public.id();
    let header = Header { alg: public.algorithm(), kid: &id, typ: "JWT" };
    let mut token = Zeroizing::new(format!("{}.{}", part(&header), part(&payload)));
    let signature = key.sign(token.as_bytes()).await?;
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(&signature, &mut token);
    Ok(Secret::new(token.as_str()))
}

fn part<T: Serialize>(value: &T) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(value).expect("structs of strings and numbers serialise"))
}

#[cfg(test)]
mod tests {
    use super::super::key_file::LocalKey;
    use super::*;
    use serde_json::{Value, json};

    fn claims(tags: &[SessionTag]) -> Claims<'_> {
        Claims { subject: "a1e5c0de-1111", audience: "urn:vestibule:analyst", tags }
    }

    #[tokio::test]
    async fn says_this_and_nothing_else() {
        let key = LocalKey::generate().unwrap();
        let tag = |key: &str, value: &str| SessionTag { key: key.to_owned(), value: value.to_owned() };
        let tags = [tag("subject", "a1e5c0de-1111"), tag("unit", "blue")];
        let now = Timestamp::from_millis(1_795_000_000_999);
        let token = sign("https://portal.example.com", &claims(&tags), &key, now).await.unwrap();
        let [header, payload, signature] = token.expose().split('.').collect::<Vec<_>>()[..] else { panic!("three parts") };
        let read = |part: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
        let public = key.public().await.unwrap();
        assert_eq!(read(header), json!({"alg": "ES256", "kid": public.id(), "typ": "JWT"}));
        let mut payload = read(payload);
        let jti = payload["jti"].take();
        assert!(jti.as_str().is_some_and(|jti| jti.len() == 26), "{jti}");
        assert_eq!(
            payload,
            json!({
                "iss": "https://portal.example.com", "sub": "a1e5c0de-1111", "aud": "urn:vestibule:analyst", "jti": null,
                "iat": 1_795_000_000, "exp": 1_795_000_120,
                "https://aws.amazon.com/tags": {"principal_tags": {"subject": ["a1e5c0de-1111"], "unit": ["blue"]}},
                "https://aws.amazon.com/source_identity": "a1e5c0de-1111",
            })
        );
        assert_eq!(URL_SAFE_NO_PAD.decode(signature).unwrap().len(), 64);
    }

    #[tokio::test]
    async fn every_token_is_another_one_and_debug_shows_none() {
        let (key, tags) = (LocalKey::generate().unwrap(), []);
        let now = Timestamp::from_seconds(1_795_000_000);
        let one = sign("https://portal.example.com", &claims(&tags), &key, now).await.unwrap();
        let other = sign("https://portal.example.com", &claims(&tags), &key, now).await.unwrap();
        assert_ne!(one.expose().split('.').nth(1), other.expose().split('.').nth(1), "jti");
        assert_eq!(format!("{one:?}"), "(secret)");
    }
}
