//! What the stack makes and the configuration only names, in the policies that are made from the configuration.
//!
//! The configuration is given names of `.invalid` in place of its placeholders; where they come back in what was made
//! from it, they become references, and IAM's own variables are told apart from CloudFormation's.

use crate::server::config::Config;
use serde_json::{Map, Value, json};

const USER_POOL: &str = "user-pool.invalid";
const APP_CLIENT: &str = "app-client.invalid";
const PORTAL_ROLE: &str = "portal-role.invalid";
const SESSIONS_TABLE: &str = "sessions-table.invalid";
const IDENTITY_POOL: &str = "00000000-0000-4000-8000-1de47179f001";

/// The configuration as the stack makes it true.
pub(super) struct References {
    /// The configuration with what the stack makes in place of what the file says.
    pub(super) config: Config,
    names: Vec<(String, &'static str)>,
}

impl References {
    pub(super) fn new(config: &Config) -> Self {
        let mut config = config.clone();
        config.alb.issuer = format!("https://{USER_POOL}");
        config.alb.clients = vec![APP_CLIENT.to_owned()];
        let mut names = vec![
            (USER_POOL.to_owned(), "${UserPool.ProviderName}"),
            (APP_CLIENT.to_owned(), "${AppClient}"),
            (PORTAL_ROLE.to_owned(), "${PortalRole.Arn}"),
            (SESSIONS_TABLE.to_owned(), "${SessionsTable.Arn}"),
        ];
        if let Some(pool) = &mut config.identity_pool {
            pool.id = format!("{}:{IDENTITY_POOL}", pool.region());
            names.push((pool.id.clone(), "${IdentityPool}"));
        }
        Self { config, names }
    }

    /// What stands for the role that the portal runs as.
    pub(super) fn portal_role() -> String {
        PORTAL_ROLE.to_owned()
    }

    /// What stands for the ARN of the sessions' table.
    pub(super) fn sessions_table() -> String {
        SESSIONS_TABLE.to_owned()
    }

    /// A policy with its references. IAM's names of conditions hold the issuer, and CloudFormation refers to nothing
    /// in a name: such a policy is written as text.
    pub(super) fn policy(&self, policy: &impl serde::Serialize) -> Value {
        let policy = serde_json::to_value(policy).expect("strings and lists are JSON");
        if self.is_in_a_name(&policy) {
            let text = serde_json::to_string_pretty(&policy).expect("strings and lists are JSON");
            return self.substituted(&format!("{text}\n"));
        }
        self.value(policy)
    }

    fn is_in_a_name(&self, value: &Value) -> bool {
        match value {
            Value::Object(table) => table.iter().any(|(name, value)| self.is_in(name) || self.is_in_a_name(value)),
            Value::Array(list) => list.iter().any(|item| self.is_in_a_name(item)),
            _ => false,
        }
    }

    fn is_in(&self, text: &str) -> bool {
        self.names.iter().any(|(name, _)| text.contains(name.as_str()))
    }

    fn value(&self, value: Value) -> Value {
        match value {
            Value::String(text) if self.is_in(&text) => self.substituted(&text),
            Value::Array(list) => Value::Array(list.into_iter().map(|item| self.value(item)).collect()),
            Value::Object(table) => Value::Object(table.into_iter().map(|(name, value)| (name, self.value(value))).collect::<Map<_, _>>()),
            other => other,
        }
    }

    /// `Fn::Sub`, where `${!x}` is IAM's variable `${x}`. A variable whose name is a reference cannot be written so; its
    /// dollar is one of CloudFormation's variables.
    fn substituted(&self, text: &str) -> Value {
        let text = text.replace("${", "${!").replace(&format!("${{!{USER_POOL}"), &format!("${{Dollar}}{{{USER_POOL}"));
        let has_variable = text.contains("${Dollar}");
        let text = self.names.iter().fold(text, |text, (name, reference)| text.replace(name.as_str(), reference));
        if has_variable { json!({"Fn::Sub": [text, {"Dollar": "$"}]}) } else { json!({"Fn::Sub": text}) }
    }
}
