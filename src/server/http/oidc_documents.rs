//! `GET {issuer}/.well-known/openid-configuration` and the key set beside it, for AWS, where the
//! portal is an issuer of its own. Both are public and say nothing about anybody.

use crate::server::issuer::{DISCOVERY, Issuer, JWKS};
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use std::sync::Arc;

/// A key that must be withdrawn at once stays in caches for so long.
const CACHED: &str = "public, max-age=600";

/// The two routes below the issuer's path; none without an issuer.
pub(super) fn routes<S: Clone + Send + Sync + 'static>(issuer: Option<&Arc<Issuer>>) -> Router<S> {
    let Some(issuer) = issuer else { return Router::new() };
    let at = |document: &str| format!("{}{document}", issuer.path());
    Router::new().route(&at(DISCOVERY), get(discovery)).route(&at(JWKS), get(key_set)).with_state(Arc::clone(issuer))
}

async fn discovery(State(issuer): State<Arc<Issuer>>) -> Response {
    document(issuer.discovery())
}

async fn key_set(State(issuer): State<Arc<Issuer>>) -> Response {
    match issuer.key_set().await {
        Ok(keys) => document(keys),
        Err(error) => {
            tracing::error!(%error, "the key set cannot be published");
            (StatusCode::SERVICE_UNAVAILABLE, [(CACHE_CONTROL, "no-store"), (RETRY_AFTER, "5")], "the keys cannot be had at the moment\n")
                .into_response()
        }
    }
}

fn document(body: String) -> Response {
    ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, CACHED)], body).into_response()
}
