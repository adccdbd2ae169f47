//! Requests to the portal and to AWS.
//!
//! Dropping the future of [`send`] aborts the request.

use super::file::Piece;
use super::platform;
use crate::aws::request::{Answer, Request};
use futures::stream::LocalBoxStream;
use std::fmt;
use std::future::Future;
use thiserror::Error;

/// How long S3 may take to begin its answer, in milliseconds.
pub const SHORT: u32 = 5_000;

/// How long the portal may take. It gives the services behind it 5 seconds and then says which one
/// did not answer; that word must still arrive.
pub const PORTAL: u32 = 8_000;

/// How long the rest of an answer may take at least once it has begun: a page of a listing has 300 kB, and
/// some networks 100 kbit/s.
pub const BODY: u32 = 30_000;

/// Under which name the document of a page leaves what it has asked the portal for before the program was there: `path`,
/// `body`, the promise of an `answer`, and `stop`, which aborts it.
pub const BEGUN: &str = "vestibuleBegun";

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TransportError {
    /// The device has no network.
    #[error("the device is offline")]
    Offline,
    /// It did not come, and the browser does not say why: CORS, DNS, TLS, content security policy
    /// and a broken connection look the same to a script.
    #[error("the browser got no readable answer")]
    Network,
    /// Not within the time.
    #[error("no whole answer within {milliseconds} ms")]
    TimedOut {
        /// The time it had.
        milliseconds: u32,
    },
    /// Given up by the page.
    #[error("the request was aborted")]
    Aborted,
    /// A redirect, which is not followed and shows nothing of itself.
    #[error("the answer was a redirect")]
    Redirected,
    /// The answer broke off, or is nothing that the page can hold.
    #[error("the answer broke off")]
    Unreadable,
    /// It was not sent: not a URL, or headers that no page may set.
    #[error("the browser did not send the request")]
    Refused,
}

/// Whom a request goes to, which settles what the browser adds to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// The portal's own origin, with the balancer's cookie. A redirect is an answer in itself: the
    /// balancer wants the person to sign in.
    Portal,
    /// S3 or Lambda: no cookies. A request without headers of ours follows redirects, because S3's
    /// 301 says the right region only in its body; one with headers does not, because they carry
    /// the session token.
    Service,
}

/// A request as `fetch` takes it.
#[derive(Clone, Copy)]
pub struct Outgoing<'a> {
    /// Whom it goes to.
    pub destination: Destination,
    /// Method.
    pub method: &'a str,
    /// Whole URL, or a path on the portal.
    pub url: &'a str,
    /// Headers.
    pub headers: &'a [(&'a str, &'a str)],
    /// Body, where there is one.
    pub body: Option<Body<'a>>,
    /// Milliseconds until the answer must begin; then it has as many to arrive, and [`BODY`] at least.
    pub time_limit: u32,
}

/// The body of a request.
#[derive(Clone, Copy)]
pub enum Body<'a> {
    /// These bytes.
    Bytes(&'a [u8]),
    /// A piece of a file, which the browser reads as it sends it: nothing of it is in memory.
    Piece(&'a Piece),
}

/// Sends and waits for the whole answer. Never from or into the HTTP cache, never with a
/// `Referer`.
///
/// # Errors
/// [`TransportError`] when there is no answer; any status is an answer.
pub fn send(outgoing: Outgoing<'_>) -> impl Future<Output = Result<Answer, TransportError>> {
    platform::fetch(outgoing)
}

/// Sends a signed request whose answer may be large: the page's memory does not grow with what it reads. The whole answer
/// has so many milliseconds.
///
/// # Errors
/// As [`send`].
pub async fn receive(request: &Request, time_limit: u32) -> Result<Answer, TransportError> {
    let headers: Vec<(&str, &str)> = request.headers().collect();
    let (method, url) = (request.method().as_str(), request.url());
    platform::receive(Outgoing { destination: Destination::Service, method, url, headers: &headers, body: None, time_limit }).await
}

/// An answer that has begun: what stands before its body, and the body as it comes. Dropped, it is not waited for any more.
pub struct Opened {
    /// HTTP status.
    pub status: u16,
    /// Headers that the browser let us see. Names may be in any case.
    pub headers: Vec<(String, String)>,
    /// The bytes, in the pieces in which they come. Nothing comes behind an error.
    pub body: LocalBoxStream<'static, Result<Vec<u8>, TransportError>>,
}

impl Opened {
    /// Whether the status is one of success.
    #[must_use]
    pub const fn is_success(&self) -> bool {
        self.status >= 200 && self.status < 300
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened").field("status", &self.status).finish_non_exhaustive()
    }
}

/// Sends a signed request as it stands and gives its answer once that has begun. The whole answer has so many
/// milliseconds.
///
/// # Errors
/// As [`send`].
pub async fn open_signed(request: &Request, time_limit: u32) -> Result<Opened, TransportError> {
    let headers: Vec<(&str, &str)> = request.headers().collect();
    let body = Some(Body::Bytes(request.body())).filter(|_| !request.body().is_empty());
    let (method, url) = (request.method().as_str(), request.url());
    platform::open(Outgoing { destination: Destination::Service, method, url, headers: &headers, body, time_limit }).await
}

/// Sends a signed request as it stands.
///
/// # Errors
/// As [`send`].
pub async fn send_signed(request: &Request, time_limit: u32) -> Result<Answer, TransportError> {
    send_with(request, Some(Body::Bytes(request.body())).filter(|_| !request.body().is_empty()), time_limit).await
}

/// Sends a signed request that has its body from elsewhere.
///
/// # Errors
/// As [`send`].
pub async fn send_with(request: &Request, body: Option<Body<'_>>, time_limit: u32) -> Result<Answer, TransportError> {
    let headers: Vec<(&str, &str)> = request.headers().collect();
    send(Outgoing {
        destination: Destination::Service,
        method: request.method().as_str(),
        url: request.url(),
        headers: &headers,
        body,
        time_limit,
    })
    .await
}
