//! The setting of a role that one strategy alone reads, and what the strategies need of other sections.

use super::problem::Problem;
use super::section::Section;
use super::{Config, Role, RoleStrategy, SessionPolicy, Warning};

/// `roles.flow`: how an identity pool's token becomes credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolFlow {
    /// AssumeRoleWithWebIdentity for the role of the configuration.
    Basic,
    /// GetCredentialsForIdentity: the pool's own role, an hour, no session policy.
    Enhanced,
}

impl PoolFlow {
    /// The word of the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Enhanced => "enhanced",
        }
    }
}

/// `roles.flow`, where it is written.
pub(super) fn flow(section: &mut Section<'_>) -> Option<PoolFlow> {
    let words = [("basic", Some(PoolFlow::Basic)), ("enhanced", Some(PoolFlow::Enhanced))];
    section.choice("flow", &words, None)
}

/// What a role needs from the sections of its strategy.
pub(super) fn cross_check(role: &Role, config: &Config, file: &str, problems: &mut Vec<Problem>) {
    let mut problem = |key: &str, message: &str, fix: &str| {
        let key = format!("role {}: {key}", role.id);
        problems.push(Problem { place: file.to_owned(), key, message: message.to_owned(), fix: fix.to_owned() });
    };
    match &role.strategy {
        RoleStrategy::IdentityPool { flow, .. } => {
            if config.identity_pool.is_none() {
                problem(
                    "strategy",
                    "is identity-pool, and there is no section [identity_pool]",
                    "add [identity_pool] with id and developer_provider",
                );
            }
            if *flow == PoolFlow::Enhanced {
                if role.session_policy != SessionPolicy::None {
                    problem(
                        "session_policy",
                        "cannot be passed in the enhanced flow: the pool's own authenticated role is the boundary",
                        "write session_policy = \"none\" and narrow that role, or flow = \"basic\"",
                    );
                }
                if role.cap_to_access_token {
                    problem(
                        "cap_to_access_token",
                        "cannot be kept in the enhanced flow: Cognito's credentials live an hour",
                        "take it out, or write flow = \"basic\"",
                    );
                }
                if role.duration_seconds != 3_600 {
                    problem(
                        "duration_seconds",
                        "cannot be chosen in the enhanced flow: Cognito's credentials live an hour",
                        "write duration_seconds = 3600, or flow = \"basic\"",
                    );
                }
            }
        }
        RoleStrategy::SelfIssued { .. } if config.self_issued.is_none() => {
            problem("strategy", "is self-issued, and there is no section [self_issued]", "add [self_issued] with issuer and a key");
        }
        _ => {}
    }
}

/// Sentences for the start of the log.
pub(super) fn warnings(config: &Config) -> impl Iterator<Item = Warning> + '_ {
    config.roles.iter().filter(|role| matches!(role.strategy, RoleStrategy::IdentityPool { flow: PoolFlow::Enhanced, .. })).map(|role| {
        Warning::new(
            format!("role {}", role.id),
            "is minted in the enhanced flow: its credentials are those of the identity pool's own authenticated role, for an hour, and cannot be ended one by one",
            "write flow = \"basic\" where sessions are to be ended one by one, or narrowed",
        )
    })
}
