//! The identity provider's keys: its JWKS, discovered or configured, kept and renewed.
//!
//! The set is renewed in the background once it is an hour old and is used until it is twelve hours
//! old when the provider does not answer. An id that is not in it causes a fetch, because the
//! provider may have changed keys, but only twice at once and then every thirty seconds. A failure
//! is not remembered beyond a second. One fetch is under way at a time.

use super::discovery::{self, DiscoveryError};
use super::token_bucket::TokenBucket;
use super::unavailable::Unavailable;
use crate::model::clock::{Clock, Timestamp};
use crate::server::outside::{Fetch, FetchError};
use crate::words::{Sentence, say};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use url::Url;

fn source() -> Sentence {
    say!("The identity provider's key set")
}
/// STS reads at most 100 RSA and 100 EC keys of a provider; so many fit.
pub(in crate::server) const BODY_LIMIT: usize = 256 * 1_024;
const KEYS_HELD: usize = 200;
/// Discovery and key set together.
const TIME_LIMIT: Duration = Duration::from_secs(5);
const RENEW_AFTER_MILLIS: i64 = 60 * 60 * 1_000;
const KEEP_FOR_MILLIS: i64 = 12 * RENEW_AFTER_MILLIS;
const RENEWAL_PAUSE_MILLIS: i64 = 30_000;
const REFRESH_BURST: u32 = 2;
const REFRESH_INTERVAL_MILLIS: i64 = 30_000;
const FAILURE_PAUSE_MILLIS: i64 = 1_000;

/// Why there is no key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum JwksError {
    /// The set has no RSA signing key of this id.
    Unknown,
    /// The set cannot be had at the moment.
    Unavailable(Unavailable),
}

/// The key set of one issuer.
pub(super) struct Jwks {
    shared: Arc<Shared>,
}

struct Shared {
    issuer: String,
    configured: Option<Url>,
    fetch: Arc<dyn Fetch>,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

struct State {
    keys: HashMap<String, Arc<DecodingKey>>,
    fetched: Option<Timestamp>,
    renew_at: Timestamp,
    failed: Option<(Timestamp, Unavailable)>,
    permits: TokenBucket,
    under_way: Option<Outcome>,
}

type Outcome = watch::Receiver<Option<Result<(), Unavailable>>>;

impl Jwks {
    /// The set at `configured`, or else at the address that the issuer's discovery document names.
    pub(super) fn new(issuer: &str, configured: Option<Url>, fetch: Arc<dyn Fetch>, clock: Arc<dyn Clock>) -> Self {
        let now = clock.now();
        let state = State {
            keys: HashMap::new(),
            fetched: None,
            renew_at: now,
            failed: None,
            permits: TokenBucket::new(REFRESH_BURST, REFRESH_INTERVAL_MILLIS, now),
            under_way: None,
        };
        Self { shared: Arc::new(Shared { issuer: issuer.to_owned(), configured, fetch, clock, state: Mutex::new(state) }) }
    }

    /// The key of this id, held or fetched.
    pub(super) async fn key(&self, kid: &str) -> Result<Arc<DecodingKey>, JwksError> {
        let now = self.shared.clock.now();
        let mut outcome = {
            let mut state = self.shared.state();
            if state.fetched.is_some_and(|fetched| now < fetched) {
                // The clock was set back: nobody knows how old the set is, so it is renewed at once and ages from
                // here. Else it would be believed for as long as the step was.
                (state.fetched, state.renew_at) = (Some(now), now);
            }
            if state.fetched.is_some_and(|fetched| now.millis_since(fetched) >= KEEP_FOR_MILLIS) {
                state.keys.clear();
            }
            if let Some(key) = state.keys.get(kid).cloned() {
                if now >= state.renew_at && state.under_way.is_none() {
                    state.renew_at = now.plus_millis(RENEWAL_PAUSE_MILLIS);
                    drop(self.ask(&mut state));
                }
                return Ok(key);
            }
            if let Some(outcome) = &state.under_way {
                outcome.clone()
            } else if let Some((at, reason)) = &state.failed {
                if (0..FAILURE_PAUSE_MILLIS).contains(&now.millis_since(*at)) {
                    return Err(JwksError::Unavailable(reason.clone()));
                }
                self.ask(&mut state)
            } else if state.permits.take(now) {
                self.ask(&mut state)
            } else {
                return Err(JwksError::Unknown);
            }
        };
        let answer = outcome.wait_for(Option::is_some).await.ok().and_then(|answer| answer.clone());
        let mut state = self.shared.state();
        match answer {
            Some(Ok(())) => state.keys.get(kid).cloned().ok_or(JwksError::Unknown),
            Some(Err(reason)) => Err(JwksError::Unavailable(reason)),
            None => {
                // The task ended without an answer, which only a panic or the end of the runtime
                // can cause. Whoever comes next starts anew.
                state.under_way = None;
                Err(JwksError::Unavailable(Unavailable::new(source(), say!("was not fetched to the end"))))
            }
        }
    }

