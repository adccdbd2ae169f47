//! The server's own AWS identity, for the strategies and stores that need one: the role of its task,
//! instance or pod, or what the environment names (aws-config's default chain).
//!
//! There is one way to it, [`OwnIdentity`], and one kind of client that signs with it, [`OwnClient`].
//! Making either sends nothing. Credentials are looked for with the first call, and renewed by the SDK.

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
use url::Url;

/// Longest wait for an answer of AWS, retries included.
pub const DEADLINE: Duration = Duration::from_secs(5);
/// Longest wait for a connection.
pub const CONNECT: Duration = Duration::from_millis(1_500);
/// Longest search for credentials: less than [`DEADLINE`], so that what fails is told apart.
const SEARCH: Duration = Duration::from_secs(3);

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
        let region = || Region::new(shared.aws.region.clone());
        shared
            .settings
            .get_or_init(|| async {
                let settings = match &shared.given {
                    // Nothing of the environment has a say in it.
                    Some(provider) => SdkConfig::builder()
                        .behavior_version(BehaviorVersion::latest())
                        .region(region())
                        .credentials_provider(provider.clone())
                        .build(),
                    None => aws_config::defaults(BehaviorVersion::latest()).region(region()).load().await,
                };
                let watch = |source| SharedCredentialsProvider::new(Watched { source, held: Arc::clone(&shared.held) });
                let watched = settings.credentials_provider().map(watch);
                let mut watching = settings.into_builder();
                watching.set_credentials_provider(watched);
                watching.timeout_config(TimeoutConfig::builder().connect_timeout(CONNECT).operation_timeout(DEADLINE).build()).build()
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

/// A client that signs with the server's own identity. It is made with the first call, so that a portal
/// that never needs it never looks for an identity.
pub struct OwnClient<C>(Source<C>);

enum Source<C> {
    Made(C),
    Later { identity: OwnIdentity, make: Box<Make<C>>, made: OnceCell<C> },
}

/// Makes a client from the identity's settings.
type Make<C> = dyn Fn(&SdkConfig) -> C + Send + Sync;

impl<C> OwnClient<C> {
    /// The client that `make` makes when it is first asked for.
    #[must_use]
    pub fn of(identity: &OwnIdentity, make: impl Fn(&SdkConfig) -> C + Send + Sync + 'static) -> Self {
        Self(Source::Later { identity: identity.clone(), make: Box::new(make), made: OnceCell::new() })
    }

    /// One that has been made elsewhere, and has an identity of its own.
    #[must_use]
    pub fn made(client: C) -> Self {
        Self(Source::Made(client))
    }

    /// What of its identity must not be seen: what answers in AWS's place may repeat it.
    #[must_use]
    pub fn secrets(&self) -> Vec<Secret> {
        match &self.0 {
            Source::Made(_) => Vec::new(),
            Source::Later { identity, .. } => identity.secrets(),
        }
    }

    /// The client.
    pub async fn get(&self) -> &C {
        match &self.0 {
            Source::Made(client) => client,
            Source::Later { identity, make, made } => made.get_or_init(|| async { make(identity.settings().await) }).await,
        }
    }
}

impl<C> fmt::Debug for OwnClient<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OwnClient")
    }
}

/// An address as the SDK takes it in place of a service's own.
#[must_use]
pub fn endpoint(url: &Url) -> &str {
    url.as_str().trim_end_matches('/')
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[derive(Debug, Default)]
    struct Counted(Arc<AtomicUsize>);

    impl ProvideCredentials for Counted {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            self.0.fetch_add(1, Ordering::SeqCst);
            let credentials = Credentials::new("ASIAEXAMPLE", "the-secret-access-key", Some("the-session-token".into()), None, "test");
            future::ProvideCredentials::ready(Ok(credentials))
        }
    }

    #[tokio::test]
    async fn a_client_is_made_once_and_looks_for_no_credentials_before_it_sends() {
        let aws = config::samples::aws();
        let (searches, made) = (Arc::default(), Arc::new(AtomicUsize::new(0)));
        let identity = OwnIdentity::given(&aws, SharedCredentialsProvider::new(Counted(Arc::clone(&searches))));
        let counting = Arc::clone(&made);
        let client = OwnClient::of(&identity, move |settings| {
            counting.fetch_add(1, Ordering::SeqCst);
            settings.clone()
        });
        assert_eq!(made.load(Ordering::SeqCst), 0);
        let (one, two) = tokio::join!(client.get(), client.get());
        assert!(std::ptr::eq(one, two) && made.load(Ordering::SeqCst) == 1);
        assert_eq!((searches.load(Ordering::SeqCst), identity.secrets().len()), (0, 0));
        let timeouts = one.timeout_config().unwrap();
        assert_eq!((timeouts.connect_timeout(), timeouts.operation_timeout()), (Some(CONNECT), Some(DEADLINE)));
        one.credentials_provider().unwrap().provide_credentials().await.unwrap();
        assert_eq!((searches.load(Ordering::SeqCst), identity.secrets().len()), (1, 2), "and what was found is watched");
        let shown = format!("{client:?} {identity:?} {:?}", identity.secrets());
        assert!(!shown.contains("the-secret") && !shown.contains("the-session"), "{shown}");
    }
}
