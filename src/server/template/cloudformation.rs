//! `vestibule template cloudformation`: everything that stands around the portal, from an empty account on.
//!
//! What has to agree with the configuration is made from it, by the functions that `vestibule doctor` checks by
//! ([`crate::server::required`]): trust and permission policies, rules of buckets, the table, ports, paths and names.
//! What only the stack knows (the balancer's ARN, the app client, the user pool) stands in the configuration as
//! placeholders, becomes references here, and is laid over the configuration by the task's environment.

mod bucket;
mod network;
mod references;
mod role;
mod service;
mod sign_in;
mod watch;

use super::yaml;
use crate::server::config::{AccessTokenKind, Config, LogFormat, LogLevel, Store, Tls};
use crate::server::partition::Home;
use crate::server::required::role_policy;
use references::References;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt;
use thiserror::Error;

/// Most characters that IAM takes for a managed policy (IAM and AWS STS quotas).
const LONGEST_POLICY: usize = 6_144;

/// What of a configuration does not fit a portal that runs in Fargate behind this balancer: all of it.
#[derive(Debug, Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct Unfit(Vec<Misfit>);

/// One setting that does not fit.
#[derive(Debug)]
struct Misfit {
    key: String,
    message: &'static str,
    fix: &'static str,
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}. Fix: {}", self.key, self.message, self.fix)
    }
}

/// The parts of the template, in the order in which they are written.
#[derive(Default)]
struct Stack {
    parameters: Vec<(String, Value)>,
    conditions: Vec<(String, Value)>,
    resources: Vec<(String, Value)>,
    outputs: Vec<(String, Value)>,
}

impl Stack {
    fn parameter(&mut self, name: &str, value: Value) {
        self.parameters.push((name.to_owned(), value));
    }

    fn condition(&mut self, name: &str, value: Value) {
        self.conditions.push((name.to_owned(), value));
    }

    /// Adds a resource: its comment, type and properties.
    fn resource(&mut self, name: impl Into<String>, comment: &str, kind: &str, properties: Value) -> &mut Value {
        let mut resource = json!({"Type": kind, "Properties": properties});
        if !comment.is_empty() {
            resource[yaml::COMMENT] = comment.into();
        }
        self.resources.push((name.into(), resource));
        &mut self.resources.last_mut().expect("one was just added").1
    }

    fn output(&mut self, name: &str, description: &str, value: Value) {
        self.outputs.push((name.to_owned(), json!({"Description": description, "Value": value})));
    }
}

/// What the parts are made from.
struct Plan<'a> {
    config: &'a Config,
    home: Home,
    /// Host name that people type.
    host: &'a str,
    references: References,
}

/// The template.
///
/// # Errors
/// [`Unfit`] names every setting that does not fit.
pub(super) fn text(config: &Config) -> Result<String, Unfit> {
    let home = check(config)?;
    let host = config.web.public_url.split_once("://").map_or("", |(_, host)| host);
    let plan = Plan { config, references: References::new(config), home, host };
    let mut stack = Stack::default();
    network::add(&mut stack, &plan);
    sign_in::add(&mut stack, &plan);
    role::add(&mut stack, &plan);
    bucket::add(&mut stack, &plan);
    service::add(&mut stack, &plan);
    watch::add(&mut stack, &plan);
    Ok(written(&stack, &plan))
}

fn written(stack: &Stack, plan: &Plan<'_>) -> String {
    let Home { region, account, .. } = &plan.home;
    let mut head = String::new();
    let words = format!(
        "Made by vestibule template cloudformation from the configuration of {}. Change the configuration and print this again instead of changing it here: trust policies, permissions, CORS rules, ports and paths are what the configuration says. The handbook's page \"Deploy\" goes through it step by step.",
        plan.config.web.public_url
    );
    yaml::comment(&mut head, 0, &words);
    let description = format!("Vestibule at {}: balancer, sign-in, roles and the portal", plan.config.web.public_url);
    let mapping = json!({
        yaml::COMMENT: "A stack in another account or region would make roles that the configuration does not mean: it fails at once.",
        region.as_str(): {account.as_str(): region},
    });
    [
        head,
        yaml::document(&[("AWSTemplateFormatVersion", "2010-09-09".into()), ("Description", description.into())]),
        yaml::section("Parameters", &stack.parameters),
        yaml::section("Mappings", &[("Home".to_owned(), mapping)]),
        yaml::section("Conditions", &stack.conditions),
        yaml::section("Resources", &stack.resources),
        yaml::section("Outputs", &stack.outputs),
    ]
    .join("\n")
}

