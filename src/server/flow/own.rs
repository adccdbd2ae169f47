//! What the code to do it oneself is filled with: this request's own values, by the names that the samples have for them.
//!
//! The three of the balancer's header come from the header, once it is verified; the rest is of the role that was chosen,
//! and stands in what the person is told of the mint anyway.

use super::Flow;
use crate::model::flow::Row;
use crate::model::role::Strategy;
use crate::server::config::{IdentityPool, KeySource, PoolFlow, Role, RoleStrategy};
use crate::server::credentials::entitlement::Entitlement;
use crate::server::credentials::session_name::pseudonym;
use crate::server::credentials::session_tags::SessionTag;
use crate::server::identity::Viewer;
use crate::server::identity::unverified::UnverifiedData;
use crate::server::issuer::token;
use crate::server::tokens::key_server::documented_base;
use serde_json::{Value, json};
use url::Url;

/// The values, for the person themselves.
pub(super) fn values(flow: &Flow<'_>, viewer: &Viewer, chosen: Option<&Entitlement>) -> Vec<Row> {
    // Verified: there is a viewer.
    let data = UnverifiedData::read(flow.headers).unwrap_or_default();
    let keys = flow.config.alb.key_url.clone().or_else(|| documented_base(data.signer.as_deref()?));
    let mut values = vec![Row::new("subject", viewer.subject().as_str()), Row::new("person", pseudonym(viewer.subject()))];
    let header = [("signer", data.signer), ("client", data.client), ("issuer", data.issuer), ("keys", keys.as_ref().map(origin))];
    values.extend(header.into_iter().filter_map(|(name, value)| Some(Row::new(name, value?))));
    if let Some(chosen) = chosen {
        values.extend(of_role(flow, viewer, chosen));
    }
    values
}

fn of_role(flow: &Flow<'_>, viewer: &Viewer, chosen: &Entitlement) -> Vec<Row> {
    let (config, Role { id, arn, strategy, .. }) = (flow.config, &*chosen.role);
    let mut values = vec![
        Row::new("role", id.as_str()),
        Row::new("arn", arn.as_str()),
        Row::new("region", &config.aws.region),
        Row::new("strategy", word(strategy)),
        Row::new("claims", strategy.tag_claims().unwrap_or_default().join("\n")),
    ];
    let person = pseudonym(viewer.subject());
    let pairs = |value: fn(&SessionTag) -> Value| chosen.tags.iter().map(|tag| (tag.key.clone(), value(tag))).collect();
    match strategy {
        RoleStrategy::WebIdentity => {}
        RoleStrategy::AssumeRole { .. } => {
            let tags: Vec<String> =
                chosen.tags.iter().map(|tag| format!(r#"{{"Key":{},"Value":{}}}"#, json!(tag.key), json!(tag.value))).collect();
            values.push(Row::new("tags", format!("[{}]", tags.join(","))));
        }
        RoleStrategy::IdentityPool { .. } => {
            let tags = Value::Object(pairs(|tag| json!(tag.value)));
            values.push(Row::new("tags", tags.to_string()));
            values.extend(config.identity_pool.iter().flat_map(|pool| of_pool(pool, viewer)));
        }
        RoleStrategy::SelfIssued { .. } => {
            let Some(own) = &config.self_issued else { return values };
            let audience = token::audience(id);
            let claims = json!({
                "iss": own.issuer, "sub": person, "aud": audience,
                "https://aws.amazon.com/tags": {"principal_tags": Value::Object(pairs(|tag| json!([tag.value])))},
                "https://aws.amazon.com/source_identity": person,
            });
            values.extend([Row::new("own", &own.issuer), Row::new("audience", audience), Row::new("token", claims.to_string())]);
            // An ARN names the key's region as well.
            let keys = own.keys.iter().filter_map(|key| match &key.source {
                KeySource::Kms(key) if key.starts_with("arn:") => Some(Row::new("key", key)),
                _ => None,
            });
            values.extend(keys.take(1));
        }
    }
    let elsewhere = [("STS", &config.aws.sts_endpoint), ("S3", &config.aws.s3_endpoint)].into_iter().chain(match strategy {
        RoleStrategy::IdentityPool { .. } => config.identity_pool.as_ref().map(|pool| ("COGNITO_IDENTITY", &pool.endpoint)),
        RoleStrategy::SelfIssued { .. } => config.self_issued.as_ref().map(|own| ("KMS", &own.kms_endpoint)),
        RoleStrategy::WebIdentity | RoleStrategy::AssumeRole { .. } => None,
    });
    values.extend(elsewhere.filter_map(|(service, url)| Some(Row::new(["AWS_ENDPOINT_URL_", service].concat(), origin(url.as_ref()?)))));
    values
}

fn of_pool(pool: &IdentityPool, viewer: &Viewer) -> [Row; 4] {
    let logins = json!({&pool.developer_provider: viewer.subject().as_str()});
    [
        Row::new("pool", &pool.id),
        Row::new("provider", &pool.developer_provider),
        Row::new("principal", pool.principal()),
        Row::new("logins", logins.to_string()),
    ]
}

/// The strategy, and which flow of a pool.
const fn word(strategy: &RoleStrategy) -> &'static str {
    match strategy {
        RoleStrategy::WebIdentity => Strategy::WebIdentity.as_str(),
        RoleStrategy::AssumeRole { .. } => Strategy::AssumeRole.as_str(),
        RoleStrategy::IdentityPool { flow: PoolFlow::Basic, .. } => Strategy::IdentityPool.as_str(),
        RoleStrategy::IdentityPool { flow: PoolFlow::Enhanced, .. } => "identity-pool-enhanced",
        RoleStrategy::SelfIssued { .. } => Strategy::SelfIssued.as_str(),
    }
}

/// As programs add a path to it.
fn origin(url: &Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
}