    /// Starts a fetch in a task of its own, so that it ends well even if everybody who waits for it
    /// has gone.
    fn ask(&self, state: &mut State) -> Outcome {
        let (sender, outcome) = watch::channel(None);
        state.under_way = Some(outcome.clone());
        let shared = Arc::clone(&self.shared);
        tokio::spawn(async move {
            let answer = match tokio::time::timeout(TIME_LIMIT, shared.fetch_keys()).await {
                Ok(answer) => answer,
                Err(_) => Err(Unavailable::unfetched(source(), &FetchError::TimedOut)),
            };
            // Nobody may be waiting any more.
            let _ = sender.send(Some(shared.record(answer)));
        });
        outcome
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn fetch_keys(&self) -> Result<HashMap<String, Arc<DecodingKey>>, Unavailable> {
        let url = match &self.configured {
            Some(url) => url.clone(),
            None => self.discover().await?,
        };
        let body = self.fetch.get(&url, BODY_LIMIT).await.map_err(|error| Unavailable::unfetched(source(), &error))?;
        parse_key_set(&body).ok_or_else(|| Unavailable::new(source(), say!("is not a JSON Web Key Set")))
    }

    /// The `jwks_uri` of the issuer's discovery document.
    async fn discover(&self) -> Result<Url, Unavailable> {
        let document = || say!("The identity provider's discovery document");
        let failed = |error: DiscoveryError| Unavailable::new(document(), error.sentence());
        let address = discovery::address(&self.issuer).map_err(failed)?;
        let body = self.fetch.get(&address, discovery::LIMIT).await.map_err(|error| Unavailable::unfetched(document(), &error))?;
        discovery::key_set_address(&body, &self.issuer).map_err(failed)
    }

    fn record(&self, answer: Result<HashMap<String, Arc<DecodingKey>>, Unavailable>) -> Result<(), Unavailable> {
        let now = self.clock.now();
        let mut state = self.state();
        state.under_way = None;
        match answer {
            Ok(keys) => {
                tracing::info!(keys = keys.len(), "fetched the identity provider's key set");
                state.keys = keys;
                state.fetched = Some(now);
                state.renew_at = now.plus_millis(RENEW_AFTER_MILLIS);
                state.failed = None;
                Ok(())
            }
            Err(reason) => {
                if !state.keys.is_empty() {
                    tracing::warn!(%reason, "could not renew the identity provider's key set; the one at hand is used on");
                }
                state.failed = Some((now, reason.clone()));
                Err(reason)
            }
        }
    }
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<serde_json::Value>,
}

/// A member of the set, as far as it matters here (RFC 7517, section 4; RFC 7518, section 6.3.1).
#[derive(Deserialize)]
struct RsaKey {
    kty: String,
    kid: String,
    n: String,
    e: String,
    #[serde(rename = "use")]
    purpose: Option<String>,
    alg: Option<String>,
}

/// The RSA signing keys by id. Keys of other kinds and members that make no sense are passed over, as
/// RFC 7517, section 5 asks; `None` when it is no key set at all.
pub(in crate::server) fn parse_key_set(body: &[u8]) -> Option<HashMap<String, Arc<DecodingKey>>> {
    let set: KeySet = serde_json::from_slice(body).ok()?;
    let mut keys = HashMap::new();
    for member in set.keys.into_iter().take(KEYS_HELD) {
        let Ok(key) = serde_json::from_value::<RsaKey>(member) else { continue };
        let signs = key.kty == "RSA" && key.purpose.is_none_or(|purpose| purpose == "sig") && key.alg.is_none_or(|alg| alg == "RS256");
        // 2,048 to 8,192 bits: what the verifier takes.
        let is_strong = URL_SAFE_NO_PAD.decode(&key.n).is_ok_and(|modulus| (256..=1_024).contains(&modulus.len()));
        if signs
            && is_strong
            && let Ok(decoding_key) = DecodingKey::from_rsa_components(&key.n, &key.e)
        {
            keys.entry(key.kid).or_insert_with(|| Arc::new(decoding_key));
        }
    }
    Some(keys)
}

#[cfg(test)]
mod tests;
