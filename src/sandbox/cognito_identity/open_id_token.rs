//! `GetOpenIdTokenForDeveloperIdentity`: a token in the name of whomever the caller says.

use super::refusal::Refusal;
use super::{CognitoIdentity, DEVELOPER_PROVIDER, ISSUER, POOL_ID};
use crate::sandbox::registry::REGION;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Cognito's default life of such a token.
const DEFAULT_SECONDS: i64 = 900;

/// The parameters. Those that this stand-in does not know are refused, so that none is passed over.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Parameters {
    identity_pool_id: String,
    logins: BTreeMap<String, String>,
    #[serde(default)]
    principal_tags: BTreeMap<String, String>,
    token_duration: Option<i64>,
}

impl CognitoIdentity {
    /// A token for the one login that is named, signed with the pool's key.
    pub(super) fn get_open_id_token(&self, parameters: &Parameters) -> Result<Value, Refusal> {
        if parameters.identity_pool_id != POOL_ID {
            return Err(Refusal::new(
                400,
                "ResourceNotFoundException",
                format!("IdentityPool '{}' not found.", parameters.identity_pool_id),
            ));
        }
        let life = parameters.token_duration.unwrap_or(DEFAULT_SECONDS);
        if !(1..=86_400).contains(&life) {
            return Err(Refusal::parameter("TokenDuration is out of range."));
        }
        if parameters.principal_tags.len() > 50
            || parameters.principal_tags.iter().any(|(key, value)| !(1..=128).contains(&key.len()) || value.len() > 256)
        {
            return Err(Refusal::parameter("PrincipalTags is out of range."));
        }
        let mut logins = parameters.logins.iter();
        let (Some((provider, login)), None) = (logins.next(), logins.next()) else {
            return Err(Refusal::parameter("Please provide exactly one login of a developer provider."));
        };
        if provider != DEVELOPER_PROVIDER {
            return Err(Refusal::not_authorized(format!("The developer provider {provider} is not one of this identity pool.")));
        }
        if !(1..=1_024).contains(&login.len()) {
            return Err(Refusal::parameter("The login is out of range."));
        }
        let identity = identity_id(login);
        let now = self.clock.now().seconds();
        let mut claims = json!({
            "iss": ISSUER, "sub": identity, "aud": POOL_ID, "iat": now, "exp": now + life,
            "amr": ["authenticated", DEVELOPER_PROVIDER, format!("{DEVELOPER_PROVIDER}:{POOL_ID}:{login}")],
        });
        if !parameters.principal_tags.is_empty() {
            let tags: Map<String, Value> = parameters.principal_tags.iter().map(|(key, value)| (key.clone(), json!([value]))).collect();
            claims["https://aws.amazon.com/tags"] = json!({"principal_tags": tags});
        }
        Ok(json!({"IdentityId": identity, "Token": self.key.sign(&claims)}))
    }
}

/// `region:guid`, the same for a login whenever it comes.
fn identity_id(login: &str) -> String {
    let hex = hex::encode(Sha256::digest(format!("{POOL_ID}\n{DEVELOPER_PROVIDER}\n{login}")));
    format!("{REGION}:{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..32])
}
