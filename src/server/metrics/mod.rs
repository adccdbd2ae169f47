//! Figures about the portal's work, for Prometheus.
//!
//! One [`Metrics`] belongs to a portal, outlives its reloads and is handed to whoever has something to
//! count; there is no global. Labels are words of the configuration and of our own enumerations only:
//! nobody outside decides how many series there are, and no figure says anything about a person.

mod key_fetches;
mod labels;
pub mod page;

pub(in crate::server) use key_fetches::CountedFetch;

use super::config::Role;
use super::http::silence::Silences;
use super::outside::FetchError;
use super::sessions::{Recorded, StoreError};
use crate::model::error::PortalError;
use crate::model::names::RoleId;
use crate::model::role::Strategy;
use labels::{BuildLabels, MintLabels, OutcomeLabels, RoleLabels, StrategyLabels, VerificationLabels};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use std::fmt;
use std::time::Duration;

/// Bounds for what happens in this process: 100 µs to 1 s.
const OWN_SECONDS: [f64; 12] = [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0];
/// Bounds for a call over the network, which is given up after five seconds.
const STS_SECONDS: [f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];
/// Bounds for the share of the packed policy's space: AWS refuses above the last.
const PACKED_POLICY: [f64; 8] = [0.25, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0];

type Histograms<Labels> = Family<Labels, Histogram, fn() -> Histogram>;

/// Everything that is counted.
pub struct Metrics {
    registry: Registry,
    mints: Family<MintLabels, Counter>,
    own_time: Histograms<StrategyLabels>,
    sts_time: Histograms<StrategyLabels>,
    packed_policy: Histograms<RoleLabels>,
    verifications: Family<VerificationLabels, Counter>,
    key_fetches: Family<OutcomeLabels, Counter>,
    store_writes: Histograms<OutcomeLabels>,
    in_flight: Gauge,
    reloads: Family<OutcomeLabels, Counter>,
    silences: Silences,
}

impl Metrics {
    /// Nothing has happened yet.
    #[must_use]
    pub fn new() -> Self {
        let own: fn() -> Histogram = || Histogram::new(OWN_SECONDS);
        let sts: fn() -> Histogram = || Histogram::new(STS_SECONDS);
        let share: fn() -> Histogram = || Histogram::new(PACKED_POLICY);
        let mut metrics = Self {
            registry: Registry::with_prefix("vestibule"),
            mints: Family::default(),
            own_time: Family::new_with_constructor(own),
            sts_time: Family::new_with_constructor(sts),
            packed_policy: Family::new_with_constructor(share),
            verifications: Family::default(),
            key_fetches: Family::default(),
            store_writes: Family::new_with_constructor(own),
            in_flight: Gauge::default(),
            reloads: Family::default(),
            silences: Silences::default(),
        };
        let registry = &mut metrics.registry;
        registry.register("build", "The release that runs", Info::new(BuildLabels { version: env!("CARGO_PKG_VERSION") }));
        registry.register("mints", "Calls for credentials, by what became of them", metrics.mints.clone());
        registry.register_with_unit(
            "mint_own_duration",
            "From a call for credentials to its answer, less the wait for STS",
            Unit::Seconds,
            metrics.own_time.clone(),
        );
        registry.register_with_unit(
            "mint_sts_duration",
            "Wait for STS in a call for credentials, attempts and pauses together",
            Unit::Seconds,
            metrics.sts_time.clone(),
        );
        registry.register(
            "packed_policy_ratio",
            "Share of the packed session policy's space that minted credentials used",
            metrics.packed_policy.clone(),
        );
        registry.register(
            "header_verifications",
            "Verifications of the balancer's headers, with the rule that was broken",
            metrics.verifications.clone(),
        );
        registry.register("key_fetches", "Keys, key sets and discovery documents asked for", metrics.key_fetches.clone());
        registry.register_with_unit(
            "store_write_duration",
            "From a mint's way to the session store to its answer, the wait for other writes included",
            Unit::Seconds,
            metrics.store_writes.clone(),
        );
        registry.register("requests_in_flight", "Requests that are being answered", metrics.in_flight.clone());
        registry.register("configuration_reloads", "Attempts to read the configuration anew", metrics.reloads.clone());
        registry.register(
            "silent_connections_closed",
            "Connections of the balancer that ended with nothing said, by who closed them",
            metrics.silences.figures(),
        );
        metrics
    }

