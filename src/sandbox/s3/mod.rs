//! The stand-in for S3: `s3s` as the protocol layer over ordered maps in memory.
//!
//! `s3s` routes, parses and writes XML and verifies signatures. Tokens, expiry, policies, hosts and
//! CORS are decided here, because `s3s` leaves them to its user. Buckets are addressed in the path.
//! It takes time from the [`Clock`], except for the signature's age, which `s3s` compares with the
//! system's clock.

mod access;
pub mod bucket;
mod conditions;
mod copying;
mod deleting;
mod front;
pub mod gallery;
pub mod listing;
mod multipart;
pub mod object;
mod operations;
mod pace;
mod receive;
pub mod seed;
pub mod synthetic;
mod tagging;
mod uploads;
mod versioning;
pub mod versions;

pub use self::bucket::Buckets;
pub use self::seed::seed;

use super::registry::Registry;
use crate::model::clock::Clock;
use axum::Router;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// What the stand-in needs.
#[derive(Clone)]
pub struct S3 {
    /// The buckets.
    pub buckets: Arc<Buckets>,
    /// The sessions that STS issued.
    pub registry: Arc<Registry>,
    /// Tells when a session has expired.
    pub clock: Arc<dyn Clock>,
    /// How long every answer waits.
    pub latency: Duration,
    /// The values of `Host` that are answered, `127.0.0.1:3002` and `localhost:3002`.
    pub allowed_hosts: Vec<String>,
    /// The origins that the buckets' CORS rules allow.
    pub cors_origins: Vec<String>,
}

impl S3 {
    /// The service, to be put on a listener or asked directly.
    pub fn router(self) -> Router {
        front::router(self)
    }
}

/// Answers requests until `shutdown` completes.
///
/// # Errors
/// When the listener fails.
pub async fn serve(listener: TcpListener, s3: S3, shutdown: impl Future<Output = ()> + Send + 'static) -> std::io::Result<()> {
    axum::serve(listener, s3.router()).with_graceful_shutdown(shutdown).await
}

#[cfg(test)]
mod tests;
