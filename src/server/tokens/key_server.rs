//! The load balancer's public keys, fetched by id and kept.
//!
//! One key server a region signs for every customer of AWS, and anybody who reaches the portal can
//! name any id. So a fetch is the last thing that happens before the signature is checked, and:
//!
//! - one fetch is under way for an id at a time, and everybody who needs the key waits for it;
//! - ids that the server does not know are remembered for a minute;
//! - ids that are not held are asked for at most five times a second, ten in a burst. Keys that are
//!   held are not affected by that;
//! - a time-out, an error of the server or a body that is no key is never remembered: the next
//!   request asks again.
//!
//! A key that is held is renewed in the background once it is an hour old, without anybody waiting.
//! When the server says that it is gone, it is forgotten at once; when the server does not answer,
//! the key goes on being used until it is twelve hours old, so that an outage of the key server is
//! not one of the portal.

use super::kid::Kid;
use super::p256_key::{self, KeyBodyError};
use super::token_bucket::TokenBucket;
use super::unavailable::Unavailable;
use crate::model::clock::{Clock, Timestamp};
use crate::server::outside::{Fetch, FetchError};
use crate::words::{Sentence, say};
use jsonwebtoken::DecodingKey;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use url::Url;

fn source() -> Sentence {
    say!("The load balancer's key server")
}
const BODY_LIMIT: usize = 4 * 1_024;
const RENEW_AFTER_MILLIS: i64 = 60 * 60 * 1_000;
const KEEP_FOR_MILLIS: i64 = 12 * RENEW_AFTER_MILLIS;
const RENEWAL_PAUSE_SECONDS: i64 = 30;
const UNKNOWN_FOR_SECONDS: i64 = 60;
const KEYS_HELD: usize = 16;
const UNKNOWN_HELD: usize = 1_024;
const FETCH_BURST: u32 = 10;
const FETCH_INTERVAL_MILLIS: i64 = 200;

/// Why there is no key to check a signature with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::server) enum KeyError {
    /// The key server has no EC P-256 key of this id.
    Unknown,
    /// Nobody can say at the moment.
    Unavailable(Unavailable),
}

/// The key server of one region or partition.
pub(in crate::server) struct KeyServer {
    shared: Arc<Shared>,
}

struct Shared {
    base: Url,
    fetch: Arc<dyn Fetch>,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

struct State {
    held: HashMap<Kid, Held>,
    unknown: HashMap<Kid, Timestamp>,
    under_way: HashMap<Kid, Outcome>,
    permits: TokenBucket,
}

/// A key in use.
struct Held {
    key: Arc<DecodingKey>,
    fetched: Timestamp,
    used: Timestamp,
    renew_at: Timestamp,
}

type Answer = Result<Arc<DecodingKey>, KeyError>;
type Outcome = watch::Receiver<Option<Answer>>;

impl KeyServer {
    /// The keys below `base`.
    pub(in crate::server) fn new(base: Url, fetch: Arc<dyn Fetch>, clock: Arc<dyn Clock>) -> Self {
        let permits = TokenBucket::new(FETCH_BURST, FETCH_INTERVAL_MILLIS, clock.now());
        let state = State { held: HashMap::new(), unknown: HashMap::new(), under_way: HashMap::new(), permits };
        Self { shared: Arc::new(Shared { base, fetch, clock, state: Mutex::new(state) }) }
    }

    /// The address below which the keys stand.
    pub(in crate::server) fn base(&self) -> &Url {
        &self.shared.base
    }

    /// The key of this id, held or fetched.
    pub(in crate::server) async fn key(&self, kid: Kid) -> Result<Arc<DecodingKey>, KeyError> {
        let now = self.shared.clock.now();
        let mut outcome = {
            let mut state = self.shared.state();
            if let Some(key) = self.held(&mut state, kid, now) {
                return Ok(key);
            }
            if state.unknown.get(&kid).is_some_and(|until| is_unknown(*until, now)) {
                return Err(KeyError::Unknown);
            }
            if let Some(outcome) = state.under_way.get(&kid) {
                outcome.clone()
            } else if state.permits.take(now) {
                self.ask(&mut state, kid)
            } else {
                return Err(KeyError::Unavailable(Unavailable::asked_too_often(source())));
            }
        };
        let answer = outcome.wait_for(Option::is_some).await.ok().and_then(|answer| answer.clone());
        answer.unwrap_or_else(|| {
            // The task ended without an answer, which only a panic or the end of the runtime can
            // cause. Whoever comes next starts anew.
            self.shared.state().under_way.remove(&kid);
            Err(KeyError::Unavailable(Unavailable::new(source(), say!("was not asked to the end"))))
        })
    }

