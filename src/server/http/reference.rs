//! References: what ties an answer to its log lines.

use super::trace_id::TraceId;
use crate::model::error::{ErrorCode, PortalError};
use crate::server::credentials::session_name::random_text;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use tracing::Instrument;
use tracing::field::Empty;

const LENGTH: usize = 16;
/// Most characters of a path that stand in each line; a head may hold a hundred thousand.
const PATH: usize = 256;

/// A request's reference: 16 random characters, in its log lines and in its error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference(String);

impl Default for Reference {
    /// A new one.
    fn default() -> Self {
        Self(random_text::<LENGTH>().unwrap_or_else(|| "unavailable".to_owned()))
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Reference {
    /// Puts the reference into an error and logs it in English; what is given back is in the person's language. An
    /// error that has a reference already was logged where it got it, and stays as it is.
    #[must_use]
    pub fn report(&self, call: &str, mut error: PortalError) -> PortalError {
        if !error.reference.is_empty() {
            return error;
        }
        error.reference.clone_from(&self.0);
        let (code, rule, message) = (error.code.as_str(), error.rule.as_deref(), error.message.as_str());
        match error.code {
            ErrorCode::Internal => tracing::error!(event = "refusal", reference = %self, call, code, rule, message, "refused"),
            ErrorCode::MintMisconfigured | ErrorCode::MintUnavailable => {
                tracing::warn!(event = "refusal", reference = %self, call, code, rule, message, "refused");
            }
            _ => tracing::info!(event = "refusal", reference = %self, call, code, rule, message, "refused"),
        }
        error.translate()
    }
}

/// Gives every request a reference, and a span that every line of the log shows: the reference, the
/// balancer's trace id, and the person, role and strategy once a call has found them out. Turns a panic
/// into `internal`.
pub async fn layer(mut request: Request, next: Next) -> Response {
    let reference = Reference::default();
    request.extensions_mut().insert(reference.clone());
    let is_api = request.uri().path().starts_with("/api/");
    // At the level of errors, so that a filter that lets an error through lets its reference through.
    let trace_id = TraceId::of(request.headers());
    let path: String = request.uri().path().chars().take(PATH).collect();
    let span = tracing::error_span!(
        "request",
        reference = %reference,
        trace_id = trace_id.as_ref().map(TraceId::as_str),
        method = %request.method(),
        path,
        subject = Empty,
        role = Empty,
        strategy = Empty
    );
    let answer = caught(next.run(request)).instrument(span).await;
    answer.unwrap_or_else(|| {
        let error = PortalError::defect();
        let error = reference.report("panic", error);
        if is_api {
            super::api_layer::error_response(&error)
        } else {
            (StatusCode::INTERNAL_SERVER_ERROR, format!("{} {} Reference: {reference}\n", error.message, error.next_step)).into_response()
        }
    })
}

/// `None` when the future panics.
async fn caught<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(poll) => poll.map(Some),
        Err(_) => std::task::Poll::Ready(None),
    })
    .await
}
