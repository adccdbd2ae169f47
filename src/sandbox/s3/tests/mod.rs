//! The stand-in over its whole service: who is let in, what is answered, and what the AWS SDK makes
//! of it.

mod browser;
mod hostile;
mod objects;
mod sdk;
mod uploads;
mod versions;

use super::{S3, seed};
use crate::model::credentials::Credentials;
use crate::sandbox::registry::Registry;
use crate::sandbox::trial::{ANALYST, Draft, HOST, PORTAL, TurnedClock, element, issue, read};
use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Request};
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt as _;

struct Stand {
    router: Router,
    registry: Arc<Registry>,
    clock: Arc<TurnedClock>,
}

impl Stand {
    fn new() -> Self {
        let (registry, clock) = (Arc::new(Registry::new()), Arc::new(TurnedClock::default()));
        let router = s3(&registry, &clock, vec![HOST.to_owned()]).router();
        Self { router, registry, clock }
    }

    /// Credentials of the analyst.
    fn analyst(&self) -> Credentials {
        issue(&self.registry, &*self.clock, ANALYST, None)
    }

    async fn ask(&self, request: Request<Body>) -> (u16, HeaderMap, String) {
        read(self.router.clone().oneshot(request).await.unwrap()).await
    }

    /// Status and error code.
    async fn refusal(&self, request: Request<Body>) -> (u16, String) {
        let (status, _, body) = self.ask(request).await;
        (status, element(&body, "Code").to_owned())
    }
}

fn s3(registry: &Arc<Registry>, clock: &Arc<TurnedClock>, allowed_hosts: Vec<String>) -> S3 {
    S3 {
        buckets: Arc::new(seed(2_500)),
        registry: Arc::clone(registry),
        clock: Arc::clone(clock) as Arc<_>,
        latency: Duration::ZERO,
        allowed_hosts,
        cors_origins: vec![PORTAL.to_owned(), "http://localhost:3000".to_owned()],
    }
}

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

fn list(target: &str) -> Draft<'_> {
    Draft::s3("GET", target)
}
