//! What AWS has to be told for a configuration to work: trust policies, permission policies, CORS rules.
//!
//! It is generated from the configuration in one place, so that `vestibule template`, what `doctor` advises
//! and what `doctor` checks cannot drift apart.

pub mod bucket_cors;
pub mod own_policy;
pub mod role_policy;
pub mod role_trust;

use super::config::{Config, RoleStrategy};
use crate::model::names::RoleArn;

/// An issuer as IAM names it in conditions and ARNs: its URL without the scheme.
#[must_use]
pub fn provider_name(issuer: &str) -> &str {
    issuer.split_once("://").map_or(issuer, |(_, name)| name)
}

/// The ARN of an issuer's IAM OIDC provider in a role's account.
#[must_use]
pub fn provider_arn(role: &RoleArn, issuer: &str) -> String {
    format!("arn:{}:iam::{}:oidc-provider/{}", role.partition(), role.account().unwrap_or_default(), provider_name(issuer))
}

/// The audiences that an access token can have without anything but Cognito having a say: the resource
/// that the balancer asks for, which is the portal's own address, or the app client that a trigger adds.
pub fn audiences(config: &Config) -> impl Iterator<Item = &str> {
    config.alb.clients.iter().map(String::as_str).chain([config.web.public_url.as_str()])
}

/// The variable of IAM policies that holds the person whom a prefix names.
fn subject_variable(config: &Config, strategy: &RoleStrategy) -> String {
    match strategy {
        RoleStrategy::WebIdentity => format!("${{{}:sub}}", provider_name(&config.alb.issuer)),
        _ => format!("${{aws:PrincipalTag/{}}}", super::credentials::session_tags::SUBJECT),
    }
}
