//! The server's own AWS identity, for the strategies and stores that need one: the role of its task,
//! instance or pod, or what the environment names (aws-config's default chain).
//!
//! Making a client sends nothing. Credentials are looked for with the first call, and renewed by the
//! SDK.

use super::config;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use std::time::Duration;

/// Longest wait for an answer of AWS, retries included.
pub const DEADLINE: Duration = Duration::from_secs(5);
/// Longest wait for a connection.
pub const CONNECT: Duration = Duration::from_millis(1_500);

/// What every client that signs with the server's own identity is made from.
pub async fn load(aws: &config::Aws) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(aws.region.clone()))
        .timeout_config(TimeoutConfig::builder().connect_timeout(CONNECT).operation_timeout(DEADLINE).build())
        .load()
        .await
}
