//! Headers that keep a page from doing what it should not.

use crate::model::role::EntitledRole;
use crate::server::portal::Reachable;
use crate::terminal::{self, Asked};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderName, HeaderValue, Uri};

/// For everything that is not a rendered page: no script, nothing loaded but the style sheet.
const STRICT: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);
const PERMISSIONS: HeaderValue = HeaderValue::from_static(
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), \
     magnetometer=(), microphone=(), midi=(), payment=(), publickey-credentials-get=(), serial=(), usb=(), xr-spatial-tracking=()",
);

/// Host and port of the terminal that a page was asked to answer.
#[derive(Clone, Debug)]
pub(super) struct Terminal(String);

impl Terminal {
    /// What this address asks for, if the person may have it. Whatever is wrong with it is told by the page, under the policy of
    /// any other page.
    pub(super) fn asked(uri: &Uri, roles: &[EntitledRole]) -> Option<Self> {
        let query = uri.query().filter(|_| uri.path() == terminal::PAGE)?;
        let asked = Asked::parse(query).ok().filter(terminal::is_key)?;
        roles.iter().any(|role| role.id == *asked.role()).then(|| Self(asked.host()))
    }
}

/// Sets what every answer has, and the strict policy where the answer brought none of its own.
pub async fn layer(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(STRICT);
    headers.entry(REFERRER_POLICY).or_insert(HeaderValue::from_static("no-referrer"));
    for (name, value) in [
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
        (HeaderName::from_static("permissions-policy"), PERMISSIONS),
    ] {
        headers.insert(name, value);
    }
    response
}

/// The policy of a rendered page. What it may connect to is also where stolen credentials could be
/// sent, so buckets and functions are listed one by one. A form goes to the AWS console where a role opens it, and from the page that
/// answers a terminal to that alone.
#[must_use]
pub(super) fn page_policy(nonce: &str, reachable: &Reachable, terminal: Option<&Terminal>, watch: bool) -> String {
    let buckets: String = reachable.buckets.iter().map(|source| format!(" {source}")).collect();
    let listings: String = reachable.listings.iter().map(|source| format!(" {source}")).collect();
    let functions: String = reachable.functions.iter().map(|source| format!(" {source}")).collect();
    // A page that gives to a terminal leads nowhere else.
    let forms = match terminal {
        Some(Terminal(host)) => format!(" http://{host}"),
        None => reachable.consoles.iter().map(|target| format!(" {target}")).collect(),
    };
    // cargo-leptos tells the page over a web socket when to reload.
    let reload = if watch { " ws:" } else { "" };
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; \
         font-src 'self'; manifest-src 'self'; media-src blob:{buckets}; frame-src blob:{buckets}; connect-src 'self'{buckets}{listings}{functions}{reload}; \
         form-action 'self'{forms}; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; worker-src 'self'"
    )
}
