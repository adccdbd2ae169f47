//! `GetCredentialsForIdentity`: the enhanced flow, in which Cognito takes the pool's own role itself.

use super::refusal::Refusal;
use super::{AUTHENTICATED_ROLE, CognitoIdentity, ISSUER, POOL_ID, PRINCIPAL};
use crate::model::clock::Timestamp;
use crate::model::names::RoleSessionName;
use crate::sandbox::jwt::UnverifiedToken;
use crate::sandbox::policy::Policy;
use crate::sandbox::registry::IssueRequest;
use crate::sandbox::roles::ROLES;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Credentials of the enhanced flow live an hour.
const SECONDS: i64 = 3_600;
/// The name of every session in the enhanced flow.
const SESSION_NAME: &str = "CognitoIdentityCredentials";

/// The parameters.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Parameters {
    identity_id: String,
    #[serde(default)]
    logins: BTreeMap<String, String>,
}

impl CognitoIdentity {
    /// Credentials of the pool's authenticated role, for a token of this pool that names the
    /// identity.
    pub(super) fn get_credentials(&self, parameters: &Parameters) -> Result<Value, Refusal> {
        let mut logins = parameters.logins.iter();
        let (Some((provider, token)), None) = (logins.next(), logins.next()) else {
            return Err(Refusal::not_authorized("Access to Identity is forbidden: exactly one login is needed."));
        };
        if provider != PRINCIPAL {
            return Err(Refusal::not_authorized(format!("The provider {provider} is not one of this identity pool.")));
        }
        let claims = self.verify(token).ok_or_else(|| Refusal::not_authorized("Invalid login token. Couldn't verify the signature."))?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        if text("iss") != Some(ISSUER) || text("aud") != Some(POOL_ID) || text("sub") != Some(parameters.identity_id.as_str()) {
            return Err(Refusal::not_authorized(format!("Access to Identity '{}' is forbidden.", parameters.identity_id)));
        }
        let now = self.clock.now();
        let live = claims.get("exp").and_then(Value::as_i64).is_some_and(|exp| now < Timestamp::from_seconds(exp));
        if !live {
            return Err(Refusal::not_authorized("Invalid login token. Token expired."));
        }
        self.issue(&parameters.identity_id, &claims, now)
    }

    fn verify(&self, token: &str) -> Option<Map<String, Value>> {
        let token = UnverifiedToken::parse(token)?;
        if token.unverified_header_text("kid") != Some(&self.key.public().kid) { None } else { token.verify(self.key.public()) }
    }

    fn issue(&self, identity: &str, claims: &Map<String, Value>, now: Timestamp) -> Result<Value, Refusal> {
        let broken = || Refusal::new(500, "InternalErrorException", "The sandbox's own authenticated role is not well-formed.");
        let role = ROLES.iter().find(|role| role.id == AUTHENTICATED_ROLE).ok_or_else(broken)?;
        let tags = claims.get("https://aws.amazon.com/tags").and_then(|tags| tags.get("principal_tags")?.as_object());
        let tag = |(key, values): (&String, &Value)| Some((key.clone(), values.get(0)?.as_str()?.to_owned()));
        let credentials = self.registry.issue(IssueRequest {
            role: role.arn().map_err(|_| broken())?,
            session_name: RoleSessionName::parse(SESSION_NAME).map_err(|_| broken())?,
            session_policy: None,
            role_policy: Policy::parse(role.policy).map_err(|_| broken())?,
            source_identity: None,
            tags: tags.into_iter().flatten().filter_map(tag).collect(),
            issued: now,
            expires: now.plus_seconds(SECONDS),
        });
        Ok(json!({
            "IdentityId": identity,
            "Credentials": {
                "AccessKeyId": credentials.access_key_id,
                "SecretKey": credentials.secret_access_key.expose(),
                "SessionToken": credentials.session_token.expose(),
                "Expiration": credentials.expiration.seconds(),
            },
        }))
    }
}
