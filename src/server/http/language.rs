//! The language of an answer: chosen once a request, in force while anything of it is written.
//!
//! Everything between the request's head and the last byte of the answer runs under it: pages are
//! written as they are sent, so the body is polled under it too.

use crate::server::languages::find;
use crate::server::languages::negotiation::choose;
use crate::words::{Catalogue, in_language, language};
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::{ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_TYPE, COOKIE, VARY};
use hyper::body::{Frame, SizeHint};
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

/// Answers in the person's language.
pub async fn layer(State(in_sandbox): State<bool>, mut request: Request, next: Next) -> Response {
    let Some(translation) = choose(request.headers(), in_sandbox) else { return tagged(next.run(request).await) };
    request.extensions_mut().insert(translation);
    let catalogue = Some(&translation.catalogue);
    let mut answering = pin!(next.run(request));
    let response = poll_fn(|context| in_language(catalogue, || answering.as_mut().poll(context))).await;
    let response = in_language(catalogue, || tagged(response));
    response.map(|body| Body::new(Spoken { catalogue, body }))
}

/// Says of what people read which language it is in, and what that hangs on.
fn tagged(mut response: Response) -> Response {
    let headers = response.headers_mut();
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.starts_with("text/html") || kind.starts_with("application/json") {
        headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(language().code));
        headers.append(VARY, HeaderValue::from_name(ACCEPT_LANGUAGE));
        headers.append(VARY, HeaderValue::from_name(COOKIE));
    }
    response
}

/// The texts of a language, for browsers. The name in pages holds a hash of them; under any other there is what there is
/// now, as a page of an older portal may still ask for its own.
#[must_use]
pub(super) fn script(path: &str) -> Option<Response> {
    let code = path.strip_prefix("/pkg/words.")?.strip_suffix(".js")?.split('.').next()?;
    let translation = find(code)?;
    let cache = if path == translation.path { "public, max-age=31536000, immutable" } else { "no-cache" };
    let headers = [(CONTENT_TYPE, "text/javascript; charset=utf-8"), (CACHE_CONTROL, cache)];
    Some((headers, translation.script.as_str()).into_response())
}

/// A body that is written in a language.
struct Spoken {
    catalogue: Option<&'static Catalogue>,
    body: Body,
}

impl HttpBody for Spoken {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let catalogue = self.catalogue;
        in_language(catalogue, || Pin::new(&mut self.body).poll_frame(context))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
