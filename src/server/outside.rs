//! The outside world over HTTP: key server, discovery document, JWKS; for checks anything else.
//!
//! [`Fetch`] and [`Ask`] are the seams that tests replace; [`HttpFetch`] is the network. It never
//! follows a redirect, never reads more than it was told to, and never waits longer than five seconds.
//! Whether an address may be plain `http` was decided where the address came from.

use crate::model::secret::Secret;
use crate::words::{Sentence, say};
use async_trait::async_trait;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use reqwest::redirect::Policy;
use std::error::Error;
use std::time::Duration;
use thiserror::Error;
use tokio::sync::OnceCell;
use url::Url;
use zeroize::Zeroizing;

/// Fetches small documents.
#[async_trait]
pub trait Fetch: Send + Sync {
    /// Gets the body of `url`: at most `limit` bytes, within five seconds, no redirect followed.
    ///
    /// # Errors
    /// [`FetchError`] when there is no such 200 answer.
    async fn get(&self, url: &Url, limit: usize) -> Result<Vec<u8>, FetchError>;
}

/// Asks, and looks at the whole answer, whatever its status.
#[async_trait]
pub trait Ask: Send + Sync {
    /// Sends a request without a body. Of the answer's body the beginning is read.
    ///
    /// # Errors
    /// [`Unanswered`] when there was no answer within five seconds.
    async fn ask(&self, question: Question) -> Result<Reply, Unanswered>;
}

/// Sends forms that hold secrets, and reads answers that are secrets.
#[async_trait]
pub trait Post: Send + Sync {
    /// Posts a form. Of the answer's body at most `limit` bytes are taken; a longer one is none.
    ///
    /// # Errors
    /// [`Unanswered`] when there was no answer within five seconds.
    async fn post(&self, url: &Url, form: Secret, limit: usize) -> Result<Posted, Unanswered>;
}

/// The answer to a form.
#[derive(Clone, Debug)]
pub struct Posted {
    /// HTTP status; redirects are answers too.
    pub status: u16,
    /// The body.
    pub body: Secret,
}

/// A request without a body.
#[derive(Clone, Debug)]
pub struct Question {
    /// Method.
    pub method: Method,
    /// Where to.
    pub url: Url,
    /// Headers beside those of the connection.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl Question {
    /// A plain GET.
    #[must_use]
    pub fn get(url: Url) -> Self {
        Self { method: Method::GET, url, headers: Vec::new() }
    }
}

/// An answer of any kind.
#[derive(Clone, Debug)]
pub struct Reply {
    /// HTTP status; redirects are answers too.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// The beginning of the body.
    pub body: Vec<u8>,
}

impl Reply {
    /// The first header of this name, if it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// There was no answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{error} ({cause})")]
pub struct Unanswered {
    /// In one word.
    pub error: FetchError,
    /// What the system or TLS says of it.
    pub cause: String,
}

/// Why a document could not be had.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FetchError {
    /// Answered, but not with 200.
    #[error("{}", self.sentence())]
    Status(u16),
    /// The body is longer than allowed.
    #[error("{}", self.sentence())]
    TooLarge(usize),
    /// No whole answer in time.
    #[error("{}", self.sentence())]
    TimedOut,
    /// No connection, or the connection broke.
    #[error("{}", self.sentence())]
    Unreachable,
}

impl FetchError {
    /// What stands behind the name of what was asked.
    #[must_use]
    pub fn sentence(&self) -> Sentence {
        match self {
            Self::Status(status) => say!("answered with status {status}", status = *status),
            Self::TooLarge(limit) => say!("answered with a body of more than {bytes} bytes", bytes = *limit),
            Self::TimedOut => say!("did not answer within five seconds"),
            Self::Unreachable => say!("could not be reached"),
        }
    }
}

const TIME_LIMIT: Duration = Duration::from_secs(5);
const CONNECT_TIME_LIMIT: Duration = Duration::from_secs(2);
/// Most bytes of an answer's body that [`Ask`] reads.
const BEGINNING: usize = 16 * 1_024;

