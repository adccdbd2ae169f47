//! The inline session policy: what a role's buckets and functions say, in IAM's words.
//!
//! A session policy never grants; it narrows the role's own policy. STS takes at most 2,048
//! characters, so statements with equal actions are merged.

use super::prefix::PrefixTemplate;
use crate::model::location::Permission;
use crate::model::names::RoleArn;
use crate::server::config;
use crate::server::partition;
use serde::Serialize;
use std::collections::BTreeMap;
use thiserror::Error;

/// Most characters that STS takes (AssumeRoleWithWebIdentity, `Policy`).
pub const LONGEST_POLICY: usize = 2_048;

/// A policy that allows nothing, whatever the role allows.
pub const DENY_ALL: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#;

/// A generated policy is longer than STS takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the session policy has {length} characters, STS takes {LONGEST_POLICY}")]
pub struct PolicyTooLong {
    /// Its length.
    pub length: usize,
}

/// A permission policy.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Policy {
    version: &'static str,
    statement: Vec<Statement>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    effect: &'static str,
    action: OneOrMore,
    resource: OneOrMore,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<BTreeMap<&'static str, BTreeMap<&'static str, OneOrMore>>>,
}

/// IAM takes a single string in place of a list of one.
#[derive(Clone, Serialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl From<Vec<String>> for OneOrMore {
    fn from(mut list: Vec<String>) -> Self {
        list.sort_unstable();
        list.dedup();
        match list.pop() {
            Some(only) if list.is_empty() => Self::One(only),
            Some(last) => {
                list.push(last);
                Self::More(list)
            }
            None => Self::More(list),
        }
    }
}

