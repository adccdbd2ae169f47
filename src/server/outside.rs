//! The outside world over HTTP GET: key server, discovery document, JWKS.

use async_trait::async_trait;
use thiserror::Error;
use url::Url;

/// Fetches small documents.
#[async_trait]
pub trait Fetch: Send + Sync {
    /// Gets the body of `url`: at most `limit` bytes, within five seconds, no redirect followed.
    ///
    /// # Errors
    /// [`FetchError`] when there is no such 200 answer.
    async fn get(&self, url: &Url, limit: usize) -> Result<Vec<u8>, FetchError>;
}

/// Why a document could not be had.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FetchError {
    /// Answered, but not with 200.
    #[error("answered with status {0}")]
    Status(u16),
    /// The body is longer than allowed.
    #[error("answered with a body of more than {0} bytes")]
    TooLarge(usize),
    /// No whole answer in time.
    #[error("did not answer within five seconds")]
    TimedOut,
    /// No connection, or the connection broke.
    #[error("could not be reached")]
    Unreachable,
}
