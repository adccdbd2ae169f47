//! What the browser gets to see from the command: a small page that needs nothing else.

use super::inbox::{Inbox, LONGEST, Refusal};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::{Html, IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, StatusCode};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

/// Longest wait for the body of a request.
const PATIENCE: Duration = Duration::from_secs(10);

/// The page's only style. The policy lets in what has its digest.
const STYLE: &str = ":root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}\
    body{margin:0;padding:14vh 24px;background:Canvas;color:CanvasText}\
    main{max-width:34rem;margin:auto}h1{margin:0 0 8px;font-size:20px;line-height:28px}p{margin:0}";

/// Answers every request.
pub(super) fn router(inbox: Arc<Inbox>) -> Router {
    Router::new().fallback(receive).with_state(inbox)
}

async fn receive(State(inbox): State<Arc<Inbox>>, request: Request) -> Response {
    match taken(&inbox, request).await {
        Ok(()) => page(StatusCode::OK, "Your terminal has the credentials", "You can close this page."),
        Err(refusal) => refused(refusal),
    }
}

async fn taken(inbox: &Inbox, request: Request) -> Result<(), Refusal> {
    let (head, body) = request.into_parts();
    inbox.admit(&head)?;
    let form = whole(body).await.ok_or_else(|| inbox.count(Refusal::Length))?;
    inbox.take(&form)
}

/// The body, if it is not too long and comes in time.
async fn whole(body: Body) -> Option<Zeroizing<Vec<u8>>> {
    let bytes = tokio::time::timeout(PATIENCE, to_bytes(body, LONGEST)).await.ok()?.ok()?;
    Some(Zeroizing::new(bytes.to_vec()))
}

fn refused(refusal: Refusal) -> Response {
    let sentence = refusal.to_string();
    let sentence = [&sentence[..1].to_uppercase(), &sentence[1..], ". The terminal says whether it still waits."].concat();
    let mut response = page(refusal.status(), "Nothing was taken", &sentence);
    if refusal == Refusal::Method {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
    }
    response
}

/// A page of our own words only.
fn page(status: StatusCode, heading: &str, sentence: &str) -> Response {
    let digest = STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!("default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{heading} · Vestibule</title><style>{STYLE}</style></head>\n<body><main><h1>{heading}</h1><p>{sentence}</p></main></body></html>\n"
    );
    let mut response = (status, Html(html)).into_response();
    let headers = response.headers_mut();
    for (name, value) in
        [(CACHE_CONTROL, "no-store"), (REFERRER_POLICY, "no-referrer"), (X_CONTENT_TYPE_OPTIONS, "nosniff"), (CONNECTION, "close")]
    {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}
