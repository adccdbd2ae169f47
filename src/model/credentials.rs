//! Temporary AWS credentials as they travel from `/api/credentials` to the browser.

use super::clock::Timestamp;
use super::json::{FromJson, Json, Members, ReadError, ToJson};
use super::names::{RoleId, SessionId};
use super::secret::Secret;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Temporary credentials: what STS returned, with nothing of ours added.
///
/// As JSON they have the shape of the AWS CLI's `credential_process` (version 1), in which the page gives them to a terminal,
/// sealed, and `vestibule credential-process` to whoever called it.
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

impl ToJson for Credentials {
    fn to_json(&self) -> Json {
        Json::object([
            ("Version", 1_u32.to_json()),
            ("AccessKeyId", self.access_key_id.to_json()),
            ("SecretAccessKey", self.secret_access_key.expose().to_json()),
            ("SessionToken", self.session_token.expose().to_json()),
            ("Expiration", self.expiration.to_string().to_json()),
        ])
    }
}

impl FromJson for Credentials {
    fn from_json(json: Json) -> Result<Self, ReadError> {
        let mut members = Members::of(json)?;
        if members.take::<u32>("Version")? != 1 {
            return Err(ReadError::Unsuitable);
        }
        Ok(Self {
            access_key_id: members.take("AccessKeyId")?,
            secret_access_key: members.take("SecretAccessKey")?,
            session_token: members.take("SessionToken")?,
            expiration: members.take("Expiration")?,
        })
    }
}

/// The answer of `/api/credentials`: STS's names, in the shape of the AWS CLI's
/// `credential_process` (version 1), with what the portal's own page needs beside it.
///
/// This and [`Credentials`] are the only types that write minted keys out.
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
    use crate::model::json;

    #[test]
    fn what_a_terminal_gets_is_written_and_read() {
        let credentials = Credentials {
            access_key_id: "ASIAEXAMPLE".into(),
            secret_access_key: Secret::new("k/+\""),
            session_token: Secret::new("t=="),
            expiration: Timestamp::from_seconds(1_795_415_575),
        };
        let text = credentials.to_json().written();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let expected = serde_json::json!({
            "Version": 1, "AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": "k/+\"", "SessionToken": "t==", "Expiration": "2026-11-23T06:32:55Z",
        });
        assert_eq!(value, expected);
        let read: Credentials = json::read(&text).unwrap();
        assert_eq!((read.secret_access_key, read.expiration), (credentials.secret_access_key, credentials.expiration));
        for wrong in [text.replace(":1,", ":2,"), text.replace("ASIAEXAMPLE\"", "A\",\"Version\":3,\"x\":\""), "{}".to_owned()] {
            assert!(json::read::<Credentials>(&wrong).is_err());
        }
    }

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
