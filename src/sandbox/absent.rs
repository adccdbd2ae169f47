//! What the deployed build has in place of the sandbox: a refusal.

use std::net::SocketAddr;
use std::time::Duration;
use thiserror::Error;

/// What would be started. See the sandbox's own `Options`.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "never read in this build")]
pub struct Options {
    pub listen: SocketAddr,
    pub ports: Option<[u16; 5]>,
    pub objects: u64,
    pub latency: Duration,
}

/// Why there is no sandbox.
#[derive(Debug, Error)]
#[error("this is the deployed build, which holds no sandbox; build with the feature `sandbox` (on by default) to get it")]
pub struct SandboxError;

/// Refuses.
///
/// # Errors
/// Always.
pub async fn run(_options: Options) -> Result<(), SandboxError> {
    Err(SandboxError)
}
