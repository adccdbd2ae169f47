//! The portal's work: what stands behind every server function.
//!
//! [`Portal`] holds what all requests share; [`Call`] is one request's way to it. Input comes from
//! the request's head and the parsed body, never from a page.

mod admin;
mod call;
mod console;
mod examining;
mod flow;
pub(in crate::server) mod places;
mod refusals;
pub mod regions;
pub mod renewal;

pub use call::Call;

use crate::model::clock::{Clock, Timestamp};
use crate::model::names::RoleId;
use crate::model::role::Strategy;
use crate::server::config::loader::Loaded;
use crate::server::config::{Config, Role, Store, Warning};
use crate::server::console::Console;
use crate::server::credentials::Minter;
use crate::server::credentials::assume_role::AssumeRole;
use crate::server::credentials::attempts::Attempts;
use crate::server::credentials::identity_pool::IdentityPool;
use crate::server::credentials::minting::Minting;
use crate::server::credentials::self_issued::SelfIssued;
use crate::server::credentials::web_identity::WebIdentity;
use crate::server::flow::KeptMints;
use crate::server::identity::{Authenticator, Stages};
use crate::server::issuer::Issuer;
use crate::server::issuer::key_file::KeyFileError;
use crate::server::metrics::{CountedFetch, Metrics};
use crate::server::outside::{Ask, Fetch, HttpFetch, Post};
use crate::server::own_identity::OwnIdentity;
use crate::server::revocation::role_policies::{Iam, RolePolicies};
use crate::server::sessions::dynamodb::DynamoDbStore;
use crate::server::sessions::sqlite::{OpenError, SqliteStore};
use crate::server::sessions::{SessionStore, StoreError};
use examining::Examiner;
use refusals::Refusals;
use regions::{BucketRegions, FindRegion, HeadBucket};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use thiserror::Error;
use tokio::sync::Notify;

/// Everything that requests share.
pub struct Portal {
    config: Config,
    roles: Vec<Arc<Role>>,
    clock: Arc<dyn Clock>,
    fetch: Arc<dyn Fetch>,
    /// Sign-in to the console.
    post: Arc<dyn Post>,
    authenticator: Arc<Authenticator>,
    minting: Arc<Minting>,
    store: Arc<dyn SessionStore>,
    regions: BucketRegions,
    attempts: Arc<Attempts>,
    refusals: Arc<Refusals>,
    /// Rung when what the roles' policies must deny has changed.
    denies_are_due: Arc<Notify>,
    role_policies: Option<Arc<dyn RolePolicies>>,
    issuer: Option<Arc<Issuer>>,
    metrics: Arc<Metrics>,
    examiner: Arc<Examiner>,
    /// What the configuration's loader said of it.
    warnings: Vec<Warning>,
    /// The latest mints, for the page *Flow*.
    mints: Arc<KeptMints>,
}

/// The outside world as the portal sees it; tests put their own in.
#[derive(Clone)]
pub struct Outside {
    /// Key server, discovery document, JWKS.
    pub fetch: Arc<dyn Fetch>,
    /// Whatever the doctor asks.
    pub ask: Arc<dyn Ask>,
    /// Sign-in to the console.
    pub post: Arc<dyn Post>,
    /// The server's own identity, where the doctor may use it.
    pub identity: Option<OwnIdentity>,
    /// Where sessions are kept.
    pub store: Arc<dyn SessionStore>,
    /// Finds the region of a bucket that names none.
    pub regions: Arc<dyn FindRegion>,
    /// The roles' inline policies, where ends are enforced by IAM.
    pub role_policies: Option<Arc<dyn RolePolicies>>,
    /// A way to mint for each strategy that a role names.
    pub minters: HashMap<Strategy, Arc<dyn Minter>>,
    /// The portal's own issuer, whose documents are published.
    pub issuer: Option<Arc<Issuer>>,
}