    /// A call for credentials of a role that the configuration knows, or of another.
    pub(in crate::server) fn mint(&self, role: Option<&Role>, outcome: Result<(), &PortalError>, own: Duration, sts: Option<Duration>) {
        let strategy = role.map_or("", |role| Strategy::from(&role.strategy).as_str());
        let labels = MintLabels {
            role: role.map(|role| role.id.as_str().to_owned()).unwrap_or_default(),
            strategy,
            outcome: outcome.err().map_or("minted", |error| error.code.as_str()),
        };
        self.mints.get_or_create(&labels).inc();
        if let Some(sts) = sts {
            self.own_time.get_or_create(&StrategyLabels { strategy }).observe(own.as_secs_f64());
            self.sts_time.get_or_create(&StrategyLabels { strategy }).observe(sts.as_secs_f64());
        }
    }

    /// How much of the packed policy's space a mint used.
    pub(in crate::server) fn packed_policy(&self, role: &RoleId, percent: u32) {
        let labels = RoleLabels { role: role.as_str().to_owned() };
        self.packed_policy.get_or_create(&labels).observe(f64::from(percent) / 100.0);
    }

    /// A verification of the balancer's headers.
    pub(in crate::server) fn verification(&self, outcome: Result<(), &PortalError>) {
        let labels = match outcome {
            Ok(()) => VerificationLabels { outcome: "accepted", rule: String::new() },
            Err(error) => VerificationLabels { outcome: error.code.as_str(), rule: error.rule.as_deref().unwrap_or_default().to_owned() },
        };
        self.verifications.get_or_create(&labels).inc();
    }

    /// A document that keys are in.
    fn key_fetch(&self, outcome: Result<(), &FetchError>) {
        let outcome = match outcome {
            Ok(()) => "fetched",
            Err(FetchError::Status(_)) => "status",
            Err(FetchError::TooLarge(_)) => "too_large",
            Err(FetchError::TimedOut) => "timed_out",
            Err(FetchError::Unreachable) => "unreachable",
        };
        self.key_fetches.get_or_create(&OutcomeLabels { outcome }).inc();
    }

    /// A mint's way to the session store.
    pub(in crate::server) fn store_write(&self, outcome: Result<Recorded, &StoreError>, taken: Duration) {
        let outcome = match outcome {
            Ok(Recorded::Kept) => "kept",
            Ok(Recorded::Blocked) => "blocked",
            Ok(Recorded::RateLimited { .. }) => "rate_limited",
            Err(_) => "failed",
        };
        self.store_writes.get_or_create(&OutcomeLabels { outcome }).observe(taken.as_secs_f64());
    }

    /// A request has come; it is in flight until what this returns is dropped.
    #[must_use]
    pub(in crate::server) fn in_flight(&self) -> InFlight {
        self.in_flight.inc();
        InFlight(self.in_flight.clone())
    }

    /// The configuration was read anew, and is in force or not.
    pub(in crate::server) fn reload(&self, is_in_force: bool) {
        let outcome = if is_in_force { "in_force" } else { "refused" };
        self.reloads.get_or_create(&OutcomeLabels { outcome }).inc();
    }

    /// Where connections of the balancer are counted.
    #[must_use]
    pub fn silences(&self) -> Silences {
        self.silences.clone()
    }

    /// All figures in OpenMetrics' text format.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        match encode(&mut text, &self.registry) {
            Ok(()) => text,
            Err(error) => {
                tracing::error!(%error, "the metrics could not be written");
                String::new()
            }
        }
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

/// A request that is being answered.
#[derive(Debug)]
pub(in crate::server) struct InFlight(Gauge);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

#[cfg(test)]
mod tests;
