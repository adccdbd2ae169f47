//! Headers that keep a page from doing what it should not.

use crate::server::portal::Reachable;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderName, HeaderValue};

/// For everything that is not a rendered page: no script, nothing loaded but the style sheet.
const STRICT: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);
const PERMISSIONS: HeaderValue = HeaderValue::from_static(
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), \
     magnetometer=(), microphone=(), midi=(), payment=(), publickey-credentials-get=(), serial=(), usb=(), xr-spatial-tracking=()",
);

/// Sets what every answer has, and the strict policy where the answer brought none of its own.
pub async fn layer(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(STRICT);
    for (name, value) in [
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
        (HeaderName::from_static("permissions-policy"), PERMISSIONS),
    ] {
        headers.insert(name, value);
    }
    response
}

/// The policy of a rendered page. What it may connect to is also where stolen credentials could be
/// sent, so buckets and functions are listed one by one.
#[must_use]
pub(super) fn page_policy(nonce: &str, reachable: &Reachable, watch: bool) -> String {
    let buckets: String = reachable.buckets.iter().map(|source| format!(" {source}")).collect();
    let listings: String = reachable.listings.iter().map(|source| format!(" {source}")).collect();
    let functions: String = reachable.functions.iter().map(|source| format!(" {source}")).collect();
    let consoles: String = reachable.consoles.iter().map(|target| format!(" {target}")).collect();
    // cargo-leptos tells the page over a web socket when to reload.
    let reload = if watch { " ws:" } else { "" };
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; \
         font-src 'self'; manifest-src 'self'; media-src blob:{buckets}; frame-src blob:{buckets}; connect-src 'self'{buckets}{listings}{functions}{reload}; \
         form-action 'self'{consoles}; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; worker-src 'self'"
    )
}
