//! `/oauth2/token`: a code or a refresh token becomes tokens, for the client alone.

use super::Provider;
use super::tokens::Grant;
use crate::sandbox::form::Form;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use std::sync::Arc;

/// An error of RFC 6749, section 5.2.
#[derive(Clone, Copy)]
enum Refusal {
    InvalidRequest,
    InvalidClient,
    InvalidGrant,
    UnsupportedGrantType,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, error) = match self {
            Self::InvalidRequest => (StatusCode::BAD_REQUEST, "invalid_request"),
            Self::InvalidClient => (StatusCode::UNAUTHORIZED, "invalid_client"),
            Self::InvalidGrant => (StatusCode::BAD_REQUEST, "invalid_grant"),
            Self::UnsupportedGrantType => (StatusCode::BAD_REQUEST, "unsupported_grant_type"),
        };
        let mut response = (status, [(header::CACHE_CONTROL, "no-store")], Json(json!({ "error": error }))).into_response();
        if matches!(self, Self::InvalidClient) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Basic realm=\"sandbox\""));
        }
        response
    }
}

/// Answers with tokens, or with the error in JSON.
pub(super) async fn token(State(provider): State<Arc<Provider>>, headers: HeaderMap, body: Bytes) -> Response {
    match exchange(&provider, &headers, &body) {
        Ok(answer) => ([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

fn exchange(provider: &Provider, headers: &HeaderMap, body: &[u8]) -> Result<serde_json::Value, Refusal> {
    let form = Form::parse(body).ok_or(Refusal::InvalidRequest)?;
    authenticate(provider, headers, &form)?;
    let now = provider.clock.now();
    match form.get("grant_type") {
        Some("authorization_code") => {
            let code = form.get("code").ok_or(Refusal::InvalidRequest)?;
            let authorization = provider.codes.redeem(code, now).ok_or(Refusal::InvalidGrant)?;
            if form.get("redirect_uri") != Some(authorization.redirect_uri.as_str()) {
                return Err(Refusal::InvalidGrant);
            }
            let grant = Grant::of(authorization);
            let mut answer = provider.answer(&grant, now);
            answer["refresh_token"] = provider.seal_refresh_token(&grant).into();
            Ok(answer)
        }
        Some("refresh_token") => {
            let refresh_token = form.get("refresh_token").ok_or(Refusal::InvalidRequest)?;
            let grant = provider.open_refresh_token(refresh_token, now).ok_or(Refusal::InvalidGrant)?;
            Ok(provider.answer(&grant, now))
        }
        Some(_) => Err(Refusal::UnsupportedGrantType),
        None => Err(Refusal::InvalidRequest),
    }
}

/// The client's id and secret, in the header or in the body but not in both (RFC 6749, 2.3).
fn authenticate(provider: &Provider, headers: &HeaderMap, form: &Form) -> Result<(), Refusal> {
    let (id, secret) = match (headers.get(header::AUTHORIZATION), form.get("client_secret")) {
        (Some(_), Some(_)) => return Err(Refusal::InvalidRequest),
        (Some(basic), None) => basic.to_str().ok().and_then(read_basic).ok_or(Refusal::InvalidClient)?,
        (None, Some(secret)) => (form.get("client_id").unwrap_or_default().to_owned(), secret.to_owned()),
        (None, None) => return Err(Refusal::InvalidClient),
    };
    let is_the_client = id == provider.client.id && form.get("client_id").is_none_or(|named| named == id);
    let knows_the_secret = verify_slices_are_equal(secret.as_bytes(), provider.client.secret.expose().as_bytes()).is_ok();
    if is_the_client && knows_the_secret { Ok(()) } else { Err(Refusal::InvalidClient) }
}

/// Id and secret of a Basic header. Both are form-encoded inside (RFC 6749, 2.3.1).
fn read_basic(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    let text = |encoded: &str| url::form_urlencoded::parse(format!("v={encoded}").as_bytes()).next().map(|(_, value)| value.into_owned());
    scheme.eq_ignore_ascii_case("basic").then_some((text(id)?, text(secret)?))
}
