//! The doctor: checks everything between the balancer and S3, and knows the fix.
//!
//! | file | looks at |
//! | --- | --- |
//! | `configuration` | what holds but should be known |
//! | `balancer` | what the balancer does with who is not signed in |
//! | `key_server` | where the balancer's keys come from |
//! | `provider` | discovery document and key set, as STS wants them |
//! | `data_header` | captured headers: the balancer's part, rule by rule |
//! | `access_token` | captured headers: the provider's part, and whether STS could take it |
//! | `services` | STS and S3: do they answer, and what time is it there |
//! | `buckets` | where buckets are, and whether their CORS rules let the page in |
//! | `bucket_rules` | CORS rules, where the server may read them |
//! | `functions` | whether Lambda lets the page in |
//! | `trial` | whether STS mints, by trying it |
//! | `live` | whether S3 lets a role list and Lambda lets it invoke, by asking them |
//! | `trust` | trust policies, where the server may read them |
//! | `registration` | IAM OIDC providers, where the server may read them |
//! | `page` | what the page sends, as a browser asks for it first |
//! | `captured` | a file of headers |
//! | `finding`, `report` | what is said of it all |
//! | `fix` | what to do about it, part by part |
//!
//! It runs the portal's own verification, key stores and strategies, and repeats no rule of theirs. It
//! speaks to nobody that the configuration does not name, changes nothing, and says nothing that is a
//! secret. A check that was not run is never called fine.

pub(in crate::server) mod access_token;
mod balancer;
mod bucket_rules;
mod buckets;
mod captured;
mod configuration;
mod data_header;
mod finding;
pub(in crate::server) mod fix;
mod functions;
mod key_server;
mod live;
mod page;
mod provider;
mod registration;
mod report;
mod services;
#[cfg(test)]
mod tests;
pub(in crate::server) mod trial;
mod trust;

pub use captured::{Captured, CapturedError, CapturedProblem};
pub use finding::{Check, Code, Finding, Outcome, Severity};
pub use fix::Fix;
pub use report::Report;
pub use trial::Minters;

use super::config::{Config, Warning};
use super::http::silence::Silences;
use super::issuer::Issuer;
use super::outside::{Ask, Fetch};
use super::own_identity::OwnIdentity;
use super::portal::regions::FindRegion;
use crate::model::clock::{Clock, Timestamp};
use futures::FutureExt;
use std::sync::Arc;
use std::time::Duration;

/// Longest time for one subject.
const LONGEST: Duration = Duration::from_secs(10);

/// What is examined, and with what.
pub struct Examination {
    /// The configuration.
    pub config: Config,
    /// What its loader said of it.
    pub warnings: Vec<Warning>,
    /// Headers of a request, where some were captured.
    pub captured: Option<Captured>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Documents, as the portal fetches them.
    pub fetch: Arc<dyn Fetch>,
    /// Anything else.
    pub ask: Arc<dyn Ask>,
    /// With what to try mints, where they are to be tried.
    pub trial: Option<Minters>,
    /// The server's own identity, where it may be used to read CORS rules.
    pub identity: Option<OwnIdentity>,
    /// The portal's own issuer where it has one, or why it is not at hand.
    pub issuer: Result<Option<Arc<Issuer>>, String>,
    /// Regions of buckets that name none, as the portal finds them.
    pub regions: Arc<dyn FindRegion>,
    /// What this portal has seen of the balancer's connections, where it is one that runs.
    pub silences: Option<Silences>,
}

impl Examination {
    /// Runs every check, at once where they do not need each other.
    pub async fn run(&self) -> Report {
        let checks = futures::future::join_all([
            async { vec![configuration::check(self)] }.boxed(),
            limited("balancer", balancer::check(self)).boxed(),
            async { vec![balancer::silences(self)] }.boxed(),
            limited("key server", key_server::check(self)).boxed(),
            limited("identity provider", provider::check(self)).boxed(),
            limited("data header", data_header::check(self)).boxed(),
            limited("access token", access_token::check(self)).boxed(),
            limited("STS and S3", services::check(self)).boxed(),
            limited("trust policies", trust::check(self)).boxed(),
            limited("IAM OIDC providers", registration::check(self)).boxed(),
            // These two limit themselves, role by role and bucket by bucket.
            trial::check(self).boxed(),
            buckets::check(self).boxed(),
            limited("functions", functions::check(self)).boxed(),
        ])
        .await
        .concat();
        let mut secrets = self.captured.as_ref().map(Captured::secrets).unwrap_or_default();
        secrets.extend(self.identity.iter().flat_map(OwnIdentity::secrets));
        Report::new(checks, &secrets)
    }
}

async fn limited(subject: &str, checks: impl Future<Output = Vec<Check>>) -> Vec<Check> {
    tokio::time::timeout(LONGEST, checks).await.unwrap_or_else(|_| vec![too_long(subject)])
}

fn too_long(subject: &str) -> Check {
    Check::not_checked(subject, format!("it took longer than {} seconds", LONGEST.as_secs()))
}

/// A clock that stands at the time at which a token was good.
struct StandingClock(Timestamp);

impl Clock for StandingClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}
