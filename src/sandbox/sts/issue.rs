//! Issuing: what happens once it is clear that the caller may have the role.

use super::parameters::{POLICY_LIMIT, Parameters};
use super::refusal::Refusal;
use super::{Sts, misbehave};
use crate::model::credentials::Credentials;
use crate::sandbox::policy::Policy;
use crate::sandbox::registry::{IssueRequest, assumed_role_arn, role_unique_id};
use crate::sandbox::roles::SandboxRole;

/// What a session carries beside its name.
#[derive(Default)]
pub(super) struct Marks {
    /// Whom it says it is of.
    pub(super) source_identity: Option<String>,
    /// Its tags: key and value.
    pub(super) tags: Vec<(String, String)>,
}

/// A session.
pub(super) struct Issued {
    pub(super) credentials: Credentials,
    /// `arn:aws:sts::…:assumed-role/role/session`
    pub(super) assumed_role_arn: String,
    /// `AROA…:session`
    pub(super) assumed_role_id: String,
    /// How much of the space for session policy and tags is used, in percent.
    pub(super) packed_policy_size: Option<usize>,
}

impl Sts {
    /// Issues a session of `role`.
    pub(super) async fn issue(&self, role: &SandboxRole, parameters: &Parameters<'_>, marks: Marks) -> Result<Issued, Refusal> {
        if parameters.duration_seconds > role.max_session_seconds {
            return Err(Refusal::validation("The requested DurationSeconds exceeds the MaxSessionDuration set for this role."));
        }
        let session_policy = parameters.session_policy.map(Policy::parse).transpose();
        let session_policy = session_policy.map_err(|error| Refusal::malformed_policy(&error.to_string()))?;
        let packed_policy_size = packed_percent(parameters.session_policy, &marks.tags);
        if let Some(percent) = packed_policy_size.filter(|percent| *percent > 100) {
            return Err(Refusal::packed_policy_too_large(percent));
        }
        if let Some(fault) = role.fault {
            return Err(misbehave(fault).await);
        }
        let broken = |what: &str| Refusal::new(500, "InternalFailure", format!("The sandbox's own {what} is not well-formed."));
        let role_policy = Policy::parse(role.policy).map_err(|_| broken("role policy"))?;
        let role_arn = role.arn().map_err(|_| broken("role ARN"))?;
        let life = role.fixed_life_seconds.unwrap_or(parameters.duration_seconds);
        let now = self.clock.now();
        let credentials = self.registry.issue(IssueRequest {
            role: role_arn.clone(),
            session_name: parameters.session_name.clone(),
            session_policy,
            role_policy,
            source_identity: marks.source_identity,
            tags: marks.tags,
            issued: now,
            expires: now.plus_seconds(i64::from(life)),
        });
        Ok(Issued {
            credentials,
            assumed_role_arn: assumed_role_arn(&role_arn, &parameters.session_name),
            assumed_role_id: format!("{}:{}", role_unique_id(&role_arn), parameters.session_name),
            packed_policy_size,
        })
    }
}

/// AWS packs policies and tags in a way it does not tell; this is their plain length.
fn packed_percent(policy: Option<&str>, tags: &[(String, String)]) -> Option<usize> {
    if policy.is_none() && tags.is_empty() {
        return None;
    }
    let tags: usize = tags.iter().map(|(key, value)| key.chars().count() + value.chars().count()).sum();
    Some(((policy.map_or(0, |policy| policy.chars().count()) + tags) * 100).div_ceil(POLICY_LIMIT))
}
