//! The stand-in for Lambda: invocation of a handful of functions that live in this process.
//!
//! Signature, token, expiry and policy are checked as Lambda checks them. Lambda answers CORS
//! itself, for every origin; this stand-in answers for the origins that it is given, so that a page
//! from elsewhere cannot use a developer's sandbox.

mod functions;
mod invoke;
mod stream;

use super::cors::{Rule, Rules};
use super::registry::Registry;
use super::request_id::request_id;
use super::s3::Buckets;
use crate::model::clock::Clock;
use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

/// What the stand-in needs.
#[derive(Clone)]
pub struct Lambda {
    /// The buckets that functions read.
    pub buckets: Arc<Buckets>,
    /// The sessions that STS issued.
    pub registry: Arc<Registry>,
    /// Tells when a signature or a session has expired, and how long a function ran.
    pub clock: Arc<dyn Clock>,
    /// The values of `Host` that are answered.
    pub allowed_hosts: Vec<String>,
    /// The origins whose pages may read the answers.
    pub cors_origins: Vec<String>,
    /// How often `busy` has refused, one time after the other, by access key id: nobody waits for what another has begun.
    pub refused: Arc<Mutex<HashMap<String, u64>>>,
}

/// What is asked for, of a request that may be one.
#[derive(Clone, Copy)]
struct Asking<'a> {
    /// The function's name as it stands in the path.
    name: &'a str,
    request_id: &'a str,
    /// Whether the answer is to come as it is made.
    streamed: bool,
}

impl<'a> Asking<'a> {
    fn of(path: &'a str, request_id: &'a str) -> Option<Self> {
        let between = |before: &str, after: &str| path.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
        let whole = between("/2015-03-31/functions/", "/invocations").map(|name| (name, false));
        let streamed = || between("/2021-11-15/functions/", "/response-streaming-invocations").map(|name| (name, true));
        let (name, streamed) = whole.or_else(streamed).filter(|(name, _)| !name.is_empty() && !name.contains('/'))?;
        Some(Self { name, request_id, streamed })
    }

    /// A named fault: a function whose answers pages may not stream.
    fn lets_pages_ask(&self) -> bool {
        !(self.streamed && self.name == "buffered")
    }
}

impl Lambda {
    /// The service, to be put on a listener or asked directly.
    pub fn router(self) -> Router {
        let rules = rules(self.cors_origins.clone());
        Router::new().fallback(answer).with_state((Arc::new(self), Arc::new(rules)))
    }
}

/// Answers requests until `shutdown` completes.
///
/// # Errors
/// When the listener fails.
pub async fn serve(listener: TcpListener, lambda: Lambda, shutdown: impl Future<Output = ()> + Send + 'static) -> std::io::Result<()> {
    axum::serve(listener, lambda.router()).with_graceful_shutdown(shutdown).await
}

/// Lambda allows whatever headers are asked for, and exposes these.
fn rules(origins: Vec<String>) -> Rules {
    let expose = vec!["x-amzn-RequestId", "x-amzn-ErrorType", "x-amzn-ErrorMessage", "Date", "x-amz-log-result", "x-amz-function-error"];
    Rules::new(vec![Rule { origins, methods: vec![Method::POST], headers: vec!["*"], expose, max_age_seconds: 172_800 }])
}

async fn answer(State((lambda, rules)): State<(Arc<Lambda>, Arc<Rules>)>, request: Request) -> Response {
    let id = request_uuid();
    let cors = rules.actual(request.headers(), request.method());
    let mut response = if !host_is_allowed(request.headers(), &lambda.allowed_hosts) {
        (StatusCode::FORBIDDEN, "This host name is not served here").into_response()
    } else if request.method() == Method::OPTIONS {
        let asking = Asking::of(request.uri().path(), &id);
        match rules.preflight(request.headers()) {
            Ok(_) if asking.is_some_and(|asking| !asking.lets_pages_ask()) => StatusCode::FORBIDDEN.into_response(),
            Ok(headers) => (StatusCode::OK, headers).into_response(),
            Err(_) => StatusCode::FORBIDDEN.into_response(),
        }
    } else {
        route(&lambda, request, &id).await
    };
    let headers = response.headers_mut();
    headers.extend(cors);
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert("x-amzn-requestid", id);
    }
    response
}

async fn route(lambda: &Arc<Lambda>, request: Request, id: &str) -> Response {
    let (parts, body) = request.into_parts();
    match Asking::of(parts.uri.path(), id).filter(|_| parts.method == Method::POST) {
        Some(asking) => invoke::invoke(lambda, &parts, body, asking).await.unwrap_or_else(Response::from),
        None => invoke::Refusal::unknown_operation().into(),
    }
}

fn host_is_allowed(headers: &HeaderMap, allowed: &[String]) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    let first = hosts.next().is_some_and(|host| allowed.iter().any(|allowed| allowed.as_bytes() == host.as_bytes()));
    first && hosts.next().is_none()
}

/// A request id in the form of a UUID, as Lambda's are.
fn request_uuid() -> String {
    let random = request_id(16);
    let hex = random.to_str().unwrap_or_default().to_ascii_lowercase();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

#[cfg(test)]
mod tests;
