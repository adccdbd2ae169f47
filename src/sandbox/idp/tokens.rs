//! What the tokens say. Shapes and names are Cognito's.

use super::Provider;
use super::codes::Authorization;
use crate::model::clock::Timestamp;
use crate::sandbox::jwt::UnverifiedToken;
use crate::sandbox::personas::Persona;
use crate::sandbox::random;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Life of a refresh token, in seconds: Cognito's default of 30 days.
const REFRESH_LIFE: i64 = 30 * 86_400;
/// The purpose that refresh tokens are sealed for.
const REFRESH: &str = "refresh";

/// Random bytes in a refresh token beside its content. Cognito's refresh tokens have about 1,750
/// characters; with less the balancer's session would fit into one cookie, and nobody would notice
/// who forgets that there are more.
const FILLER: usize = 512;

/// A refresh token before it is sealed.
#[derive(Serialize, Deserialize)]
struct RefreshToken<G> {
    grant: G,
    filler: String,
}

/// A sign-in, from which tokens are made again and again. A refresh token holds it, sealed.
#[derive(Serialize, Deserialize)]
pub(super) struct Grant {
    #[serde(with = "by_id")]
    persona: &'static Persona,
    scope: String,
    resource: Option<String>,
    nonce: Option<String>,
    signed_in: Timestamp,
    origin: String,
}

/// A persona in a sealed grant is its id.
mod by_id {
    use crate::sandbox::personas::Persona;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(persona: &Persona, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(persona.id)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<&'static Persona, D::Error> {
        Persona::find(&String::deserialize(deserializer)?).ok_or_else(|| D::Error::custom("nobody has this id"))
    }
}

impl Grant {
    /// The grant that a redeemed code opens.
    pub(super) fn of(authorization: Authorization) -> Self {
        let Authorization { persona, scope, resource, nonce, signed_in, redirect_uri: _ } = authorization;
        Self { persona, scope, resource, nonce, signed_in, origin: random::uuid() }
    }
}

impl Provider {
    /// The grant as a refresh token.
    pub(super) fn seal_refresh_token(&self, grant: &Grant) -> String {
        self.sealer.seal(REFRESH, &RefreshToken { grant, filler: hex::encode(random::bytes::<FILLER>()) })
    }

    /// The grant of a refresh token that still holds.
    pub(super) fn open_refresh_token(&self, token: &str, now: Timestamp) -> Option<Grant> {
        let RefreshToken::<Grant> { grant, .. } = self.sealer.open(REFRESH, token)?;
        (now < grant.signed_in.plus_seconds(REFRESH_LIFE)).then_some(grant)
    }

    /// The token endpoint's answer, without a refresh token.
    pub(super) fn answer(&self, grant: &Grant, now: Timestamp) -> Value {
        json!({
            "access_token": self.access_key.sign(&self.access_claims(grant, now)),
            "id_token": self.id_key.sign(&self.id_claims(grant, now)),
            "token_type": "Bearer",
            "expires_in": grant.persona.access_token_seconds,
        })
    }

    fn access_claims(&self, grant: &Grant, now: Timestamp) -> Value {
        let mut claims = self.shared_claims(grant, now);
        claims["version"] = 2.into();
        claims["client_id"] = self.client.id.as_str().into();
        claims["token_use"] = "access".into();
        claims["scope"] = grant.scope.as_str().into();
        claims["username"] = grant.persona.id.into();
        // Cognito puts the resource here, and nothing without resource binding.
        if let Some(resource) = grant.resource.as_deref().filter(|_| grant.persona.has_audience) {
            claims["aud"] = resource.into();
        }
        claims
    }

    fn id_claims(&self, grant: &Grant, now: Timestamp) -> Value {
        let mut claims = self.shared_claims(grant, now);
        claims["aud"] = self.client.id.as_str().into();
        claims["token_use"] = "id".into();
        claims["cognito:username"] = grant.persona.id.into();
        claims["email"] = grant.persona.email.into();
        claims["email_verified"] = true.into();
        claims["name"] = grant.persona.name.into();
        if let Some(nonce) = &grant.nonce {
            claims["nonce"] = nonce.as_str().into();
        }
        claims
    }

    fn shared_claims(&self, grant: &Grant, now: Timestamp) -> Value {
        let persona = grant.persona;
        let mut claims = json!({
            "sub": persona.subject,
            "iss": self.issuer,
            "origin_jti": grant.origin,
            "auth_time": grant.signed_in.seconds(),
            "iat": now.seconds(),
            "exp": now.plus_seconds(persona.access_token_seconds).seconds(),
            "jti": random::uuid(),
        });
        // Somebody in no group has no such claim in Cognito, not an empty one.
        if !persona.groups.is_empty() {
            claims["cognito:groups"] = persona.groups.into();
        }
        claims
    }

    /// Whose access token this is, when it is one of ours, live, and for OpenID.
    pub(super) fn bearer(&self, token: &str) -> Option<&'static Persona> {
        let token = UnverifiedToken::parse(token)?;
        if token.unverified_header_text("kid") != Some(&self.access_key.public().kid) {
            return None;
        }
        let claims = token.verify(self.access_key.public())?;
        let is = |name: &str, value: &str| claims.get(name).and_then(Value::as_str) == Some(value);
        let live = claims.get("exp").and_then(Value::as_i64).is_some_and(|exp| self.clock.now() < Timestamp::from_seconds(exp));
        let openid = claims.get("scope").and_then(Value::as_str).is_some_and(|scope| scope.split(' ').any(|scope| scope == "openid"));
        if !(is("iss", &self.issuer) && is("token_use", "access") && live && openid) {
            return None;
        }
        Persona::find(claims.get("username")?.as_str()?)
    }
}
