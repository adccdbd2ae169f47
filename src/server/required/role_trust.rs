//! Trust policies of the roles: who may take each, by its strategy.

use super::{audiences, provider_arn, provider_name};
use crate::server::config::{Config, Role, RoleStrategy};
use crate::server::credentials::session_tags;
use crate::server::issuer::token;
use crate::server::partition::Home;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A trust policy.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TrustPolicy {
    version: &'static str,
    statement: [Statement; 1],
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    effect: &'static str,
    principal: Value,
    action: Vec<&'static str>,
    condition: Value,
}

/// What only a token or AWS itself can tell.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The audience of the tokens, where one was seen.
    pub audience: Option<String>,
    /// Whether tokens carry session tags.
    pub tags: bool,
    /// Whether tokens carry a source identity.
    pub source_identity: bool,
    /// ARN of the role that the portal itself runs as.
    pub portal: Option<String>,
}

/// The trust policy of one role.
#[must_use]
pub fn of(config: &Config, role: &Role, known: &Known) -> TrustPolicy {
    let with_tags = vec!["sts:AssumeRoleWithWebIdentity", "sts:TagSession"];
    let (principal, action, condition) = match (&role.strategy, &config.identity_pool, &config.self_issued) {
        (RoleStrategy::IdentityPool { .. }, Some(pool), _) => {
            let name = pool.principal();
            let condition = json!({
                "StringEquals": {format!("{name}:aud"): pool.id},
                "ForAnyValue:StringLike": {format!("{name}:amr"): "authenticated"},
            });
            (json!({"Federated": name}), with_tags, condition)
        }
        (RoleStrategy::SelfIssued { .. }, _, Some(settings)) => {
            let name = provider_name(&settings.issuer);
            let condition = json!({"StringEquals": {format!("{name}:aud"): token::audience(&role.id)}});
            let action = [with_tags.as_slice(), &["sts:SetSourceIdentity"]].concat();
            (json!({"Federated": provider_arn(&role.arn, &settings.issuer)}), action, condition)
        }
        (RoleStrategy::AssumeRole { .. }, ..) => {
            // Where it is not known as which role the portal runs: whoever may call sts:AssumeRole on it in the account of
            // the balancer, which the role need not be in, and says for whom.
            let home = config.alb.signers.iter().find_map(|signer| Home::of_balancer(signer));
            let account = home.as_ref().map(|home| &*home.account).or_else(|| role.arn.account()).unwrap_or_default();
            let portal = known.portal.clone().unwrap_or_else(|| format!("arn:{}:iam::{account}:root", role.arn.partition()));
            let tag = format!("aws:RequestTag/{}", session_tags::SUBJECT);
            let condition = json!({"StringLike": {"sts:SourceIdentity": "?*", tag: "?*"}});
            (json!({"AWS": portal}), vec!["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"], condition)
        }
        _ => {
            let name = provider_name(&config.alb.issuer);
            let audience = known.audience.as_ref().map_or_else(|| json!(audiences(config).collect::<Vec<_>>()), |audience| json!(audience));
            let mut action = vec!["sts:AssumeRoleWithWebIdentity"];
            action.extend(known.tags.then_some("sts:TagSession"));
            action.extend(known.source_identity.then_some("sts:SetSourceIdentity"));
            (
                json!({"Federated": provider_arn(&role.arn, &config.alb.issuer)}),
                action,
                json!({"StringEquals": {format!("{name}:aud"): audience}}),
            )
        }
    };
    TrustPolicy { version: "2012-10-17", statement: [Statement { effect: "Allow", principal, action, condition }] }
}

/// The trust policy of every role, by its id.
#[must_use]
pub fn of_all(config: &Config) -> BTreeMap<&str, TrustPolicy> {
    config.roles.iter().map(|role| (role.id.as_str(), of(config, role, &Known::default()))).collect()
}