/// Sees that the configuration can be met, and says where.
fn check(config: &Config) -> Result<Home, Unfit> {
    let mut misfits = Vec::new();
    let mut misfit = |key: &str, message, fix| misfits.push(Misfit { key: key.to_owned(), message, fix });
    if matches!(config.sessions.store, Store::Sqlite { .. }) {
        misfit(
            "sessions.store",
            "is a file, and the container can write none, nor would two portals share it",
            "write store = \"dynamodb\" and table = \"vestibule-sessions\"; the stack makes the table",
        );
    }
    if matches!(&config.sessions.store, Store::DynamoDb { endpoint: Some(_), .. }) {
        misfit("sessions.endpoint", "names another DynamoDB, and the stack makes a table of AWS's", "take it out");
    }
    match config.web.tls {
        Tls::SelfSigned => {}
        Tls::Off => misfit("web.tls", "is off, and the headers hold what people sign in to AWS with", "write tls = \"self-signed\""),
        Tls::Files { .. } => misfit("web.tls", "names files, and an image should hold no private key", "write tls = \"self-signed\""),
    }
    if config.web.listen.ip().is_loopback() {
        misfit("web.listen", "is on loopback, where the balancer does not reach it", "write listen = \"0.0.0.0:3000\"");
    }
    if !config.web.public_url.starts_with("https://") || config.web.public_url.matches(':').count() > 1 {
        misfit("web.public_url", "is not https on port 443, where the balancer listens", "write it as https://portal.example.com");
    }
    if config.log.format != LogFormat::Json {
        misfit("log.format", "is text, and the alarms read JSON", "write format = \"json\"");
    }
    if matches!(config.log.level, LogLevel::Error | LogLevel::Warn) {
        misfit("log.level", "leaves out mints and refusals, which the alarms count", "write level = \"info\"");
    }
    if config.aws.sts_endpoint.is_some() {
        misfit("aws.sts_endpoint", "names another STS, and the stack makes roles of AWS's", "take it out, or make the roles there by hand");
    }
    if config.idp.access_token == AccessTokenKind::Opaque {
        misfit("idp.access_token", "is opaque, and a user pool's are JWTs", "write access_token = \"verify\"");
    }
    let mut arns = BTreeSet::new();
    for role in &config.roles {
        if !arns.insert(role.arn.as_str()) {
            misfit(&format!("role {}: arn", role.id), "is that of another role too", "give every role an IAM role of its own");
        }
        let policy = serde_json::to_string(&role_policy::of(config, role)).expect("strings and lists are JSON");
        if policy.chars().count() > LONGEST_POLICY {
            misfit(
                &format!("role {}: buckets", role.id),
                "make a policy longer than IAM takes (6,144 characters)",
                "split the role into several with fewer buckets and functions each",
            );
        }
    }
    for name in sign_in::groups_of(config) {
        // `[\p{L}\p{M}\p{S}\p{N}\p{P}]{1,128}` (Cognito user pools service model, `GroupNameType`).
        if name.chars().count() > 128 || name.chars().any(|character| character.is_whitespace() || character.is_control()) {
            misfit(&format!("groups: \"{name}\""), "is no name of a group to a user pool", "take 1 to 128 characters without spaces");
        }
    }
    let home = config.alb.signers.first().and_then(|signer| Home::of_balancer(signer));
    match &home {
        None => misfit(
            "alb.signers",
            "names no account and region",
            "begin it with an ARN of your region and account, whose last part may be made up",
        ),
        Some(home) if home.partition == "aws-cn" => {
            misfit(
                "alb.signers",
                "is in China, where there are no user pools",
                "see the page \"deploy\" of the handbook for a provider without one",
            );
        }
        Some(home) if home.region != config.aws.region => {
            misfit("aws.region", "is not the region of alb.signers", "write the same region in both");
        }
        Some(home) if config.identity_pool.as_ref().is_some_and(|pool| pool.region() != home.region) => {
            misfit("identity_pool.id", "is of another region than alb.signers", "begin it with the same region; the stack makes the pool");
        }
        Some(_) => {}
    }
    match home {
        Some(home) if misfits.is_empty() => Ok(home),
        _ => Err(Unfit(misfits)),
    }
}

/// A reference.
fn reference(name: &str) -> Value {
    json!({"Ref": name})
}

/// An attribute of a resource.
fn attribute(name: &str, attribute: &str) -> Value {
    json!({"Fn::GetAtt": format!("{name}.{attribute}")})
}

/// Text with references.
fn sub(text: impl Into<String>) -> Value {
    json!({"Fn::Sub": text.into()})
}

/// A logical id that ends with the words of a name: `data-analyst` of `Role` is `RoleDataAnalyst`.
fn logical_id(kind: &str, name: &str, taken: &[(String, Value)]) -> String {
    let words = name.split(|character: char| !character.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let words: String = words.map(|word| format!("{}{}", word[..1].to_ascii_uppercase(), &word[1..])).collect();
    let is_taken = |id: &str| taken.iter().any(|(other, _)| other == id);
    let id = format!("{kind}{words}");
    if !is_taken(&id) {
        return id;
    }
    (2..).map(|number| format!("{id}{number}")).find(|id| !is_taken(id)).expect("there is always a next number")
}
