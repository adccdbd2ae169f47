//! Regions of buckets whose configuration names none.
//!
//! S3 tells a bucket's region to anybody, in the header `x-amz-bucket-region` of every answer to an
//! unsigned HEAD, refusals included. It is asked when somebody needs it, once; while there is no
//! answer the home region stands in.

use crate::model::clock::{Clock, Timestamp};
use crate::server::config;
use crate::server::partition;
use async_trait::async_trait;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::Mutex;

/// Longest wait for an answer.
const DEADLINE: Duration = Duration::from_secs(5);
/// Seconds after which a bucket without an answer is asked for again.
const ASK_AGAIN: i64 = 60;

/// Finds the region of a bucket.
#[async_trait]
pub trait FindRegion: Send + Sync {
    /// The region of `bucket`, asking S3 in `home`; `None` when there is no answer.
    async fn region_of(&self, bucket: &str, home: &str, domain: &str) -> Option<String>;
}

/// Asks S3.
#[derive(Debug, Default)]
pub struct HeadBucket(OnceLock<reqwest::Client>);

#[async_trait]
impl FindRegion for HeadBucket {
    async fn region_of(&self, bucket: &str, home: &str, domain: &str) -> Option<String> {
        let client = match self.0.get() {
            Some(client) => client,
            None => {
                let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(DEADLINE).build().ok()?;
                self.0.get_or_init(|| client)
            }
        };
        let answer = client.head(format!("https://s3.{home}.{domain}/{bucket}")).send().await.ok()?;
        answer.headers().get("x-amz-bucket-region")?.to_str().ok().map(str::to_owned)
    }
}

/// What is known of one bucket; the lock makes those who ask at once wait for one answer.
type Known = Arc<Mutex<Option<(String, Option<Timestamp>)>>>;

/// The regions of all buckets.
pub struct BucketRegions {
    home: String,
    is_aws: bool,
    finder: Arc<dyn FindRegion>,
    known: HashMap<String, Known>,
}

impl BucketRegions {
    /// Nothing is asked yet.
    #[must_use]
    pub fn new(config: &config::Config, finder: Arc<dyn FindRegion>) -> Self {
        let nameless = config.roles.iter().flat_map(|role| &role.buckets).filter(|bucket| bucket.region.is_none());
        Self {
            home: config.aws.region.clone(),
            // Another S3 has the region that the configuration gives it.
            is_aws: config.aws.s3_endpoint.is_none(),
            finder,
            known: nameless.map(|bucket| (bucket.name.clone(), Known::default())).collect(),
        }
    }

    /// Those of another configuration. What is known of a bucket stays known.
    #[must_use]
    pub fn renewed(&self, config: &config::Config) -> Self {
        let mut renewed = Self::new(config, Arc::clone(&self.finder));
        if (&renewed.home, renewed.is_aws) == (&self.home, self.is_aws) {
            for (bucket, known) in &mut renewed.known {
                if let Some(before) = self.known.get(bucket) {
                    *known = Arc::clone(before);
                }
            }
        }
        renewed
    }

    /// The region of a configured bucket.
    pub async fn of(&self, bucket: &config::Bucket, partition: &str, clock: &dyn Clock) -> String {
        if let Some(region) = &bucket.region {
            return region.clone();
        }
        let Some(known) = self.known.get(&bucket.name).filter(|_| self.is_aws) else { return self.home.clone() };
        let mut known = known.lock().await;
        // An end that is further away than it was set is of a clock that has stepped back since.
        let is_to_come = |until: Timestamp| (1..=ASK_AGAIN * 1_000).contains(&until.millis_since(clock.now()));
        if let Some((region, until)) = &*known
            && until.is_none_or(is_to_come)
        {
            return region.clone();
        }
        let asking = self.finder.region_of(&bucket.name, &self.home, partition::domain(partition));
        let found = tokio::time::timeout(DEADLINE, asking).await.ok().flatten().filter(|region| is_region(region));
        let (region, until) = match found {
            Some(region) => (region, None),
            None => {
                tracing::warn!(bucket = bucket.name, home = self.home, "the bucket's region cannot be found; the home region stands in");
                (self.home.clone(), Some(clock.now().plus_seconds(ASK_AGAIN)))
            }
        };
        *known = Some((region.clone(), until));
        region
    }
}

/// The text goes into host names and the content security policy.
fn is_region(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}
