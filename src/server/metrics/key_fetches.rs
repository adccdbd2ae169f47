//! Counts what is fetched from key servers and identity providers.

use super::Metrics;
use crate::server::outside::{Fetch, FetchError};
use async_trait::async_trait;
use std::sync::Arc;
use url::Url;

/// Fetches, and counts how that ended.
pub(in crate::server) struct CountedFetch {
    fetch: Arc<dyn Fetch>,
    metrics: Arc<Metrics>,
}

impl CountedFetch {
    /// Around another.
    pub(in crate::server) fn new(fetch: Arc<dyn Fetch>, metrics: Arc<Metrics>) -> Self {
        Self { fetch, metrics }
    }
}

#[async_trait]
impl Fetch for CountedFetch {
    async fn get(&self, url: &Url, limit: usize) -> Result<Vec<u8>, FetchError> {
        let answer = self.fetch.get(url, limit).await;
        self.metrics.key_fetch(answer.as_ref().map(drop));
        answer
    }
}
