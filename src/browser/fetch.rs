//! Requests to the portal and to AWS.
//!
//! Dropping the future of [`send`] aborts the request.

use super::platform;
use crate::aws::request::{Answer, Request};
use std::future::Future;
use thiserror::Error;

/// How long the portal, the list and the metadata of objects may take.
pub const SHORT: u32 = 5_000;

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
    pub body: Option<&'a [u8]>,
    /// Milliseconds until the answer must be there as a whole.
    pub time_limit: u32,
}

/// Sends and waits for the whole answer. Never from or into the HTTP cache, never with a
/// `Referer`.
///
/// # Errors
/// [`TransportError`] when there is no answer; any status is an answer.
pub fn send(outgoing: Outgoing<'_>) -> impl Future<Output = Result<Answer, TransportError>> {
    platform::fetch(outgoing)
}

/// Sends a signed request as it stands.
///
/// # Errors
/// As [`send`].
pub async fn send_signed(request: &Request, time_limit: u32) -> Result<Answer, TransportError> {
    let headers: Vec<(&str, &str)> = request.headers().collect();
    send(Outgoing {
        destination: Destination::Service,
        method: request.method().as_str(),
        url: request.url(),
        headers: &headers,
        body: Some(request.body()).filter(|body| !body.is_empty()),
        time_limit,
    })
    .await
}
