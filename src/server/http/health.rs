//! Health checks. The balancer sends them straight to the target, without its headers; they say
//! nothing about anybody and never mint.

use crate::server::portal::Portal;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CACHE_CONTROL;
use std::sync::Arc;

/// `GET /healthz`: the process answers.
pub async fn healthz() -> Response {
    plain(StatusCode::OK, "ok\n")
}

/// `GET /readyz`: sessions can be recorded. The network is not asked: a key server that is down
/// takes sign-ins away, not the portal.
pub async fn readyz(State(portal): State<Arc<Portal>>) -> Response {
    match portal.ready().await {
        Ok(()) => plain(StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::error!(%error, "not ready");
            plain(StatusCode::SERVICE_UNAVAILABLE, "the session store does not answer\n")
        }
    }
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    (status, [(CACHE_CONTROL, "no-store")], text).into_response()
}
