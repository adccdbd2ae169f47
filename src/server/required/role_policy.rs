//! Permission policies of the roles: what each needs for everybody who may have it.
//!
//! The portal narrows a session to one person's folders by its session policy; the role's own policy holds
//! the same with variables of IAM in place of the person. A claim that AWS is not told of becomes `*`, and
//! the session policy alone narrows it.

use super::subject_variable;
use crate::server::config::{Config, Role};
use crate::server::credentials::prefix::PrefixTemplate;
use crate::server::credentials::session_policy::{self, Policy};
use std::collections::BTreeMap;

/// The policy of one role.
#[must_use]
pub fn of(config: &Config, role: &Role) -> Policy {
    let subject = subject_variable(config, &role.strategy);
    let tags = role.strategy.tag_claims().unwrap_or_default();
    let claim = |name: &str| if tags.iter().any(|tag| tag == name) { format!("${{aws:PrincipalTag/{name}}}") } else { "*".to_owned() };
    let pattern = |prefix: &String| {
        PrefixTemplate::parse(prefix)
            .map_or_else(|_| session_policy::literal(prefix), |template| template.pattern(session_policy::literal, &subject, claim))
    };
    let prefixes: Vec<String> = role.buckets.iter().map(|bucket| pattern(&bucket.prefix)).collect();
    session_policy::policy(role, &prefixes, &config.aws.region)
}

/// The policy of every role, by its id.
#[must_use]
pub fn of_all(config: &Config) -> BTreeMap<&str, Policy> {
    config.roles.iter().map(|role| (role.id.as_str(), of(config, role))).collect()
}
