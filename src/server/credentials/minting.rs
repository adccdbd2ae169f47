//! The one way to the strategies: how many mints are on their way to AWS at once, and what is to be
//! noticed in each.
//!
//! STS's quota is shared by everything in the account and region (600 requests a second for
//! AssumeRole and others). The limit a person has bounds one person; this bounds all together, so
//! that a slow STS fills neither the server's memory nor that quota.

use super::refusal::Refusal;
use super::{Grant, Minted, Minter};
use crate::model::error::{ErrorCode, PortalError};
use crate::model::names::RoleSessionName;
use crate::model::role::Strategy;
use crate::server::identity::Viewer;
use crate::server::own_identity::DEADLINE;
use crate::words::say;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Mints at once. At 100 ms each that is 640 a second, as many as STS's quota allows.
const PLACES: usize = 64;
/// Longest wait for a place.
const PATIENCE: Duration = Duration::from_secs(1);
/// Longest time that a mint takes, the wait for a place included.
pub(super) const LONGEST: Duration = PATIENCE.saturating_add(DEADLINE);
/// Percentage of the packed policy's space from which the log warns: at 100 STS refuses.
const WARN_FROM: u32 = 80;

/// All ways to mint.
pub struct Minting {
    minters: HashMap<Strategy, Arc<dyn Minter>>,
    places: Semaphore,
}

impl Minting {
    /// With a way for each strategy.
    #[must_use]
    pub fn new(minters: HashMap<Strategy, Arc<dyn Minter>>) -> Self {
        Self { minters, places: Semaphore::new(PLACES) }
    }

    /// The way to mint of this strategy, where a role names it.
    #[must_use]
    pub fn minter(&self, strategy: Strategy) -> Option<&Arc<dyn Minter>> {
        self.minters.get(&strategy)
    }

    /// All of them.
    #[must_use]
    pub fn minters(&self) -> &HashMap<Strategy, Arc<dyn Minter>> {
        &self.minters
    }

    /// Mints as the grant's role says. What AWS said of a refusal goes beside it.
    ///
    /// # Errors
    /// As [`Minter::mint`]; `mint_unavailable` when too many others are waiting for AWS, `internal`
    /// for a strategy without a way.
    pub async fn mint(&self, viewer: &Viewer, grant: &Grant, session_name: &RoleSessionName) -> Result<Minted, Refusal> {
        let strategy = Strategy::from(&grant.role.strategy);
        let Some(minter) = self.minters.get(&strategy) else {
            tracing::error!(strategy = strategy.as_str(), "there is no way to mint with this strategy");
            return Err(PortalError::defect().into());
        };
        // It is never closed, so what can go wrong is that no place becomes free in time.
        let Ok(Ok(place)) = tokio::time::timeout(PATIENCE, self.places.acquire()).await else { return Err(busy().into()) };
        let minted = minter.mint(viewer, grant, session_name).await?;
        drop(place);
        if let Some(percent) = minted.packed_policy_percent.filter(|percent| *percent >= WARN_FROM) {
            tracing::warn!(
                event = "packed_policy",
                role = %grant.role.id,
                percent,
                policy_characters = grant.session_policy.as_ref().map(String::len),
                tags = grant.session_tags.len(),
                "the session policy and tags of this role nearly fill the space that AWS gives them; at 100 % it refuses"
            );
        }
        Ok(minted)
    }
}

impl fmt::Debug for Minting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let strategies: Vec<&str> = self.minters.keys().map(|strategy| strategy.as_str()).collect();
        f.debug_struct("Minting").field("strategies", &strategies).field("places", &self.places.available_permits()).finish()
    }
}

/// Whoever is in front ends within the deadline of a mint: then there is a place.
fn busy() -> PortalError {
    let seconds = u32::try_from(DEADLINE.as_secs()).unwrap_or(u32::MAX);
    tracing::warn!(event = "mint_queue", places = PLACES, "as many mints as allowed are waiting for AWS");
    PortalError::said(
        ErrorCode::MintUnavailable,
        say!("Too many people are being given credentials at this moment, and AWS answers slowly."),
        say!("Try again in {seconds} seconds: those in front are through by then, or have been given up.", seconds = seconds),
    )
    .with_retry_after(seconds)
}