/// Why the portal cannot start.
#[derive(Debug, Error)]
pub enum PortalStartError {
    /// The session store is not usable.
    #[error(transparent)]
    Sessions(#[from] OpenError),
    /// A signing key is not usable.
    #[error(transparent)]
    SigningKey(#[from] KeyFileError),
}

impl Outside {
    /// The real one. Opens the session store and reads signing keys in files; nothing is sent.
    ///
    /// # Errors
    /// [`PortalStartError`] when one of them is not usable.
    pub fn new(config: &Config, clock: &Arc<dyn Clock>) -> Result<Self, PortalStartError> {
        let identity = OwnIdentity::found(&config.aws);
        let store: Arc<dyn SessionStore> = match &config.sessions.store {
            Store::Sqlite { path } => Arc::new(SqliteStore::open(path, &**clock)?),
            Store::DynamoDb { table, endpoint } => {
                Arc::new(DynamoDbStore::new(table.clone(), config.sessions.keep_days, &identity, endpoint.clone()))
            }
        };
        let Strategies { minters, issuer } = Strategies::new(config, &identity, clock)?;
        let network = Arc::new(HttpFetch::default());
        Ok(Self {
            fetch: Arc::clone(&network) as _,
            post: Arc::clone(&network) as _,
            ask: network,
            store,
            regions: Arc::new(HeadBucket::default()),
            role_policies: role_policies(config, &identity),
            identity: Some(identity),
            minters,
            issuer,
        })
    }
}

/// The ways to mint that a configuration names.
struct Strategies {
    minters: HashMap<Strategy, Arc<dyn Minter>>,
    /// The portal's own issuer, whose documents are published.
    issuer: Option<Arc<Issuer>>,
}

impl Strategies {
    /// Reads signing keys in files; nothing is sent.
    fn new(config: &Config, identity: &OwnIdentity, clock: &Arc<dyn Clock>) -> Result<Self, KeyFileError> {
        let web_identity: Arc<dyn Minter> = Arc::new(WebIdentity::new(&config.aws));
        let assume_role: Arc<dyn Minter> = Arc::new(AssumeRole::new(&config.aws, identity.clone()));
        let mut minters = HashMap::from([(Strategy::WebIdentity, web_identity), (Strategy::AssumeRole, assume_role)]);
        if let Some(pool) = &config.identity_pool {
            minters.insert(Strategy::IdentityPool, Arc::new(IdentityPool::new(&config.aws, pool.clone(), identity.clone())));
        }
        let issuer = issuer(config, identity, clock)?;
        if let Some(issuer) = &issuer {
            minters.insert(Strategy::SelfIssued, Arc::new(SelfIssued::new(Arc::clone(issuer), &config.aws)));
        }
        Ok(Self { minters, issuer })
    }
}

/// The portal's own issuer, where a configuration has one. Reads signing keys in files; nothing is sent.
///
/// # Errors
/// [`KeyFileError`] for a signing key that is not usable.
pub(in crate::server) fn issuer(
    config: &Config,
    identity: &OwnIdentity,
    clock: &Arc<dyn Clock>,
) -> Result<Option<Arc<Issuer>>, KeyFileError> {
    let issuer = |settings| Issuer::new(settings, &config.aws.region, identity, Arc::clone(clock)).map(Arc::new);
    config.self_issued.as_ref().map(issuer).transpose()
}

/// The ways to mint that a configuration names. Reads signing keys in files; nothing is sent.
///
/// # Errors
/// [`KeyFileError`] for a signing key that is not usable.
pub(in crate::server) fn minters(
    config: &Config,
    identity: &OwnIdentity,
    clock: &Arc<dyn Clock>,
) -> Result<HashMap<Strategy, Arc<dyn Minter>>, KeyFileError> {
    Strategies::new(config, identity, clock).map(|strategies| strategies.minters)
}

/// The roles' inline policies, where ends are enforced by IAM.
fn role_policies(config: &Config, identity: &OwnIdentity) -> Option<Arc<dyn RolePolicies>> {
    config.revocation.iam.then(|| {
        let iam: Arc<dyn RolePolicies> = Arc::new(Iam::new(identity, config.revocation.iam_endpoint.clone()));
        iam
    })
}

impl Portal {
    /// The portal of this configuration. No network call is made.
    ///
    /// # Errors
    /// [`PortalStartError`] when the session store is not usable.
    pub fn new(loaded: Loaded, clock: Arc<dyn Clock>) -> Result<Arc<Self>, PortalStartError> {
        let outside = Outside::new(&loaded.config, &clock)?;
        Ok(Self::of(loaded, clock, outside))
    }

    /// The portal of this configuration in this surrounding.
    #[must_use]
    pub fn with(config: Config, clock: Arc<dyn Clock>, outside: Outside) -> Arc<Self> {
        Self::of(Loaded { config, warnings: Vec::new() }, clock, outside)
    }

    fn of(loaded: Loaded, clock: Arc<dyn Clock>, outside: Outside) -> Arc<Self> {
        let Loaded { config, warnings } = loaded;
        let metrics = Arc::new(Metrics::new());
        let fetch: Arc<dyn Fetch> = Arc::new(CountedFetch::new(outside.fetch, Arc::clone(&metrics)));
        Arc::new(Self {
            authenticator: Arc::new(Authenticator::new(&config, Arc::clone(&fetch), Arc::clone(&clock))),
            fetch,
            post: outside.post,
            roles: config.roles.iter().cloned().map(Arc::new).collect(),
            examiner: Arc::new(Examiner::new(outside.ask, outside.identity, Arc::clone(&outside.regions))),
            regions: BucketRegions::new(&config, outside.regions),
            attempts: Arc::default(),
            metrics,
            mints: Arc::default(),
            minting: Arc::new(Minting::new(outside.minters)),
            refusals: Arc::default(),
            denies_are_due: Arc::new(Notify::new()),
            role_policies: outside.role_policies,
            store: outside.store,
            issuer: outside.issuer,
            clock,
            config,
            warnings,
        })
    }

    /// The effective configuration.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The configured role of this id.
    pub(in crate::server) fn role(&self, id: &RoleId) -> Option<&Arc<Role>> {
        self.roles.iter().find(|role| role.id == *id)
    }

    /// The way to mint of this strategy, where a role names it.
    pub(in crate::server) fn minter(&self, strategy: Strategy) -> Option<&Arc<dyn Minter>> {
        self.minting.minter(strategy)
    }

    /// The time.
    pub(in crate::server) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The record of sessions.
    pub(in crate::server) fn store(&self) -> &dyn SessionStore {
        &*self.store
    }

    /// The roles' inline policies, where ends are enforced by IAM.
    pub(in crate::server) fn role_policies(&self) -> Option<Arc<dyn RolePolicies>> {
        self.role_policies.clone()
    }

    /// Waits until what the roles' policies must deny has changed.
    pub(in crate::server) async fn denies_due(&self) {
        self.denies_are_due.notified().await;
    }

    /// The portal's own issuer, where it is one.
    pub(in crate::server) fn issuer(&self) -> Option<&Arc<Issuer>> {
        self.issuer.as_ref()
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
        self.followed(headers, &mut Stages::default()).await
    }

    /// As [`authenticate`](Self::authenticate), and `stages` tells how far it came.
    pub(in crate::server) async fn followed(
        &self,
        headers: &http::HeaderMap,
        stages: &mut Stages,
    ) -> Result<crate::server::identity::Viewer, crate::model::error::PortalError> {
        let viewer = self.authenticator.followed(headers, stages).await;
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
                reachable.listings.extend(places::listing_sources(&self.config.aws, role, bucket, &region));
            }
            reachable.consoles.extend(Console::of(&self.config.aws, role).iter().flat_map(Console::form_targets));
            if !role.functions.is_empty() {
                reachable.functions.push(places::function_endpoint(&self.config.aws, role));
            }
        }
        for list in [&mut reachable.buckets, &mut reachable.listings, &mut reachable.functions, &mut reachable.consoles] {
            list.sort_unstable();
            list.dedup();
        }
        reachable
    }
}

/// Where the browser sends requests with minted credentials, and forms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::server) struct Reachable {
    /// Source expressions of the buckets.
    pub(in crate::server) buckets: Vec<String>,
    /// Source expressions of the buckets' second host names, which only listings use.
    pub(in crate::server) listings: Vec<String>,
    /// Origins of Lambda.
    pub(in crate::server) functions: Vec<String>,
    /// Where the form that opens the console leads.
    pub(in crate::server) consoles: Vec<String>,
}

impl fmt::Debug for Portal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Portal").field("config", &self.config).finish_non_exhaustive()
    }
}
