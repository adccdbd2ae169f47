//! What stands around `/api`: the only way to the server functions.
//!
//! server_fn alone takes any content type from any site, answers 500 for every error, and to a
//! browser that accepts HTML a redirect with the error in the URL. Here the request is checked
//! before server_fn sees it, and the answer gets its true status afterwards.

use super::origin;
use super::reference::Reference;
use crate::model::error::{ErrorCode, PortalError};
use crate::server::portal::Portal;
use crate::words::{Sentence, say};
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, REFERER, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use leptos::prelude::provide_context;
use std::sync::Arc;
use std::time::Duration;

/// Longest body of a request.
const BODY: usize = 64 * 1_024;
/// Longest wait for a body.
pub(super) const BODY_DEADLINE: Duration = Duration::from_secs(10);
/// Longest body of an error; server functions write them, so this never cuts one.
const ERROR_BODY: usize = 64 * 1_024;
const SERVER_FN_ERROR: HeaderName = HeaderName::from_static("serverfnerror");

/// Shows that a call came through this layer, or one that checks as much. Nothing else makes one, so a component that asks for
/// credentials while it is rendered on the server, into HTML, is refused.
#[derive(Clone, Debug)]
pub struct MayMint(());

impl MayMint {
    /// For [`console`](super::console), which checks as this layer does.
    pub(super) const fn checked() -> Self {
        Self(())
    }
}

/// Answers everything below `/api`.
pub async fn answer(State(portal): State<Arc<Portal>>, request: Request) -> Response {
    let reference = request.extensions().get::<Reference>().cloned().unwrap_or_default();
    // The beginning names it; a head may hold a hundred thousand characters.
    let path: String = request.uri().path().chars().take(256).collect();
    let mut response = match call(portal, request).await {
        Ok(response) if response.status() == StatusCode::OK => response,
        Ok(response) => error_response(&reference.report(&path, error_of(response).await)),
        Err(error) => error_response(&reference.report(&path, error)),
    };
    let headers = response.headers_mut();
    headers.remove(SERVER_FN_ERROR);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// An error as an answer.
#[must_use]
pub fn error_response(error: &PortalError) -> Response {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, [(CACHE_CONTROL, "no-store")], axum::Json(error)).into_response();
    if let Some(seconds) = error.retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

async fn call(portal: Arc<Portal>, request: Request) -> Result<Response, PortalError> {
    let (mut parts, body) = request.into_parts();
    if !server_fn::axum::server_fn_paths().any(|(path, _)| path == parts.uri.path()) {
        let mut error = bad_request(say!("There is no such path below /api."), say!("See the handbook for the paths."));
        error.unknown_path = true;
        return Err(error);
    }
    if parts.method != Method::POST {
        return Err(bad_request(say!("This path takes POST only."), say!("Send the request with the method POST.")));
    }
    if !origin::is_own(&parts.headers, &portal.config().web.public_url) {
        return Err(PortalError::said(
            ErrorCode::CrossSite,
            say!("The request did not come from this portal's own pages."),
            say!("Call from a page of this portal. Programs that are not browsers send the header X-Vestibule-Client."),
        ));
    }
    if !is_json(&parts.headers) {
        return Err(bad_request(say!("The body is not announced as JSON."), say!("Send the header Content-Type: application/json.")));
    }
    let body = read(&parts.headers, body).await?;
    // With these server_fn and Leptos answer a form's redirect instead of JSON.
    parts.headers.remove(ACCEPT);
    parts.headers.remove(REFERER);
    parts.extensions.insert(MayMint(()));
    let request = Request::from_parts(parts, Body::from(body));
    Ok(leptos_axum::handle_server_fns_with_context(move || provide_context(Arc::clone(&portal)), request).await.into_response())
}

async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, PortalError> {
    let too_long = || bad_request(say!("The body is longer than 64 KiB."), say!("Send less."));
    let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > BODY) {
        return Err(too_long());
    }
    match tokio::time::timeout(BODY_DEADLINE, to_bytes(body, BODY)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if is_too_long(&error) => Err(too_long()),
        Ok(Err(_)) => Err(bad_request(say!("The body broke off."), say!("Send the request again."))),
        Err(_) => Err(bad_request(say!("The body did not arrive within ten seconds."), say!("Send the request again."))),
    }
}

fn is_too_long(error: &axum::Error) -> bool {
    std::error::Error::source(error).is_some_and(<dyn std::error::Error>::is::<http_body_util::LengthLimitError>)
}

/// Exactly one `Content-Type`, `application/json`, with or without parameters.
fn is_json(headers: &HeaderMap) -> bool {
    let mut lines = headers.get_all(CONTENT_TYPE).iter();
    let (Some(only), None) = (lines.next(), lines.next()) else { return false };
    only.to_str().is_ok_and(|value| value.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json")))
}

/// The error in an answer of server_fn's.
async fn error_of(response: Response) -> PortalError {
    let status = response.status();
    let body = to_bytes(response.into_body(), ERROR_BODY).await.unwrap_or_default();
    serde_json::from_slice(&body).unwrap_or_else(|_| {
        tracing::error!(status = status.as_u16(), "a server function answered something that is not an error of ours");
        PortalError::defect()
    })
}

fn bad_request(message: Sentence, next_step: Sentence) -> PortalError {
    PortalError::said(ErrorCode::BadRequest, message, next_step)
}
