//! The balancer as the identity provider's client: over HTTP, with its secret, as a stranger would.

use super::own_answers::Failure;
use super::session::Session;
use super::{CALLBACK, Settings};
use crate::model::clock::Timestamp;
use crate::model::secret::Secret;
use crate::sandbox::form::{self, Form};
use crate::sandbox::outbound::{Answer, Outbound};
use crate::sandbox::personas::Persona;
use axum::http::{StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value};

/// ALB's default `SessionTimeout`, in seconds.
const SESSION_TIMEOUT: i64 = 604_800;

/// Talks to the provider.
pub(super) struct ProviderClient {
    outbound: Outbound,
    issuer: String,
    client_id: String,
    authorization: Secret,
    resource: String,
}

/// The token endpoint's answer.
#[derive(Deserialize)]
struct Tokens {
    access_token: String,
    id_token: Option<String>,
    refresh_token: Option<String>,
    expires_in: i64,
}

impl ProviderClient {
    /// With the credentials of `settings`.
    pub(super) fn new(settings: &Settings) -> Self {
        let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let basic = format!("{}:{}", encoded(&settings.client_id), encoded(settings.client_secret.expose()));
        Self {
            outbound: Outbound::new(),
            issuer: settings.issuer.clone(),
            client_id: settings.client_id.clone(),
            authorization: Secret::new(format!("Basic {}", STANDARD.encode(basic))),
            resource: settings.resource.clone(),
        }
    }

    /// Where a person goes to sign in, and comes back from to `host`.
    pub(super) fn authorize_url(&self, host: &str, state: &str, login_hint: Option<&str>) -> String {
        let redirect_uri = redirect_uri(host);
        let mut fields = vec![
            ("client_id", self.client_id.as_str()),
            ("redirect_uri", &redirect_uri),
            ("response_type", "code"),
            ("scope", "openid"),
            ("state", state),
            ("resource", &self.resource),
        ];
        fields.extend(login_hint.map(|hint| ("login_hint", hint)));
        format!("{}/oauth2/authorize?{}", self.issuer, form::encode(&fields))
    }

    /// Signs a persona in without a browser: walks through the provider's page as one would.
    pub(super) async fn code_for(&self, persona: &Persona, host: &str, state: &str) -> Result<String, Failure> {
        let answer = self.get(&self.authorize_url(host, state, Some(persona.id)), None).await?;
        let location = answer.headers.get(header::LOCATION).and_then(|value| value.to_str().ok());
        let query = location.and_then(|location| location.strip_prefix(&redirect_uri(host))?.strip_prefix('?'));
        let form = query.and_then(|query| Form::parse(query.as_bytes())).ok_or(Failure::ProviderError)?;
        if form.get("state") != Some(state) {
            return Err(Failure::InvalidState);
        }
        form.get("code").map(str::to_owned).ok_or(Failure::MissingCode)
    }

    /// A code becomes a session.
    pub(super) async fn redeem(&self, code: &str, host: &str, now: Timestamp) -> Result<Session, Failure> {
        let fields = [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", &redirect_uri(host))];
        let answer = self.tokens(&fields).await?;
        if answer.status != StatusCode::OK {
            return Err(Failure::InvalidGrant);
        }
        let tokens: Tokens = serde_json::from_slice(&answer.body).map_err(|_| Failure::InvalidTokenResponse)?;
        let id_token = tokens.id_token.ok_or(Failure::InvalidIdToken)?;
        let claims = self.claims(&tokens.access_token).await?;
        let persona = claims.get("username").and_then(Value::as_str).and_then(Persona::find);
        let life = persona.map_or(SESSION_TIMEOUT, |persona| persona.balancer_session_seconds);
        Ok(Session {
            claims,
            access_token: tokens.access_token,
            id_token,
            refresh_token: tokens.refresh_token.ok_or(Failure::InvalidTokenResponse)?,
            access_expires: now.plus_seconds(tokens.expires_in),
            expires: now.plus_seconds(life),
        })
    }

    /// The session with a fresh access token and fresh claims. `None` when the provider will not
    /// give any more.
    pub(super) async fn renew(&self, session: &Session, now: Timestamp) -> Result<Option<Session>, Failure> {
        let answer = self.tokens(&[("grant_type", "refresh_token"), ("refresh_token", &session.refresh_token)]).await?;
        if answer.status.is_client_error() {
            return Ok(None);
        }
        let tokens: Tokens = serde_json::from_slice(&answer.body).map_err(|_| Failure::InvalidTokenResponse)?;
        let claims = self.claims(&tokens.access_token).await?;
        if claims.get("sub") != session.claims.get("sub") {
            return Err(Failure::InvalidUserinfoResponse);
        }
        Ok(Some(Session {
            claims,
            access_token: tokens.access_token,
            id_token: tokens.id_token.unwrap_or_else(|| session.id_token.clone()),
            refresh_token: tokens.refresh_token.unwrap_or_else(|| session.refresh_token.clone()),
            access_expires: now.plus_seconds(tokens.expires_in),
            expires: session.expires,
        }))
    }

    /// What `userInfo` says of the bearer.
    async fn claims(&self, access_token: &str) -> Result<Map<String, Value>, Failure> {
        let answer = self.get(&format!("{}/oauth2/userInfo", self.issuer), Some(&format!("Bearer {access_token}"))).await?;
        let claims: Option<Map<String, Value>> =
            if answer.status == StatusCode::OK { serde_json::from_slice(&answer.body).ok() } else { None };
        let named = |claims: &Map<String, Value>| claims.get("sub").and_then(Value::as_str).is_some_and(|sub| !sub.is_empty());
        claims.filter(named).ok_or(Failure::InvalidUserinfoResponse)
    }

    async fn tokens(&self, fields: &[(&str, &str)]) -> Result<Answer, Failure> {
        let url = format!("{}/oauth2/token", self.issuer);
        let answer = self.outbound.post_form(&url, self.authorization.expose(), form::encode(fields)).await;
        answer
            .map_err(|error| unreachable(&error))
            .and_then(|answer| if answer.status.is_server_error() { Err(Failure::InvalidTokenResponse) } else { Ok(answer) })
    }

    async fn get(&self, url: &str, authorization: Option<&str>) -> Result<Answer, Failure> {
        self.outbound.get(url, authorization).await.map_err(|error| unreachable(&error))
    }
}

fn unreachable(error: &crate::sandbox::outbound::OutboundError) -> Failure {
    tracing::info!(%error, "sandbox balancer cannot reach the identity provider");
    Failure::ProviderUnreachable
}

fn redirect_uri(host: &str) -> String {
    format!("http://{host}{CALLBACK}")
}
