//! The trial of the session policies that the portal writes: each allows what its role opens, and
//! nothing else, as the sandbox's own evaluator understands it.
//!
//! What is expected is written down here once more, from the handbook and not from the code that
//! writes the policies.

use super::policy::{Context, Policy, Request};
use super::registry::Registry;
use super::trial::{TurnedClock, issue};
use crate::model::clock::Clock as _;
use crate::model::location::{Permission, Signing};
use crate::server::config::{Bucket, Function, Role, SessionPolicy, samples};
use crate::server::credentials::session_policy::generate;

const KEY: &str = "arn:aws:kms:eu-west-1:000000000000:key/1";
/// Allows everything, so that the session policy alone decides.
const EVERYTHING: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

const ACTIONS: [&str; 23] = [
    "s3:ListBucket",
    "s3:ListBucketVersions",
    "s3:ListBucketMultipartUploads",
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:PutObject",
    "s3:AbortMultipartUpload",
    "s3:ListMultipartUploadParts",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:GetObjectTagging",
    "s3:GetObjectVersionTagging",
    "s3:PutObjectTagging",
    "s3:DeleteObjectTagging",
    "kms:Decrypt",
    "kms:GenerateDataKey",
    "lambda:InvokeFunction",
    "s3:GetObjectAcl",
    "s3:PutBucketPolicy",
    "kms:ScheduleKeyDeletion",
    "lambda:UpdateFunctionCode",
    "sts:AssumeRole",
    "iam:PutRolePolicy",
];

/// Which permissions open an action: all of one of these.
fn opened_by(action: &str) -> &'static [&'static [Permission]] {
    use Permission::{Delete, List, Read, Tags, Versions, Write};
    match action {
        "s3:ListBucket" => &[&[List]],
        "s3:ListBucketVersions" => &[&[List, Versions]],
        "s3:GetObject" => &[&[Read]],
        "s3:GetObjectVersion" => &[&[Read, Versions]],
        "s3:PutObject"
        | "s3:AbortMultipartUpload"
        | "s3:ListMultipartUploadParts"
        | "s3:ListBucketMultipartUploads"
        | "kms:GenerateDataKey" => &[&[Write]],
        "s3:DeleteObject" => &[&[Delete]],
        "s3:DeleteObjectVersion" => &[&[Delete, Versions]],
        "s3:GetObjectVersionTagging" => &[&[Tags, Versions]],
        "s3:GetObjectTagging" | "s3:PutObjectTagging" | "s3:DeleteObjectTagging" => &[&[Tags]],
        "kms:Decrypt" => &[&[Read], &[Write]],
        _ => &[],
    }
}

