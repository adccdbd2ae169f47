//! The identity provider: an OpenID Connect provider that answers like a Cognito user pool.
//!
//! It asks nobody for a password; a person picks who they are. Everything else is as it should be:
//! one registered client with a secret, exact redirect addresses, single-use codes, RS256 tokens
//! under two keys, one for access tokens and one for ID tokens.

mod authorize;
mod codes;
mod token;
mod tokens;
mod userinfo;

use super::form::{self, Form};
use super::hosts::{self, Hosts};
use super::jwt::SigningKey;
use super::page;
use super::random;
use super::seal::Sealer;
use crate::model::clock::Clock;
use crate::model::secret::Secret;
use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use codes::Codes;
use serde_json::{Value, json};
use std::sync::Arc;

/// The one registered client: the balancer.
#[derive(Clone, Debug)]
pub(super) struct Client {
    /// Its id.
    pub(super) id: String,
    /// Its secret.
    pub(super) secret: Secret,
    /// Addresses a sign-in may return to, compared whole.
    pub(super) redirect_uris: Vec<String>,
    /// Addresses a sign-out may return to, compared whole.
    pub(super) logout_uris: Vec<String>,
    /// The resource that access tokens can be bound to (RFC 8707).
    pub(super) resource: String,
}

/// The provider.
pub(super) struct Provider {
    issuer: String,
    client: Client,
    access_key: SigningKey,
    id_key: SigningKey,
    codes: Codes,
    sealer: Sealer,
    clock: Arc<dyn Clock>,
}

const STYLE: &str = "/sandbox.css";

impl Provider {
    /// A provider with fresh keys whose issuer is `issuer`, an origin.
    pub(super) fn new(issuer: String, client: Client, clock: Arc<dyn Clock>) -> Self {
        Self {
            issuer,
            client,
            access_key: SigningKey::generate(random::token()),
            id_key: SigningKey::generate(random::token()),
            codes: Codes::default(),
            sealer: Sealer::new(),
            clock,
        }
    }

    /// The provider's addresses.
    pub(super) fn router(self: Arc<Self>, hosts: Hosts) -> Router {
        Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/.well-known/jwks.json", get(jwks))
            .route("/oauth2/authorize", get(authorize::authorize))
            .route("/oauth2/token", post(token::token))
            .route("/oauth2/userInfo", get(userinfo::userinfo).post(userinfo::userinfo))
            .route("/logout", get(logout))
            .route(STYLE, get(|| async { page::style() }))
            .fallback(|| async { problem("There is nothing at this address.", StatusCode::NOT_FOUND) })
            .layer(middleware::from_fn_with_state(hosts, hosts::require_listed))
            .with_state(self)
    }
}

async fn discovery(State(provider): State<Arc<Provider>>) -> Json<Value> {
    let at = |path: &str| format!("{}{path}", provider.issuer);
    Json(json!({
        "issuer": provider.issuer,
        "authorization_endpoint": at("/oauth2/authorize"),
        "token_endpoint": at("/oauth2/token"),
        "userinfo_endpoint": at("/oauth2/userInfo"),
        "end_session_endpoint": at("/logout"),
        "jwks_uri": at("/.well-known/jwks.json"),
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "email", "profile"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    }))
}

async fn jwks(State(provider): State<Arc<Provider>>) -> Json<Value> {
    Json(json!({ "keys": [provider.id_key.public(), provider.access_key.public()] }))
}

/// Cognito's `/logout`: there is no session here to end, so all it does is go back, and only to
/// where it may.
async fn logout(State(provider): State<Arc<Provider>>, RawQuery(query): RawQuery) -> Response {
    let form = Form::parse(query.unwrap_or_default().as_bytes()).unwrap_or_default();
    let client = &provider.client;
    match (form.get("client_id"), form.get("logout_uri")) {
        (Some(id), Some(uri)) if id == client.id && client.logout_uris.iter().any(|allowed| allowed == uri) => see_other(uri),
        _ => problem("The client or the address to return to is not registered.", StatusCode::BAD_REQUEST),
    }
}

/// 302 to `location`, which nobody keeps.
fn see_other(location: &str) -> Response {
    (StatusCode::FOUND, [(header::LOCATION, location), (header::CACHE_CONTROL, "no-store"), (header::REFERRER_POLICY, "no-referrer")])
        .into_response()
}

/// An error that must not travel in a redirect, because where to is what is wrong.
fn problem(sentence: &str, status: StatusCode) -> Response {
    page::problem(STYLE, status, "This sign-in cannot go on", sentence)
}

/// `address` with fields behind it.
fn with_query(address: &str, fields: &[(&str, &str)]) -> String {
    format!("{address}?{}", form::encode(fields))
}

#[cfg(test)]
mod tests;