/// What makes two statements one: equal actions under an equal condition.
type Key = (Vec<&'static str>, Option<(&'static str, &'static str, OneOrMore)>);

/// Writes the session policy of a role whose buckets have these expanded prefixes, in the order of
/// the role's buckets. `home` is the region of functions and of buckets that name none.
///
/// # Errors
/// [`PolicyTooLong`] when it is longer than STS takes.
pub fn generate(role: &config::Role, prefixes: &[String], home: &str) -> Result<String, PolicyTooLong> {
    let patterns: Vec<String> = prefixes.iter().map(|prefix| literal(prefix)).collect();
    let text = serde_json::to_string(&policy(role, &patterns, home)).expect("strings and lists are JSON");
    let length = text.chars().count();
    if length > LONGEST_POLICY { Err(PolicyTooLong { length }) } else { Ok(text) }
}

/// What a role's own policy has to allow so that the sessions of everybody can be narrowed to what is theirs.
/// `patterns` are the prefixes of its buckets as patterns of IAM.
#[must_use]
pub fn policy(role: &config::Role, patterns: &[String], home: &str) -> Policy {
    let mut statements: BTreeMap<Key, Vec<String>> = BTreeMap::new();
    for (bucket, pattern) in role.buckets.iter().zip(patterns) {
        add_bucket(&mut statements, &role.arn, bucket, pattern);
    }
    for function in &role.functions {
        let arn = literal(&function_arn(&role.arn, home, &function.name));
        let resources = statements.entry((vec!["lambda:InvokeFunction"], None)).or_default();
        // To IAM a version or an alias is a resource of its own.
        resources.extend(function.qualifiers.iter().map(|qualifier| format!("{arn}:{qualifier}")));
        resources.push(arn);
    }
    let statement = if statements.is_empty() {
        // A policy without statements is malformed, and "no policy" would open the whole role.
        vec![Statement { effect: "Deny", action: OneOrMore::One("*".into()), resource: OneOrMore::One("*".into()), condition: None }]
    } else {
        statements
            .into_iter()
            .map(|((actions, condition), resources)| Statement {
                effect: "Allow",
                action: actions.into_iter().map(str::to_owned).collect::<Vec<_>>().into(),
                resource: resources.into(),
                condition: condition.map(|(operator, key, values)| BTreeMap::from([(operator, BTreeMap::from([(key, values)]))])),
            })
            .collect()
    };
    Policy { version: "2012-10-17", statement }
}

/// Whether the policy of this role fits for whoever may come: with every variable at its longest.
/// For checks at start-up; a role whose policy is not generated always fits, and a prefix that does
/// not parse is not this check's business.
///
/// # Errors
/// [`PolicyTooLong`] when it does not.
pub fn check_longest(role: &config::Role, home: &str) -> Result<(), PolicyTooLong> {
    if role.session_policy != config::SessionPolicy::Generate {
        return Ok(());
    }
    let prefixes: Vec<String> = role
        .buckets
        .iter()
        .map(|bucket| PrefixTemplate::parse(&bucket.prefix).map_or_else(|_| bucket.prefix.clone(), |template| template.longest()))
        .collect();
    generate(role, &prefixes, home).map(drop)
}

/// ARN of a function in the role's account.
#[must_use]
pub fn function_arn(role: &RoleArn, region: &str, name: &str) -> String {
    format!("arn:{}:lambda:{region}:{}:function:{name}", role.partition(), role.account().unwrap_or_default())
}

fn add_bucket(statements: &mut BTreeMap<Key, Vec<String>>, role: &RoleArn, bucket: &config::Bucket, pattern: &str) {
    let may = |permission| bucket.permissions.contains(&permission);
    let arn = format!("arn:{}:s3:::{}", role.partition(), literal(&bucket.name));
    let beneath = format!("{pattern}*");

    let mut on_bucket = Vec::new();
    if may(Permission::List) {
        on_bucket.push("s3:ListBucket");
        if may(Permission::Versions) {
            on_bucket.push("s3:ListBucketVersions");
        }
    }
    if may(Permission::Write) {
        on_bucket.push("s3:ListBucketMultipartUploads");
    }
    if !on_bucket.is_empty() {
        let within = (!pattern.is_empty()).then(|| ("StringLike", "s3:prefix", OneOrMore::One(beneath.clone())));
        statements.entry((on_bucket, within)).or_default().push(arn.clone());
    }

    let mut on_objects = Vec::new();
    for (permission, actions) in [
        (Permission::Read, &["s3:GetObject"][..]),
        (Permission::Write, &["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]),
        (Permission::Delete, &["s3:DeleteObject"]),
        (Permission::Tags, &["s3:GetObjectTagging", "s3:PutObjectTagging", "s3:DeleteObjectTagging"]),
    ] {
        if may(permission) {
            on_objects.extend_from_slice(actions);
        }
    }
    if may(Permission::Versions) {
        for (permission, action) in [
            (Permission::Read, "s3:GetObjectVersion"),
            (Permission::Delete, "s3:DeleteObjectVersion"),
            // An older version is restored with its tags.
            (Permission::Tags, "s3:GetObjectVersionTagging"),
        ] {
            if may(permission) {
                on_objects.push(action);
            }
        }
    }
    if !on_objects.is_empty() {
        statements.entry((on_objects, None)).or_default().push(format!("{arn}/{beneath}"));
    }

    let mut on_keys = Vec::new();
    if may(Permission::Read) {
        on_keys.push("kms:Decrypt");
    }
    if may(Permission::Write) {
        // A multipart upload decrypts the parts' data key again when it is completed.
        on_keys.push("kms:GenerateDataKey");
        if !on_keys.contains(&"kms:Decrypt") {
            on_keys.insert(0, "kms:Decrypt");
        }
    }
    if !bucket.kms_keys.is_empty() && !on_keys.is_empty() {
        let service = format!("s3.{}.{}", bucket.region.as_deref().unwrap_or("*"), partition::domain(role.partition()));
        let through = Some(("StringLike", "kms:ViaService", OneOrMore::One(service)));
        statements.entry((on_keys, through)).or_default().extend(bucket.kms_keys.iter().map(|key| literal(key)));
    }
}

/// Text as IAM takes it literally: its wildcards and variables escaped
/// (IAM User Guide, "policy variables", `${*}`, `${?}`, `${$}`).
#[must_use]
pub fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '*' | '?' | '$' => {
                out.push_str("${");
                out.push(character);
                out.push('}');
            }
            _ => out.push(character),
        }
    }
    out
}

#[cfg(test)]
#[path = "session_policy_tests.rs"]
mod tests;
