use super::*;
use crate::model::location::Signing;
use crate::model::names::Subject;
use crate::server::config::{Bucket, Function, Role, SessionPolicy, samples};
use proptest::prelude::*;
use serde_json::{Value, json};

fn bucket(name: &str, prefix: &str, permissions: &[Permission]) -> Bucket {
    Bucket {
        name: name.into(),
        region: Some("eu-west-1".into()),
        prefix: prefix.into(),
        permissions: permissions.to_vec(),
        kms_keys: Vec::new(),
        sign: Signing::Query,
    }
}

fn role(buckets: Vec<Bucket>, functions: &[&str]) -> Role {
    Role {
        session_policy: SessionPolicy::Generate,
        buckets,
        functions: functions.iter().map(|name| Function { name: (*name).into(), qualifiers: Vec::new(), schema: None }).collect(),
        ..samples::role("arn:aws:iam::111122223333:role/r")
    }
}

fn policy(role: &Role) -> Value {
    let prefixes: Vec<String> = role.buckets.iter().map(|bucket| bucket.prefix.clone()).collect();
    serde_json::from_str(&generate(role, &prefixes, "eu-west-1").unwrap()).unwrap()
}

#[test]
fn list_and_read_under_a_prefix() {
    let role = role(vec![bucket("reports", "team/", &[Permission::List, Permission::Read])], &["echo"]);
    assert_eq!(
        policy(&role),
        json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "arn:aws:lambda:eu-west-1:111122223333:function:echo"},
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/team/*"},
            {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::reports",
             "Condition": {"StringLike": {"s3:prefix": "team/*"}}},
        ]})
    );
}

#[test]
fn statements_with_equal_actions_are_one() {
    let both = [Permission::List, Permission::Read];
    let role = role(vec![bucket("a", "", &both), bucket("b", "", &both), bucket("c", "x/", &both)], &["f", "g"]);
    let policy = policy(&role);
    let statements = policy["Statement"].as_array().unwrap();
    assert_eq!(statements.len(), 4, "{policy:#}");
    assert_eq!(
        statements[0]["Resource"],
        json!(["arn:aws:lambda:eu-west-1:111122223333:function:f", "arn:aws:lambda:eu-west-1:111122223333:function:g"])
    );
    assert_eq!(statements[1]["Resource"], json!(["arn:aws:s3:::a/*", "arn:aws:s3:::b/*", "arn:aws:s3:::c/x/*"]));
}

#[test]
fn versions_and_aliases_are_resources_of_their_own() {
    let mut role = role(Vec::new(), &["f", "g"]);
    role.functions[0].qualifiers = vec!["live".into(), "7".into()];
    role.functions[1].qualifiers = vec!["*".into()];
    let resources = ["f", "f:7", "f:live", "g", "g:*"].map(|name| format!("arn:aws:lambda:eu-west-1:111122223333:function:{name}"));
    assert_eq!(policy(&role)["Statement"][0]["Resource"], json!(resources));
}

#[test]
fn a_role_without_anything_is_denied_everything() {
    assert_eq!(policy(&role(Vec::new(), &[]))["Statement"], json!([{"Effect": "Deny", "Action": "*", "Resource": "*"}]));
}

#[test]
fn keys_work_through_s3_only() {
    let mut encrypted = bucket("a", "", &[Permission::Write]);
    encrypted.kms_keys = vec!["arn:aws:kms:eu-west-1:111122223333:key/1".into()];
    let policy = policy(&role(vec![encrypted], &[]));
    assert_eq!(
        policy["Statement"][0],
        json!({"Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": "arn:aws:kms:eu-west-1:111122223333:key/1",
               "Condition": {"StringLike": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}})
    );
}

#[test]
fn configured_wildcards_are_literal() {
    let role = role(vec![bucket("a", "50%*?$/", &[Permission::Read])], &[]);
    assert_eq!(policy(&role)["Statement"][0]["Resource"], "arn:aws:s3:::a/50%${*}${?}${$}/*");
}

#[test]
fn too_long_is_told_before_anybody_comes() {
    let many = (0..10).map(|n| bucket(&format!("bucket-{n}"), &format!("{n}/${{claim:c}}/"), &[Permission::List])).collect();
    let role = role(many, &[]);
    assert!(check_longest(&role, "eu-west-1").unwrap_err().length > LONGEST_POLICY);
    let short: Vec<String> = (0..10).map(|n| format!("{n}/x/")).collect();
    assert!(generate(&role, &short, "eu-west-1").is_ok(), "the same role fits a person with a short claim");
}

proptest! {
    /// Whatever an identity provider sends, the policy has the statements of the configuration, and
    /// its only wildcards are the ones that end a prefix.
    #[test]
    fn no_value_adds_a_wildcard_or_a_statement(value in "\\PC{0,140}", subject in "\\PC{1,140}") {
        let Ok(subject) = Subject::parse(subject) else { return Ok(()) };
        let role = role(vec![bucket("a", "u/${claim:c}/${subject}/", &[Permission::List, Permission::Read])], &["f"]);
        let claims = json!({"c": value});
        let template = PrefixTemplate::parse(&role.buckets[0].prefix).unwrap();
        let Some(prefix) = template.expand(&subject, |name| claims.get(name)) else { return Ok(()) };
        prop_assert_eq!(prefix.matches('/').count(), 3);
        let text = generate(&role, std::slice::from_ref(&prefix), "eu-west-1").unwrap();
        prop_assert_eq!(text.matches(['*', '?', '$']).count(), 2);
        let policy: Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(policy["Statement"].as_array().unwrap().len(), 3);
        prop_assert_eq!(&policy["Statement"][1]["Resource"], &json!(format!("arn:aws:s3:::a/{prefix}*")));
        prop_assert_eq!(&policy["Statement"][2]["Condition"]["StringLike"]["s3:prefix"], &json!(format!("{prefix}*")));
    }

    /// The same for values that are let through, which random text seldom is.
    #[test]
    fn plain_values_stand_as_they_are(value in "[A-Za-z0-9_.@=+-]{1,128}") {
        let role = role(vec![bucket("a", "${claim:c}/", &[Permission::Read])], &[]);
        let claims = json!({"c": value});
        let prefix = PrefixTemplate::parse("${claim:c}/").unwrap().expand(&Subject::parse("s").unwrap(), |name| claims.get(name));
        prop_assume!(prefix.is_some());
        let text = generate(&role, &[prefix.unwrap()], "eu-west-1").unwrap();
        let policy: Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&policy["Statement"][0]["Resource"], &json!(format!("arn:aws:s3:::a/{value}/*")));
    }
}