/// The network.
///
/// The client, with the system's root certificates, is made at the first call, so that it costs
/// nothing at start-up. Proxies named in the environment are not used: what is fetched decides who
/// may come in, and nothing but the configuration says from where.
#[derive(Debug, Default)]
pub struct HttpFetch {
    client: OnceCell<reqwest::Client>,
}

impl HttpFetch {
    async fn client(&self) -> Result<&reqwest::Client, FetchError> {
        self.client.get_or_try_init(|| async { build().await.ok_or(FetchError::Unreachable) }).await
    }
}

/// Reading the root certificates blocks for some milliseconds.
async fn build() -> Option<reqwest::Client> {
    let built = tokio::task::spawn_blocking(|| {
        reqwest::Client::builder()
            .redirect(Policy::none())
            .timeout(TIME_LIMIT)
            .connect_timeout(CONNECT_TIME_LIMIT)
            .no_proxy()
            .referer(false)
            .user_agent(concat!("vestibule/", env!("CARGO_PKG_VERSION")))
            .build()
    });
    match built.await {
        Ok(Ok(client)) => Some(client),
        Ok(Err(error)) => {
            tracing::error!(%error, "could not set up TLS for outgoing requests");
            None
        }
        Err(_) => None,
    }
}

#[async_trait]
impl Fetch for HttpFetch {
    async fn get(&self, url: &Url, limit: usize) -> Result<Vec<u8>, FetchError> {
        let mut response = self.client().await?.get(url.clone()).send().await.map_err(unfetched)?;
        if response.status() != reqwest::StatusCode::OK {
            return Err(FetchError::Status(response.status().as_u16()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unfetched)? {
            if body.len() + chunk.len() > limit {
                return Err(FetchError::TooLarge(limit));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

#[async_trait]
impl Ask for HttpFetch {
    async fn ask(&self, question: Question) -> Result<Reply, Unanswered> {
        let client = self.client().await.map_err(|error| Unanswered { error, cause: "TLS could not be set up".to_owned() })?;
        let mut request = client.request(question.method, question.url);
        for (name, value) in question.headers {
            request = request.header(name, value);
        }
        let mut response = request.send().await.map_err(unanswered)?;
        let mut body = Vec::new();
        while body.len() < BEGINNING
            && let Some(chunk) = response.chunk().await.map_err(unanswered)?
        {
            body.extend_from_slice(&chunk);
        }
        body.truncate(BEGINNING);
        Ok(Reply { status: response.status().as_u16(), headers: response.headers().clone(), body })
    }
}

#[async_trait]
impl Post for HttpFetch {
    async fn post(&self, url: &Url, form: Secret, limit: usize) -> Result<Posted, Unanswered> {
        let client = self.client().await.map_err(|error| Unanswered { error, cause: "TLS could not be set up".to_owned() })?;
        let request = client.post(url.clone()).header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form.expose().to_owned());
        let mut response = request.send().await.map_err(unanswered)?;
        let status = response.status().as_u16();
        let mut body = Zeroizing::new(Vec::new());
        while let Some(chunk) = response.chunk().await.map_err(unanswered)? {
            if body.len() + chunk.len() > limit {
                return Err(Unanswered { error: FetchError::TooLarge(limit), cause: "the answer was given up".to_owned() });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Posted { status, body: Secret::new(String::from_utf8_lossy(&body)) })
    }
}

fn unanswered(error: reqwest::Error) -> Unanswered {
    let mut innermost: &(dyn Error + 'static) = &error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    let cause = innermost.to_string();
    Unanswered { error: unfetched(error), cause }
}

#[expect(clippy::needless_pass_by_value, reason = "is given to map_err")]
fn unfetched(error: reqwest::Error) -> FetchError {
    if error.is_timeout() { FetchError::TimedOut } else { FetchError::Unreachable }
}

#[cfg(test)]
mod tests;
