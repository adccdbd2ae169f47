//! `/oauth2/userInfo`: what the balancer copies into its data header.

use super::Provider;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::sync::Arc;

/// The claims of the bearer. Cognito writes `email_verified` as a string here.
pub(super) async fn userinfo(State(provider): State<Arc<Provider>>, headers: HeaderMap) -> Response {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    match bearer.and_then(|token| provider.bearer(token)) {
        Some(persona) => (
            [(header::CACHE_CONTROL, "no-store")],
            Json(json!({
                "sub": persona.subject,
                "email_verified": "true",
                "name": persona.name,
                "email": persona.email,
                "username": persona.id,
            })),
        )
            .into_response(),
        None => (
            StatusCode::UNAUTHORIZED,
            [(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")],
            Json(json!({ "error": "invalid_token" })),
        )
            .into_response(),
    }
}
