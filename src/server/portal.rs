//! The portal's work: what stands behind every server function.
//!
//! [`Portal`] holds what all requests share; [`Call`] is one request's way to it. Input comes from
//! the request's head and the parsed body, never from a page.

mod call;
mod places;
pub mod regions;
pub mod renewal;

pub use call::Call;

use crate::model::clock::Clock;
use crate::model::role::Strategy;
use crate::server::config::{Config, Role, Sessions};
use crate::server::credentials::Minter;
use crate::server::credentials::attempts::Attempts;
use crate::server::credentials::web_identity::WebIdentity;
use crate::server::identity::Authenticator;
use crate::server::metrics::{CountedFetch, Metrics};
use crate::server::outside::{Fetch, HttpFetch};
use crate::server::sessions::sqlite::{OpenError, SqliteStore};
use crate::server::sessions::{SessionStore, StoreError};
use regions::{BucketRegions, FindRegion, HeadBucket};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use thiserror::Error;

/// Everything that requests share.
pub struct Portal {
    config: Config,
    roles: Vec<Arc<Role>>,
    clock: Arc<dyn Clock>,
    fetch: Arc<dyn Fetch>,
    authenticator: Arc<Authenticator>,
    minters: HashMap<Strategy, Arc<dyn Minter>>,
    store: Arc<dyn SessionStore>,
    regions: BucketRegions,
    attempts: Arc<Attempts>,
    metrics: Arc<Metrics>,
}

/// The outside world as the portal sees it; tests put their own in.
#[derive(Clone)]
pub struct Outside {
    /// Key server, discovery document, JWKS.
    pub fetch: Arc<dyn Fetch>,
    /// Where sessions are kept.
    pub store: Arc<dyn SessionStore>,
    /// Finds the region of a bucket that names none.
    pub regions: Arc<dyn FindRegion>,
    /// A way to mint for each strategy that a role names.
    pub minters: HashMap<Strategy, Arc<dyn Minter>>,
}

/// Why the portal cannot start.
#[derive(Debug, Error)]
pub enum PortalStartError {
    /// The session store is not usable.
    #[error(transparent)]
    Sessions(#[from] OpenError),
}

impl Outside {
    /// The real one. Opens the session store; nothing is sent.
    ///
    /// # Errors
    /// [`PortalStartError`] when the session store is not usable.
    pub fn new(config: &Config, clock: &dyn Clock) -> Result<Self, PortalStartError> {
        let store: Arc<dyn SessionStore> = match &config.sessions {
            Sessions::Sqlite { path } => Arc::new(SqliteStore::open(path, clock)?),
        };
        Ok(Self { fetch: Arc::new(HttpFetch::default()), store, regions: Arc::new(HeadBucket::default()), minters: minters(config) })
    }
}

/// A way to mint for each strategy. Nothing is sent.
fn minters(config: &Config) -> HashMap<Strategy, Arc<dyn Minter>> {
    let web_identity: Arc<dyn Minter> = Arc::new(WebIdentity::new(&config.aws));
    HashMap::from([(Strategy::WebIdentity, web_identity)])
}

impl Portal {
    /// The portal of this configuration. No network call is made.
    ///
    /// # Errors
    /// [`PortalStartError`] when the session store is not usable.
    pub fn new(config: Config, clock: Arc<dyn Clock>) -> Result<Arc<Self>, PortalStartError> {
        let outside = Outside::new(&config, &*clock)?;
        Ok(Self::with(config, clock, outside))
    }

    /// The portal of this configuration in this surrounding.
    #[must_use]
    pub fn with(config: Config, clock: Arc<dyn Clock>, outside: Outside) -> Arc<Self> {
        let metrics = Arc::new(Metrics::new());
        let fetch: Arc<dyn Fetch> = Arc::new(CountedFetch::new(outside.fetch, Arc::clone(&metrics)));
        Arc::new(Self {
            authenticator: Arc::new(Authenticator::new(&config, Arc::clone(&fetch), Arc::clone(&clock))),
            fetch,
            roles: config.roles.iter().cloned().map(Arc::new).collect(),
            regions: BucketRegions::new(&config, outside.regions),
            attempts: Arc::default(),
            metrics,
            minters: outside.minters,
            store: outside.store,
            clock,
            config,
        })
    }

    /// The effective configuration.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// What is counted.
    #[must_use]
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    /// Verifies a request's head. From then on the request's lines in the log say whose they are.
    pub(in crate::server) async fn authenticate(
        &self,
        headers: &http::HeaderMap,
    ) -> Result<crate::server::identity::Viewer, crate::model::error::PortalError> {
        let viewer = self.authenticator.authenticate(headers).await;
        self.metrics.verification(viewer.as_ref().map(drop));
        if let Ok(viewer) = &viewer {
            tracing::Span::current().record("subject", viewer.subject().as_str());
        }
        viewer
    }

    /// Whether sessions can be recorded.
    ///
    /// # Errors
    /// [`StoreError`] when they cannot.
    pub async fn ready(&self) -> Result<(), StoreError> {
        self.store.ready().await
    }

    /// The URLs below which the browser reaches the buckets and functions of all roles, for the
    /// content security policy. Finds missing regions.
    pub(in crate::server) async fn reachable(&self) -> Reachable {
        let mut reachable = Reachable::default();
        for role in &self.roles {
            for bucket in &role.buckets {
                let region = self.regions.of(bucket, role.arn.partition(), &*self.clock).await;
                reachable.buckets.extend(places::bucket_sources(&self.config.aws, role, bucket, &region));
            }
            if !role.functions.is_empty() {
                reachable.functions.push(places::function_endpoint(&self.config.aws, role));
            }
        }
        for list in [&mut reachable.buckets, &mut reachable.functions] {
            list.sort_unstable();
            list.dedup();
        }
        reachable
    }
}

/// Where the browser sends requests with minted credentials.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::server) struct Reachable {
    /// Source expressions of the buckets.
    pub(in crate::server) buckets: Vec<String>,
    /// Origins of Lambda.
    pub(in crate::server) functions: Vec<String>,
}

impl fmt::Debug for Portal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Portal").field("config", &self.config).finish_non_exhaustive()
    }
}
