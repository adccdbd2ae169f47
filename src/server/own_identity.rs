//! The server's own AWS identity, for the strategies and stores that need one: the role of its task,
//! instance or pod, or what the environment names (aws-config's default chain).
//!
//! Making a client sends nothing. Credentials are looked for with the first call, and renewed by the
//! SDK.

use super::config;
use crate::model::secret::Secret;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::OnceCell;

/// Longest wait for an answer of AWS, retries included.
pub const DEADLINE: Duration = Duration::from_secs(5);
/// Longest wait for a connection.
pub const CONNECT: Duration = Duration::from_millis(1_500);
/// Longest search for credentials: less than [`DEADLINE`], so that what fails is told apart.
const SEARCH: Duration = Duration::from_secs(3);

/// What every client that signs with the server's own identity is made from.
pub async fn load(aws: &config::Aws) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(aws.region.clone()))
        .timeout_config(TimeoutConfig::builder().connect_timeout(CONNECT).operation_timeout(DEADLINE).build())
        .load()
        .await
}

/// The identity itself: where its credentials come from, and what of them must not be seen.
#[derive(Clone)]
pub struct OwnIdentity(Arc<Shared>);

struct Shared {
    aws: config::Aws,
    /// In place of the default chain.
    given: Option<SharedCredentialsProvider>,
    settings: OnceCell<SdkConfig>,
    held: Arc<Held>,
}

impl OwnIdentity {
    /// Whatever the default chain finds, when it is first needed.
    #[must_use]
    pub fn found(aws: &config::Aws) -> Self {
        Self::new(aws, None)
    }

    /// With credentials from this provider only.
    #[must_use]
    pub fn given(aws: &config::Aws, provider: SharedCredentialsProvider) -> Self {
        Self::new(aws, Some(provider))
    }

    fn new(aws: &config::Aws, given: Option<SharedCredentialsProvider>) -> Self {
        Self(Arc::new(Shared { aws: aws.clone(), given, settings: OnceCell::new(), held: Arc::default() }))
    }

    /// What clients are made from. Nothing is sent.
    pub async fn settings(&self) -> &SdkConfig {
        let shared = &*self.0;
        shared
            .settings
            .get_or_init(|| async {
                let settings = match &shared.given {
                    // Nothing of the environment has a say in it.
                    Some(provider) => SdkConfig::builder()
                        .behavior_version(BehaviorVersion::latest())
                        .region(Region::new(shared.aws.region.clone()))
                        .credentials_provider(provider.clone())
                        .build(),
                    None => load(&shared.aws).await,
                };
                let watch = |source| SharedCredentialsProvider::new(Watched { source, held: Arc::clone(&shared.held) });
                let watched = settings.credentials_provider().map(watch);
                let mut watching = settings.into_builder();
                watching.set_credentials_provider(watched);
                watching.build()
            })
            .await
    }

    /// What of the credentials in use must not be seen: what answers in AWS's place may repeat it.
    #[must_use]
    pub fn secrets(&self) -> Vec<Secret> {
        self.0.held.lock()
    }
}

impl fmt::Debug for OwnIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnIdentity").field("given", &self.0.given.is_some()).finish_non_exhaustive()
    }
}

/// The secrets of the credentials that were found last; none before the first were.
#[derive(Default)]
struct Held(Mutex<Vec<Secret>>);

impl Held {
    fn lock(&self) -> Vec<Secret> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, credentials: &Credentials) {
        let secrets = [Some(credentials.secret_access_key()), credentials.session_token()];
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = secrets.into_iter().flatten().map(Secret::new).collect();
    }
}

/// A provider that keeps in mind what it gave, and that does not search for longer than [`SEARCH`].
struct Watched {
    source: SharedCredentialsProvider,
    held: Arc<Held>,
}

impl ProvideCredentials for Watched {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            let search = tokio::time::timeout(SEARCH, self.source.provide_credentials()).await;
            let credentials = search.unwrap_or_else(|_| Err(CredentialsError::provider_timed_out(SEARCH)))?;
            self.held.keep(&credentials);
            Ok(credentials)
        })
    }
}

impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watched")
    }
}
