//! Minting: one file a strategy behind [`Minter`].

pub mod assume_role;
pub mod attempts;
pub mod calls;
pub mod deny;
pub mod entitlement;
pub mod identity_pool;
pub mod minting;
pub mod prefix;
mod presented;
pub mod refusal;
pub mod self_issued;
pub mod session_name;
pub mod session_policy;
pub mod session_tags;
mod sts;
mod token_life;
pub mod web_identity;

use super::config;
use super::identity::Viewer;
use crate::model::credentials::Credentials;
use crate::model::names::RoleSessionName;
use crate::model::role::Strategy;
use async_trait::async_trait;
use deny::{DenyCondition, DenyTarget};
use refusal::Refusal;
use session_tags::SessionTag;
use std::sync::Arc;

/// What one viewer may have of one role, checked against the viewer's groups.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The role.
    pub role: Arc<config::Role>,
    /// Life of the credentials in seconds: 900 to the role's longest.
    pub duration_seconds: u32,
    /// The inline session policy, where the role has one; at most 2,048 characters.
    pub session_policy: Option<String>,
    /// What AWS is told of the person beside their name, with the strategies that tell it.
    pub session_tags: Vec<SessionTag>,
}

/// What a strategy got.
#[derive(Clone, Debug)]
pub struct Minted {
    /// The credentials.
    pub credentials: Credentials,
    /// STS's `AssumedRoleId`, `AROA…:session-name`, with which a policy can name this session.
    pub assumed_role_id: Option<String>,
    /// STS's request id, for the log.
    pub request_id: Option<String>,
    /// How much of the packed policy's space is used, in percent.
    pub packed_policy_percent: Option<u32>,
}

/// A way to mint. It is given a verified viewer and a checked grant, never headers.
#[async_trait]
pub trait Minter: Send + Sync {
    /// Asks for credentials that CloudTrail will show under `session_name`.
    ///
    /// # Errors
    /// `mint_misconfigured`, `mint_unavailable` or `token_rejected`, with the next step and with what STS said.
    async fn mint(&self, viewer: &Viewer, grant: &Grant, session_name: &RoleSessionName) -> Result<Minted, Refusal>;

    /// How a policy can name what this strategy minted; `None` where it cannot, and the credentials
    /// live until they expire.
    fn deny_condition(&self, target: &DenyTarget<'_>) -> Option<DenyCondition>;
}

impl From<&config::RoleStrategy> for Strategy {
    fn from(strategy: &config::RoleStrategy) -> Self {
        match strategy {
            config::RoleStrategy::WebIdentity => Self::WebIdentity,
            config::RoleStrategy::AssumeRole { .. } => Self::AssumeRole,
            config::RoleStrategy::IdentityPool { .. } => Self::IdentityPool,
            config::RoleStrategy::SelfIssued { .. } => Self::SelfIssued,
        }
    }
}