/// What a request is about.
enum Target {
    /// A bucket, listed below this prefix.
    Bucket(&'static str, String),
    Object(&'static str, String),
    Key(&'static str, &'static str),
    Function(&'static str),
}

impl Target {
    fn resource(&self) -> String {
        match self {
            Self::Bucket(name, _) => format!("arn:aws:s3:::{name}"),
            Self::Object(name, key) => format!("arn:aws:s3:::{name}/{key}"),
            Self::Key(arn, _) => (*arn).to_owned(),
            Self::Function(name) => format!("arn:aws:lambda:eu-west-1:000000000000:function:{name}"),
        }
    }

    fn context(&self, context: Context) -> Context {
        match self {
            Self::Bucket(_, prefix) => context.with("s3:prefix", prefix.as_str()),
            Self::Key(_, service) => context.with("kms:ViaService", *service),
            Self::Object(..) | Self::Function(_) => context,
        }
    }

    /// Whether a role with the bucket `reports` opened below `prefix`, and the function `echo`, opens
    /// this to `action`.
    fn is_open(&self, action: &str, permissions: &[Permission], prefix: &str) -> bool {
        let permitted = opened_by(action).iter().any(|all| all.iter().all(|one| permissions.contains(one)));
        match self {
            Self::Bucket(name, listed) => {
                permitted && action.starts_with("s3:List") && !action.ends_with("Parts") && *name == "reports" && listed.starts_with(prefix)
            }
            Self::Object(name, key) => {
                let on_objects = action.starts_with("s3:") && !action.starts_with("s3:ListBucket");
                permitted && on_objects && *name == "reports" && key.starts_with(prefix)
            }
            Self::Key(arn, service) => permitted && action.starts_with("kms:") && *arn == KEY && *service == "s3.eu-west-1.amazonaws.com",
            Self::Function(name) => action == "lambda:InvokeFunction" && matches!(*name, "echo" | "echo:live"),
        }
    }
}

fn role(permissions: &[Permission], prefix: &str) -> Role {
    Role {
        session_policy: SessionPolicy::Generate,
        buckets: vec![Bucket {
            name: "reports".to_owned(),
            region: Some("eu-west-1".to_owned()),
            prefix: prefix.to_owned(),
            permissions: permissions.to_vec(),
            kms_keys: vec![KEY.to_owned()],
            sign: Signing::Query,
        }],
        functions: vec![Function { name: "echo".to_owned(), qualifiers: vec!["live".to_owned()], schema: None }],
        ..samples::role("arn:aws:iam::000000000000:role/trial")
    }
}

fn targets(prefix: &str) -> Vec<Target> {
    let below = |text: &str| format!("{prefix}{text}");
    let beside = |text: &str| format!("{}{text}", prefix.trim_end_matches('/'));
    vec![
        Target::Bucket("reports", prefix.to_owned()),
        Target::Bucket("reports", below("2026/")),
        Target::Bucket("reports", String::new()),
        Target::Bucket("reports", beside("-of-others/")),
        Target::Bucket("reports-2", prefix.to_owned()),
        Target::Object("reports", below("plan.txt")),
        Target::Object("reports", below("")),
        Target::Object("reports", below("../secret/wages.txt")),
        Target::Object("reports", "secret/wages.txt".to_owned()),
        Target::Object("reports", beside("-of-others/plan.txt")),
        Target::Object("reports-2", below("plan.txt")),
        // What a prefix with wildcards would cover if it were not taken literally.
        Target::Object("reports", "50%anything/x".to_owned()),
        Target::Key(KEY, "s3.eu-west-1.amazonaws.com"),
        Target::Key(KEY, "lambda.eu-west-1.amazonaws.com"),
        Target::Key("arn:aws:kms:eu-west-1:000000000000:key/2", "s3.eu-west-1.amazonaws.com"),
        Target::Function("echo"),
        Target::Function("echo:live"),
        Target::Function("echo:7"),
        Target::Function("echo:live2"),
        Target::Function("echo2"),
        Target::Function("forbidden"),
    ]
}

#[test]
fn every_set_of_permissions_opens_exactly_what_it_says() {
    let (registry, clock) = (Registry::new(), TurnedClock::default());
    for prefix in ["", "team/", "50%*?$/"] {
        for set in 0..1_usize << Permission::ALL.len() {
            let permissions: Vec<Permission> =
                Permission::ALL.into_iter().enumerate().filter(|(at, _)| set >> at & 1 == 1).map(|(_, permission)| permission).collect();
            let text = generate(&role(&permissions, prefix), &[prefix.to_owned()], "eu-west-1").unwrap();
            let minted = issue(&registry, &clock, EVERYTHING, Some(&text));
            let session = registry.find(&minted.access_key_id).unwrap();
            for target in targets(prefix) {
                let (resource, context) = (target.resource(), target.context(session.context(clock.now())));
                for action in ACTIONS {
                    let allowed = session.allows(&Request { action, resource: &resource, context: &context });
                    assert_eq!(
                        allowed,
                        target.is_open(action, &permissions, prefix),
                        "{permissions:?} {prefix:?} {action} {resource}\n{text}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_role_that_opens_nothing_allows_nothing() {
    let mut empty = role(&[], "");
    empty.buckets.clear();
    empty.functions.clear();
    let policy = Policy::parse(&generate(&empty, &[], "eu-west-1").unwrap()).unwrap();
    for target in targets("") {
        let (resource, context) = (target.resource(), target.context(Context::new()));
        assert!(!ACTIONS.iter().any(|action| policy.allows(&Request { action, resource: &resource, context: &context })), "{resource}");
    }
}

/// The roles of the sandbox itself: what their pages offer is what their sessions may do.
#[test]
fn the_sandboxs_roles_open_their_locations_and_functions() {
    let (registry, clock) = (Registry::new(), TurnedClock::default());
    for sandboxed in &super::roles::ROLES {
        let role = sandboxed.portal_role().unwrap();
        let prefixes: Vec<String> = role.buckets.iter().map(|bucket| bucket.prefix.clone()).collect();
        let text = generate(&role, &prefixes, "eu-west-1").unwrap();
        let minted = issue(&registry, &clock, EVERYTHING, Some(&text));
        let session = registry.find(&minted.access_key_id).unwrap();
        let can = |action: &str, target: &Target| {
            let (resource, context) = (target.resource(), target.context(session.context(clock.now())));
            session.allows(&Request { action, resource: &resource, context: &context })
        };
        for bucket in &sandboxed.portal_role().unwrap().buckets {
            let resource = format!("arn:aws:s3:::{}/{}x", bucket.name, bucket.prefix);
            let context = session.context(clock.now());
            assert!(session.allows(&Request { action: "s3:GetObject", resource: &resource, context: &context }), "{} {resource}", role.id);
        }
        assert!(!can("s3:GetObject", &Target::Object("somewhere-else", "x".to_owned())), "{}", role.id);
        assert!(!can("sts:AssumeRole", &Target::Function("echo")), "{}", role.id);
    }
}
