//! Temporary AWS credentials as they travel from `/api/credentials` to the browser.

use super::clock::Timestamp;
use super::json::{FromJson, Json, Members, ReadError};
use super::names::{RoleId, SessionId};
use super::secret::Secret;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Temporary credentials: what STS returned, with nothing of ours added.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The access key id. Not a secret: it stands in CloudTrail and in our log.
    pub access_key_id: String,
    /// The secret access key.
    pub secret_access_key: Secret,
    /// The session token.
    pub session_token: Secret,
    /// When they stop working.
    pub expiration: Timestamp,
}

/// The answer of `/api/credentials`: STS's names, in the shape of the AWS CLI's
/// `credential_process` (version 1), with what the portal's own page needs beside it.
///
/// This is the only type that writes minted keys out.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CredentialsAnswer {
    /// Version of the `credential_process` shape: always 1.
    pub version: u8,
    /// Access key id.
    pub access_key_id: String,
    /// Secret access key.
    #[serde(serialize_with = "expose", deserialize_with = "conceal")]
    pub secret_access_key: Secret,
    /// Session token.
    #[serde(serialize_with = "expose", deserialize_with = "conceal")]
    pub session_token: Secret,
    /// When they stop working.
    pub expiration: Timestamp,
    /// The role they were minted for.
    #[serde(rename = "role")]
    pub role: RoleId,
    /// The portal's record of this mint.
    #[serde(rename = "session_id")]
    pub session_id: SessionId,
    /// The server's time when it answered, from which the browser takes its clock offset.
    #[serde(rename = "server_now")]
    pub server_now: Timestamp,
}

impl CredentialsAnswer {
    /// The credentials without the portal's additions.
    #[must_use]
    pub fn into_credentials(self) -> Credentials {
        Credentials {
            access_key_id: self.access_key_id,
            secret_access_key: self.secret_access_key,
            session_token: self.session_token,
            expiration: self.expiration,
        }
    }
}

impl FromJson for CredentialsAnswer {
    fn from_json(json: Json) -> Result<Self, ReadError> {
        let mut members = Members::of(json)?;
        Ok(Self {
            version: members.take("Version")?,
            access_key_id: members.take("AccessKeyId")?,
            secret_access_key: members.take("SecretAccessKey")?,
            session_token: members.take("SessionToken")?,
            expiration: members.take("Expiration")?,
            role: members.take("role")?,
            session_id: members.take("session_id")?,
            server_now: members.take("server_now")?,
        })
    }
}

fn expose<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
}

fn conceal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
    String::deserialize(deserializer).map(Secret::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_the_shape_of_credential_process() {
        let answer = CredentialsAnswer {
            version: 1,
            access_key_id: "ASIAEXAMPLE".into(),
            secret_access_key: Secret::new("k"),
            session_token: Secret::new("t"),
            expiration: Timestamp::from_seconds(1_795_415_575),
            role: RoleId::parse("analyst").unwrap(),
            session_id: SessionId::parse("0123456789abcdef0123456789").unwrap(),
            server_now: Timestamp::from_seconds(1_795_411_975),
        };
        let json = serde_json::to_value(&answer).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "Version": 1, "AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": "k", "SessionToken": "t",
                "Expiration": "2026-11-23T06:32:55Z", "role": "analyst", "session_id": "0123456789abcdef0123456789",
                "server_now": "2026-11-23T05:32:55Z",
            })
        );
        assert!(!format!("{answer:?}").contains("\"k\""));
    }
}
