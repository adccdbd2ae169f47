//! The policy of the portal's own identity: what its strategies, its store and its ends ask of AWS, and nothing else.

use crate::server::config::{Config, KeySource, RoleStrategy, Store};
use crate::server::partition::Home;
use serde_json::{Value, json};

/// What only the one who sets the account up can tell.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// ARN of the sessions' table, where it is not simply that of its name.
    pub table: Option<String>,
    /// ARNs, or references to them, of the permissions boundaries that the roles have.
    pub boundaries: Vec<Value>,
}

/// The policy, for a portal at home there; `None` when it needs no identity at all.
#[must_use]
pub fn of(config: &Config, home: &Home, known: &Known) -> Option<Value> {
    let mut statements: Vec<Value> = Vec::new();
    let of_strategy = |fits: fn(&RoleStrategy) -> bool| -> Vec<&str> {
        config.roles.iter().filter(|role| fits(&role.strategy)).map(|role| role.arn.as_str()).collect()
    };
    let assumed = of_strategy(|strategy| matches!(strategy, RoleStrategy::AssumeRole { .. }));
    if !assumed.is_empty() {
        let actions = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"];
        statements.push(json!({"Sid": "TakeRoles", "Effect": "Allow", "Action": actions, "Resource": assumed}));
    }
    if config.revocation.iam {
        // IAM writes to the roles of its own account alone.
        let roles: Vec<&str> = config.roles.iter().filter(|role| home.has(&role.arn)).map(|role| role.arn.as_str()).collect();
        statements.push(json!({"Sid": "ReadDenies", "Effect": "Allow", "Action": "iam:GetRolePolicy", "Resource": roles}));
        let mut write = json!({
            "Sid": "WriteDenies", "Effect": "Allow", "Action": ["iam:PutRolePolicy", "iam:DeleteRolePolicy"], "Resource": roles,
        });
        if !known.boundaries.is_empty() {
            // Whatever is written there, the role can do no more than its boundary says.
            write["Condition"] = json!({"StringEquals": {"iam:PermissionsBoundary": known.boundaries}});
        }
        statements.push(write);
    }
    if let Store::DynamoDb { table, .. } = &config.sessions.store {
        let arn = known.table.clone().unwrap_or_else(|| home.arn("dynamodb", &format!("table/{table}")));
        let resources = [format!("{arn}/index/*"), arn];
        let actions =
            ["GetItem", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem", "Query"].map(|action| format!("dynamodb:{action}"));
        statements.push(json!({"Sid": "KeepSessions", "Effect": "Allow", "Action": actions, "Resource": resources}));
    }
    let is_pool = |strategy: &RoleStrategy| matches!(strategy, RoleStrategy::IdentityPool { .. });
    if let (Some(pool), false) = (&config.identity_pool, of_strategy(is_pool).is_empty()) {
        let home = Home { region: pool.region().to_owned(), ..home.clone() };
        statements.push(json!({
            "Sid": "NamePeople", "Effect": "Allow", "Action": "cognito-identity:GetOpenIdTokenForDeveloperIdentity",
            "Resource": home.arn("cognito-identity", &format!("identitypool/{}", pool.id)),
        }));
    }
    let keys: Vec<String> = config
        .self_issued
        .iter()
        .flat_map(|issuer| &issuer.keys)
        .filter_map(|key| match &key.source {
            KeySource::Kms(id) if id.starts_with("arn:") => Some(id.clone()),
            KeySource::Kms(id) => Some(home.arn("kms", &format!("key/{id}"))),
            KeySource::File(_) => None,
        })
        .collect();
    if !keys.is_empty() {
        statements.push(json!({"Sid": "SignTokens", "Effect": "Allow", "Action": ["kms:Sign", "kms:GetPublicKey"], "Resource": keys}));
    }
    (!statements.is_empty()).then(|| json!({"Version": "2012-10-17", "Statement": statements}))
}