    fn held(&self, state: &mut State, kid: Kid, now: Timestamp) -> Option<Arc<DecodingKey>> {
        let held = state.held.get_mut(&kid)?;
        if now < held.fetched {
            // The clock was set back: nobody knows how old the key is, so it is renewed at once and ages from
            // here. Else it would be believed for as long as the step was.
            (held.fetched, held.renew_at) = (now, now);
        }
        if now.millis_since(held.fetched) >= KEEP_FOR_MILLIS {
            state.held.remove(&kid);
            return None;
        }
        held.used = now;
        let key = Arc::clone(&held.key);
        if now >= held.renew_at && !state.under_way.contains_key(&kid) {
            held.renew_at = now.plus_seconds(RENEWAL_PAUSE_SECONDS);
            drop(self.ask(state, kid));
        }
        Some(key)
    }

    /// Starts a fetch in a task of its own, so that it ends well even if everybody who waits for it
    /// has gone.
    fn ask(&self, state: &mut State, kid: Kid) -> Outcome {
        let (sender, outcome) = watch::channel(None);
        state.under_way.insert(kid, outcome.clone());
        let shared = Arc::clone(&self.shared);
        tokio::spawn(async move {
            let answer = shared.fetch_key(kid).await;
            shared.record(kid, &answer);
            // Nobody may be waiting any more.
            let _ = sender.send(Some(answer));
        });
        outcome
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn fetch_key(&self, kid: Kid) -> Answer {
        match self.fetch.get(&key_url(&self.base, kid), BODY_LIMIT).await {
            Ok(body) => match p256_key::parse(&body) {
                Ok(key) => Ok(Arc::new(key)),
                Err(KeyBodyError::NotP256) => Err(KeyError::Unknown),
                Err(KeyBodyError::NotAPublicKey) => {
                    Err(KeyError::Unavailable(Unavailable::new(source(), say!("answered with something that is not a PEM public key"))))
                }
            },
            // S3, on which GovCloud's keys stand, says 403 instead of 404 to those who may not list.
            Err(FetchError::Status(403 | 404 | 410)) => Err(KeyError::Unknown),
            Err(error) => Err(KeyError::Unavailable(Unavailable::unfetched(source(), &error))),
        }
    }

    fn record(&self, kid: Kid, answer: &Answer) {
        let now = self.clock.now();
        let mut state = self.state();
        state.under_way.remove(&kid);
        match answer {
            Ok(key) => {
                if !state.held.contains_key(&kid) {
                    tracing::info!(%kid, "fetched a key of the load balancer");
                }
                state
                    .held
                    .insert(kid, Held { key: Arc::clone(key), fetched: now, used: now, renew_at: now.plus_millis(RENEW_AFTER_MILLIS) });
                keep_within(&mut state.held, KEYS_HELD, |held| held.used);
            }
            Err(KeyError::Unknown) => {
                if state.held.remove(&kid).is_some() {
                    tracing::warn!(%kid, "a key of the load balancer is no longer published");
                }
                state.unknown.retain(|_, until| is_unknown(*until, now));
                state.unknown.insert(kid, now.plus_seconds(UNKNOWN_FOR_SECONDS));
                keep_within(&mut state.unknown, UNKNOWN_HELD, |until| *until);
            }
            Err(KeyError::Unavailable(reason)) => {
                if state.held.contains_key(&kid) {
                    tracing::warn!(%kid, %reason, "could not renew a key of the load balancer; the one at hand is used on");
                }
            }
        }
    }
}

/// Whether an id that nobody knew still counts as unknown. An end that is further away than it was set
/// is of a clock that has been set back since.
fn is_unknown(until: Timestamp, now: Timestamp) -> bool {
    (1..=UNKNOWN_FOR_SECONDS * 1_000).contains(&until.millis_since(now))
}

/// Removes the entry with the earliest time when there are too many.
fn keep_within<T>(entries: &mut HashMap<Kid, T>, capacity: usize, time: impl Fn(&T) -> Timestamp) {
    if entries.len() > capacity
        && let Some(earliest) = entries.iter().min_by_key(|(_, entry)| time(entry)).map(|(kid, _)| *kid)
    {
        entries.remove(&earliest);
    }
}

/// `{base}/{kid}`: the base comes from the configuration and a [`Kid`] holds hex digits and hyphens.
pub(in crate::server) fn key_url(base: &Url, kid: Kid) -> Url {
    let mut url = base.clone();
    let path = format!("{}/{kid}", base.path().trim_end_matches('/'));
    url.set_path(&path);
    url
}

/// Where the keys of a load balancer stand, from its ARN. `None` for partitions whose address AWS
/// does not document (China, ISO, European Sovereign Cloud): there `alb.key_url` names it.
///
/// Source: Elastic Load Balancing user guide, "Authenticate users using an Application Load
/// Balancer", section on signature verification.
pub(in crate::server) fn documented_base(signer: &str) -> Option<Url> {
    let mut fields = signer.split(':');
    let ("arn", partition, "elasticloadbalancing", region) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?) else {
        return None;
    };
    let is_region = !region.is_empty() && region.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    let base = match partition {
        _ if !is_region => return None,
        "aws" => format!("https://public-keys.auth.elb.{region}.amazonaws.com/"),
        "aws-us-gov" => format!("https://s3-{region}.amazonaws.com/aws-elb-public-keys-prod-{region}/"),
        _ => return None,
    };
    Url::parse(&base).ok()
}

#[cfg(test)]
mod tests;
