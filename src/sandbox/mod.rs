//! The sandbox: stand-ins for balancer, identity provider, STS, S3 and Lambda around the real
//! portal, in one process on loopback, speaking the real wire.
//!
//! | service | stands in for |
//! | --- | --- |
//! | `alb` | an Application Load Balancer with `authenticate-cognito` rules |
//! | `idp` | a Cognito user pool |
//! | `sts` | STS, `AssumeRoleWithWebIdentity` and `AssumeRole` |
//! | `iam` | IAM, a role's inline policies, at the address of STS |
//! | `cognito_identity` | a Cognito identity pool, at STS's address |
//! | `sign_in` | AWS's sign-in page of the console, at the address of STS |
//! | `s3` | S3 |
//! | `lambda` | Lambda |
//!
//! Nothing here is a shortcut around the portal: it verifies, mints and signs as it does in front
//! of AWS. Faults come from named inputs that a person can meet by hand: a persona whose token has
//! no audience, a role whose STS is down, never from patched calls.

mod addresses;
mod alb;
mod cognito_identity;
pub mod cors;
#[cfg(test)]
mod examined;
mod form;
#[cfg(test)]
mod generated_policies;
mod hosts;
mod iam;
mod idp;
mod jwt;
pub mod lambda;
mod outbound;
mod page;
pub mod personas;
pub mod policy;
mod portal;
mod random;
pub mod registry;
mod request_id;
pub mod roles;
pub mod s3;
mod scratch;
mod seal;
mod services;
mod sign_in;
mod signature;
#[cfg(test)]
mod stage;
mod sts;
mod task_role;
#[cfg(test)]
mod trial;

pub use addresses::Endpoints;

use crate::model::clock::Clock;
use crate::server::clock::SystemClock;
use addresses::Listeners;
use services::Services;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;

/// How to start the sandbox.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the balancer listens; a loopback address. Port 0 takes any six free ports.
    pub listen: SocketAddr,
    /// Ports of portal, S3, Lambda, STS and identity provider; the five after `listen` when absent.
    pub ports: Option<[u16; 5]>,
    /// Synthetic objects in the bucket `synthetic`.
    pub objects: u64,
    /// Delay of every answer of S3.
    pub latency: Duration,
}

/// Why the sandbox did not start, or stopped.
#[derive(Debug, Error)]
pub enum SandboxError {
    /// Others could reach it.
    #[error("the sandbox signs in anybody who asks, so it listens on loopback only; {0} is not a loopback address")]
    NotLoopback(SocketAddr),
    /// The ports after the balancer's do not exist.
    #[error("the sandbox needs five ports after the one of {0}; choose one up to 65530, or name all with --ports")]
    NoRoomBehind(SocketAddr),
    /// An address is taken, or may not be used.
    #[error("{service} cannot listen on {address}: {source}")]
    Bind {
        /// Which service.
        service: &'static str,
        /// Where.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// No folder for the portal's session store.
    #[error("no temporary folder for the session store: {0}")]
    Scratch(io::Error),
    /// The sandbox's own configuration is wrong: a defect.
    #[error("the sandbox's own configuration is wrong: {0}")]
    Configuration(String),
    /// The portal did not start.
    #[error("the portal did not start: {0}")]
    Portal(String),
    /// A service stopped by itself.
    #[error("{service} stopped: {reason}")]
    Stopped {
        /// Which service.
        service: &'static str,
        /// Why.
        reason: String,
    },
    /// The ready line could not be written.
    #[error("the ready line could not be written: {0}")]
    Output(io::Error),
}

/// Starts everything, prints the ready line, and serves until Ctrl-C or SIGTERM.
///
/// # Errors
/// [`SandboxError`] when not all of it starts, or some of it stops by itself.
pub async fn run(options: Options) -> Result<(), SandboxError> {
    let mut sandbox = Sandbox::start(options, Arc::new(SystemClock)).await?;
    announce(sandbox.endpoints()).map_err(SandboxError::Output)?;
    let outcome = tokio::select! {
        stopped = sandbox.services.failure() => Err(stopped),
        signal = interrupted() => signal.map_err(|error| SandboxError::Stopped { service: "the signal handler", reason: error.to_string() }),
    };
    sandbox.stop().await;
    outcome
}

/// A running sandbox.
#[derive(Debug)]
pub struct Sandbox {
    endpoints: Endpoints,
    services: Services,
    scratch: scratch::Scratch,
}

impl Sandbox {
    /// Starts everything; when this returns, everything answers.
    ///
    /// # Errors
    /// [`SandboxError`] when not all of it starts.
    pub async fn start(options: Options, clock: Arc<dyn Clock>) -> Result<Self, SandboxError> {
        let listeners = Listeners::bind(options.listen, options.ports).await?;
        let endpoints = listeners.endpoints();
        let scratch = scratch::Scratch::new().map_err(SandboxError::Scratch)?;
        let services = Services::start(listeners, &options, scratch.path(), clock).await?;
        Ok(Self { endpoints, services, scratch })
    }

    /// Where everything is.
    #[must_use]
    pub fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// Lets requests that are under way finish for a moment, then ends everything.
    pub async fn stop(self) {
        self.services.stop().await;
        // Only now: the portal has its session store in there.
        drop(self.scratch);
    }
}

/// One line for programs, one for people.
fn announce(endpoints: &Endpoints) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{}", endpoints.ready_line())?;
    stdout.flush()?;
    writeln!(io::stderr().lock(), "The sandbox is ready: open {}", endpoints.balancer)
}

async fn interrupted() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminated.recv() => Ok(()),
    }
}

#[cfg(test)]
mod tests;
