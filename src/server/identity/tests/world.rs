//! What surrounds verification in a test: a clock that is turned by hand, a network that is made up
//! and counts, and a configuration.

use super::signed;
use crate::model::clock::{Clock, Timestamp};
use crate::server::config::{Config, loader};
use crate::server::identity::Authenticator;
use crate::server::outside::{Fetch, FetchError};
use async_trait::async_trait;
use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::Semaphore;
use url::Url;

/// A clock that stands still until it is turned.
pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    pub(crate) fn time(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }

    pub(crate) fn advance_seconds(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000, Ordering::SeqCst);
    }

    pub(crate) fn advance_millis(&self, millis: i64) {
        self.0.fetch_add(millis, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        self.time()
    }
}

/// A network of documents by address. Everything else answers 404.
pub(crate) struct Outside {
    documents: Mutex<HashMap<String, Result<Vec<u8>, FetchError>>>,
    requested: Mutex<Vec<String>>,
    gate: Semaphore,
}

impl Outside {
    pub(crate) fn serve(&self, address: &str, body: impl AsRef<[u8]>) {
        self.documents.lock().unwrap().insert(address.to_owned(), Ok(body.as_ref().to_vec()));
    }

    pub(crate) fn fail(&self, address: &str, error: FetchError) {
        self.documents.lock().unwrap().insert(address.to_owned(), Err(error));
    }

    /// How many requests there were.
    pub(crate) fn requests(&self) -> usize {
        self.requested.lock().unwrap().len()
    }

    pub(crate) fn requested(&self) -> Vec<String> {
        self.requested.lock().unwrap().clone()
    }

    /// From here on requests are counted but not answered, until [`Self::open`].
    pub(crate) fn hold(&self) {
        self.gate.forget_permits(Semaphore::MAX_PERMITS);
    }

    pub(crate) fn open(&self) {
        self.gate.add_permits(1_000_000);
    }
}

#[async_trait]
impl Fetch for Outside {
    async fn get(&self, url: &Url, limit: usize) -> Result<Vec<u8>, FetchError> {
        self.requested.lock().unwrap().push(url.to_string());
        self.gate.acquire().await.unwrap().forget();
        let body = self.documents.lock().unwrap().get(url.as_str()).cloned().unwrap_or(Err(FetchError::Status(404)))?;
        if body.len() > limit { Err(FetchError::TooLarge(limit)) } else { Ok(body) }
    }
}

/// Clock and network, with the balancer's key and the pool's key set in their places.
pub(crate) struct World {
    pub(crate) clock: Arc<TestClock>,
    pub(crate) outside: Arc<Outside>,
}

impl World {
    pub(crate) fn new() -> Self {
        let clock = TestClock(AtomicI64::new(1_795_415_575_000));
        let outside = Outside { documents: Mutex::default(), requested: Mutex::default(), gate: Semaphore::new(1_000_000) };
        outside.serve(signed::KEY_ADDRESS, signed::BALANCER_PUBLIC_KEY);
        outside.serve(signed::JWKS_ADDRESS, signed::POOL_JWKS);
        Self { clock: Arc::new(clock), outside: Arc::new(outside) }
    }

    pub(crate) fn fetch(&self) -> Arc<dyn Fetch> {
        Arc::clone(&self.outside) as Arc<dyn Fetch>
    }

    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock) as Arc<dyn Clock>
    }

    pub(crate) fn authenticator(&self, config: &Config) -> Authenticator {
        Authenticator::new(config, self.fetch(), self.clock())
    }
}

/// A configuration that trusts the signer of [`signed`].
pub(crate) fn config() -> Config {
    let text = format!(
        r#"
        [web]
        public_url = "https://portal.example.com"
        [alb]
        signers = ["{}"]
        clients = ["another-client", "{}"]
        issuer = "{}"
        [idp]
        jwks_url = "{}"
        [aws]
        region = "eu-west-1"
        [[roles]]
        id = "analyst"
        title = "Data analyst"
        arn = "arn:aws:iam::111122223333:role/portal-analyst"
        strategy = "web-identity"
        groups = ["analysts"]
        "#,
        signed::SIGNER,
        signed::CLIENT,
        signed::ISSUER,
        signed::JWKS_ADDRESS
    );
    loader::from_text(&text, "vestibule.toml", []).unwrap().config
}
